import pytest

from emtool.crawler.errors import UsageError
from emtool.crawler.licences import check_rule, permits, spdx, web_address


@pytest.mark.parametrize(
    ("stated", "known"),
    [
        ("CC0-1.0", "CC0-1.0"),
        ("cc0", "CC0-1.0"),
        ("CC-BY-4.0", "CC-BY-4.0"),
        ("cc by-nc-sa 3.0", "CC-BY-NC-SA-3.0"),
        ("http://creativecommons.org/licenses/by-sa/4.0/", "CC-BY-SA-4.0"),
        ("https://creativecommons.org/licenses/by/2.0/fr/", "CC-BY-2.0"),
        ("//creativecommons.org/publicdomain/zero/1.0/", "CC0-1.0"),
        ("https://creativecommons.org/publicdomain/mark/1.0/", "CC-PDM-1.0"),
        ("CC-PDM-1.0", "CC-PDM-1.0"),
        ("Creative Commons Attribution-ShareAlike 3.0", "CC-BY-SA-3.0"),
        ("Creative Commons Attribution license (reuse allowed)", "CC-BY-3.0"),  # YouTube's words
        ("Creative Commons Attribution-NonCommercial-NoDerivatives 4.0", "CC-BY-NC-ND-4.0"),
    ],
)
def test_a_stated_licence_is_known_by_its_spdx_id(stated: str, known: str) -> None:
    assert spdx(stated) == known


@pytest.mark.parametrize(
    "stated",
    [
        None,
        "",
        "all rights reserved",
        "cc-by",  # SoundCloud's words, and those of some artists on Audius
        "cc-by-nc-sa",
        "Creative Commons Attribution license",
        "https://creativecommons.org/licenses/by/",
        "byline 4.0",
        "cc 4.0",
    ],
)
def test_what_is_not_stated_fully_is_not_assumed(stated: str | None) -> None:
    assert spdx(stated) is None


@pytest.mark.parametrize("licence", ["CC0-1.0", "CC-PDM-1.0", "CC-BY-4.0", "CC-BY-NC-SA-3.0"])
def test_the_web_address_of_a_licence_leads_back_to_it(licence: str) -> None:
    assert spdx(web_address(licence)) == licence


def test_other_licences_have_no_web_address() -> None:
    assert web_address("MIT") is None


@pytest.mark.parametrize(
    ("rule", "taken"),
    [
        ("open", {"CC0-1.0", "CC-PDM-1.0", "CC-BY-4.0", "CC-BY-SA-3.0"}),
        ("noncommercial", {"CC0-1.0", "CC-PDM-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0"}),
        ("cc0", {"CC0-1.0"}),
        ("CC0-1.0, CC-BY-ND-4.0", {"CC0-1.0", "CC-BY-ND-4.0"}),
        ("any", {"CC0-1.0", "CC-PDM-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", None}),
    ],
)
def test_a_rule_takes_what_it_names(rule: str, taken: set[str | None]) -> None:
    every = ["CC0-1.0", "CC-PDM-1.0", "CC-BY-4.0", "CC-BY-SA-3.0", "CC-BY-NC-4.0", "CC-BY-ND-4.0", None]
    check_rule(rule)
    assert {licence for licence in every if permits(rule, licence)} == taken


def test_a_rule_that_says_nothing_known_is_refused() -> None:
    with pytest.raises(UsageError, match=r"licences 'free'.*open.*CC-BY-4\.0"):
        check_rule("open,free")
