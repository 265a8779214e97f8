"""The sections of a card on rights and people: licences, personal data, takedown, biases."""

from collections.abc import Mapping
from typing import Any

from emtool.crawler.licences import permits, web_address
from emtool.dataset.markdown import Verbatim, listed, table

BIASES = (
    "Texts are opinions, chosen by votes and by a model of relevance that errs; some do not describe their clip.",
    "A comment mostly speaks of the whole track, a clip is a part of it.",
    "Votes favour early, short and funny comments and well-known tracks; do not read them as quality.",
    "Music, taste and politeness of the sources' users are over-represented, and so are openly licensed genres.",
    "Tags follow a lexicon of Chinese and English; what it does not know is missing, and tags are English whatever the "
    "language of the comment.",
)
PERSONAL = (
    "No name, avatar, address or user id of a comment's writer is stored. Mentions, addresses, numbers and names were "
    "taken out of the comments before anything else looked at them; what automatic rules miss may remain. "
    "Artists' names are kept where their licences ask for them."
)


def licences(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Which there are, and whom to name."""
    rule = build["config"]["licences"]
    is_open = all(permits("open", name) for name in statistics["licences"])
    local = "" if is_open else f"\n**Built with `--licences {rule}`: for local use; do not publish it.**\n"
    counts = [(name, _text_of(name), number) for name, number in statistics["licences"].items()]
    named = statistics["attributions"]
    whom = [[one["title"], one["artist"], one["licence"], one["url"]] for one in named]
    left = statistics["total"]["tracks"] - len(named)
    more = f"\nand {left} tracks more in [attribution.txt](attribution.txt).\n" if left > 0 else ""
    return f"""## Licences

Every row names the licence of its music and the line that attributes it (`licence`, `attribution`; all lines together
in `attribution.txt`); keep both when you pass clips on. A clip is cut, resampled and encoded anew: a change that CC BY
asks to be named. Comments remain their writers' own.
{local}
{table(["licence", "its text", "clips"], counts)}
{table(["title", "artist", "licence", "page"], whom)}{more}"""


def _text_of(licence: str) -> str:
    address = web_address(licence)
    return Verbatim(f"<{address}>") if address else ""


def people(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    """Personal data, and how to have something removed."""
    private = {kind: number for kind, number in build["funnel"]["private"].items() if kind != "abuse"}
    removed = listed(private) if private else "nothing was found"
    return f"""## Personal data and takedown

{PERSONAL}
Counted without keeping the values: {removed}.

{maintenance(build)}
"""


def maintenance(build: Mapping[str, Any]) -> str:
    """Whom to write to, and what happens then."""
    contact = build["config"]["contact"] or "the person or organisation that published this dataset"
    return (
        f"To have a track, a comment or all of an author's items removed, write to {contact} and name the `url`, "
        "`track` or `comment_id`; it is removed from the next version, and stays out."
    )


def limits(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Known biases."""
    lines = "".join(f"- {line}\n" for line in BIASES)
    return f"## Limits and biases\n\n{lines}- Languages: {listed(statistics['languages'])}.\n"
