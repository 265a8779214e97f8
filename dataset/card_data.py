"""The sections of a card on the data: how it was collected, how much there is, and what was left out."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from emtool.dataset.markdown import escaped, listed, table
from emtool.dataset.plots import FOLDER, drawable

_LISTED = 20


def collection(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Sources, dates, the rule, its floors."""
    config, told = build["config"], build.get("collected") or {}
    traffic = told.get("traffic", {})
    rows = [
        [
            name,
            one["tracks"],
            one["clips"],
            *(traffic.get(name, {}).get(key) for key in ("requests", "bytes")),
        ]
        for name, one in statistics["by_source"].items()
    ]
    days = f"\n- Dates: tracks were fetched from {told['from'][:10]} to {told['to'][:10]}" if told else ""
    return f"""## How it was collected

{table(["source", "tracks", "clips", "requests of the crawl", "bytes of the crawl"], rows)}
robots.txt and opt-out signals were asked before every page and file (not for the calls that yt-dlp makes behind a
page), and the answers are kept as evidence. The sound of a track was fetched only where its licence allows it and a
voted comment describes the music.
{days}
- Rule: {_rule(config)}
- Floors: a comment needs {config["min_votes"]} votes, {config["min_characters"]} letters and at most
  {config["max_characters"]} characters; a clip keeps its best {config["max_captions"]} at most
- Languages of comments: {escaped(", ".join(config["languages"]))}
- Licences of music: `--licences {escaped(config["licences"])}`
"""


def _rule(config: Mapping[str, Any]) -> str:
    if config["select"] == "votes":
        return "`--select votes`: the most voted comment, whatever it says (the paper's rule)"
    return (
        f"`--select {config['select']}`: votes among comments whose relevance to the music is at least "
        f"{config['min_relevance']:g}, by a model that errs"
    )


def figures(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """The paper's Table 1."""
    splits = {**statistics["splits"], "all": statistics["total"]}
    rows: list[list[object]] = [
        [name.replace("_", " "), *(one[name] for one in splits.values())] for name in statistics["total"]
    ]
    rate = f"{build['sample_rate_hz']} Hz, {build['config']['seconds']:g} s"
    rows.append(["sound of a clip", *([rate] * len(splits))])
    return (
        "## Statistics\n\nThe paper's Table 1 for this data: a clip is a text-music pair, a token is a word or a "
        "Chinese character, and lengths are means.\n\n"
        + table(["", *splits], rows)
        + _picture("lengths", "Clips by the length of their free-form text", statistics)
    )


def examples(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """The paper's Tables 2 and 5."""
    rows = [[e["id"], e["free_form"], ", ".join(e["tags"]), e["votes"]] for e in statistics["examples"]]
    return (
        "## Examples\n\nThe paper's Tables 2 and 5 for this data: pairs, with the free-form text beside its tags.\n\n"
        + table(["clip", "free-form text", "tags", "votes"], rows)
    )


def funnel(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    """What went in, what came out, and why the rest did not."""
    counts, rejected = build["funnel"]["counts"], build["funnel"]["rejected"]
    crawl = [
        [f"tracks of the crawl, {key.removeprefix('crawl_')}", n]
        for key, n in counts.items()
        if "crawl_" in key
    ]
    steps = [
        *crawl,
        ["tracks with a vote", counts["tracks"]],
        ["comments looked at", counts["comments"]],
        ["comments accepted", counts["accepted_comments"]],
        ["tracks with a caption", counts["captioned_tracks"]],
        ["clips", counts["clips"]],
    ]
    reasons = sorted(rejected.items(), key=lambda item: (-item[1], item[0]))
    return (
        "## What was left out\n\n"
        + table(["step", "count"], steps)
        + "\nReasons, each dropped comment, track or clip counted once. `rejected.jsonl`, which stays with whoever "
        "built the dataset, has a line for each.\n\n" + table(["filter", "dropped"], reasons)
    )


def votes(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """What the votes are, and what they are worth."""
    counts, spread = build["funnel"]["counts"], statistics["votes"]
    accepted = counts["accepted_comments"] / max(1, counts["comments"])
    known = statistics["total"]["clips"] - statistics["unknown_votes"]
    rows = [
        [
            name,
            listed(one["vote_kinds"]),
            f"{one['known_votes'] / max(1, one['captions']):.0%}",
            *(one["votes"].get(key) for key in ("least", "median", "most")),
        ]
        for name, one in statistics["by_source"].items()
    ]
    names = [name.replace("_", " ") for name in spread]
    return f"""## Votes

A vote is what a listener gave to a comment. It says that people agreed with it or laughed at it, not that it describes
the music: of {counts["comments"]} top-voted comments {
        accepted:.0%} passed all rules. Among those that passed, the text
of a clip is the most voted one in {statistics["most_voted_first"]} of {known} clips with known votes.
Votes of the best comment of each clip; unknown for {statistics["unknown_votes"]} clips.

{table(["", *names], [["votes", *spread.values()]]) if spread else ""}
Sites count different things: compare votes within a track, not between sources.

{table(["source", "captions by kind of vote", "known", "least", "median", "most"], rows)}{
        _picture("votes", "Clips by the votes of their best comment", statistics)
    }"""


def tags(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """The paper's Table 6, and how tags go together."""
    adopted = list(statistics["tags"].items())[:_LISTED]
    discarded = list(statistics["discarded_tags"].items())[:_LISTED]
    none = ("", "")
    rows = [[*left, *right] for left, right in zip_longest(adopted, discarded, fillvalue=none)]
    own = [one.partition("=")[0] for one in (build.get("tag_choices") or {}).get("adopted", [])]
    chosen = f"\nWords that a person made tags: {escaped(', '.join(own))}.\n" if own else ""
    return (
        f"## Tags\n\n{statistics['distinct_tags']} different ones. The paper's Table 6 for this data: the most "
        "frequent adopted tags, and what the texts name but no tag is made of, since it tells no track from another or "
        "cannot be heard.\n\n"
        + table(["adopted", "clips", "discarded", "clips that name it"], rows)
        + chosen
        + _picture("tags", "The most frequent tags", statistics)
        + _picture("mood-tempo", "Clips by mood and tempo, where both are tagged", statistics)
    )


def sound(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """What was checked and what was done to it."""
    config, loudness = build["config"], statistics["loudness_lufs"]
    target = config["normalise_lufs"]
    level = (
        "It is as it was fetched"
        if target is None
        else f"It is normalised to {target:g} LUFS, peaks below -1 dBFS"
    )
    unchecked = "".join(f"\n**Not checked: {escaped(line)}.**\n" for line in build["unchecked"])
    names = [name.replace("_", " ") for name in loudness]
    return f"""## Sound

Left out: what is unreadable, not as long as its page says, silent, clipped, off centre, one-sided or inverted; speech
(from {config["max_speech"]:g}) and noise (music below {
        config["min_music"]:g}); and of one recording, found by its
Chromaprint print at any bit rate, level or cut, all tracks but the most voted. {level}.
{statistics["total"]["with_vocals"]} of the clips are sung, as far as a network can tell.
{unchecked}
{table(["", *names], [["LUFS", *loudness.values()]]) if loudness else ""}{
        _picture("loudness", "Clips by loudness", statistics)
    }"""


def _picture(name: str, title: str, statistics: Mapping[str, Any]) -> str:
    return f"\n![{title}]({FOLDER}/{name}.png)\n" if name in drawable(statistics) else ""
