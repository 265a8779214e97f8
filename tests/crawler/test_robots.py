import pytest

from emtool.crawler.robots import Robots, header_refusal

SITE = "https://site.test"


def test_an_empty_file_allows_everything() -> None:
    assert Robots("").refusal(f"{SITE}/x") is None
    assert Robots("").crawl_delay_s == 0


def test_the_line_that_decides_is_shown() -> None:
    robots = Robots("User-agent: *\nDisallow: /private/\nDisallow: /private/deep/ # why\nDisallow:\n")
    assert robots.refusal(f"{SITE}/private/x") == "Disallow: /private/"
    assert robots.refusal(f"{SITE}/private/deep/x") == "Disallow: /private/deep/ # why"
    assert robots.refusal(f"{SITE}/public") is None


def test_a_longer_allow_wins() -> None:
    robots = Robots("User-agent: *\nDisallow: /music\nAllow: /music/open")
    assert robots.refusal(f"{SITE}/music/open/1") is None
    assert robots.refusal(f"{SITE}/music/1") == "Disallow: /music"


def test_rules_for_emtool_go_before_rules_for_everybody() -> None:
    robots = Robots("User-agent: *\nDisallow: /\n\nUser-agent: emtool\nDisallow: /api\nCrawl-delay: 7\n")
    assert robots.refusal(f"{SITE}/tracks") is None
    assert robots.refusal(f"{SITE}/api/x") == "Disallow: /api"
    assert robots.crawl_delay_s == 7


@pytest.mark.parametrize("before", ["", "User-agent: *\nDisallow: /y\n\n"])
def test_rules_for_others_do_not_count(before: str) -> None:
    robots = Robots(f"{before}User-agent: otherbot\nDisallow: /\nContent-Signal: ai-train=no\n")
    assert robots.refusal(f"{SITE}/x") is None


@pytest.mark.parametrize(
    "text",
    [
        "Content-Signal: search=yes, ai-train=no",
        "User-agent: *\nContent-Signal: search=yes,ai-train=no\nAllow: /",
        "User-agent: *\nAllow: /\nContent-Usage: train-ai=n",
        "User-Agent: a\nUser-Agent: emtool\ncontent-usage: ai-train=NO",
    ],
)
def test_a_site_that_is_not_for_training_is_left_alone(text: str) -> None:
    assert Robots(text).refusal(f"{SITE}/x") == next(line for line in text.splitlines() if "rain" in line)


@pytest.mark.parametrize(
    "text", ["Content-Signal: ai-train=yes", "Content-Signal: search=no", "Content-Usage: bots=n"]
)
def test_other_signals_are_no_refusal(text: str) -> None:
    assert Robots(text).refusal(f"{SITE}/x") is None


def test_content_usage_may_be_for_a_part_of_the_site() -> None:
    robots = Robots("User-agent: *\nContent-Usage: /art/ train-ai=n\nContent-Usage: train-ai=y")
    assert robots.refusal(f"{SITE}/art/1") == "Content-Usage: /art/ train-ai=n"
    assert robots.refusal(f"{SITE}/tracks") is None


@pytest.mark.parametrize(
    ("headers", "rule"),
    [
        ({"x-robots-tag": ["noai"]}, "x-robots-tag"),
        ({"x-robots-tag": ["nofollow, NoIndex"]}, "x-robots-tag"),
        ({"x-robots-tag": ["emtool: noml"]}, "x-robots-tag"),
        ({"x-robots-tag": ["otherbot: none", "noimageai"]}, "x-robots-tag"),
        ({"x-robots-tag": ["unavailable_after: 25 Jun 2030 15:00:00 PST, noai"]}, "x-robots-tag"),
        ({"content-usage": ["train-ai=n"]}, "content-usage"),
        ({"content-signal": ["ai-train=no, search=yes"]}, "content-signal"),
        ({"tdm-reservation": ["1"]}, "tdm-reservation"),
    ],
)
def test_a_header_that_reserves_the_content_is_a_refusal(headers: dict[str, list[str]], rule: str) -> None:
    refusal = header_refusal(headers)
    assert refusal is not None
    assert refusal[0] == rule
    assert headers[rule][-1] in refusal[1]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-robots-tag": ["nofollow"]},
        {"x-robots-tag": ["otherbot: noai, noindex"]},
        {"x-robots-tag": ["unavailable_after: 25 Jun 2030 15:00:00 PST"]},
        {"content-usage": ["train-ai=y"]},
        {"content-signal": ["ai-train=yes"]},
        {"tdm-reservation": ["0"]},
    ],
)
def test_other_headers_are_none(headers: dict[str, list[str]]) -> None:
    assert header_refusal(headers) is None
