"""What became of the comments: the funnel, what was dropped and why, and pairs to listen to."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from emtool.dataset.load import Dataset, Split
from emtool.model import plots
from emtool.model.report import parts
from emtool.model.report.page import Section

_LONGEST = 160  # characters of a text that are shown
_CHANNELS = {1: "mono", 2: "stereo"}
_STEPS = (  # in the order in which they narrow
    ("comments", "comments that won the vote"),
    ("accepted_comments", "comments that became captions"),
    ("tracks", "tracks"),
    ("captioned_tracks", "tracks with a caption"),
    ("clips", "clips in the dataset"),
)


def dataset_section(dataset: Dataset) -> Section:
    """Show the funnel of a build from its build.json and rejected.jsonl."""
    build: Mapping[str, Any] = json.loads((dataset.info.folder / "build.json").read_text(encoding="utf-8"))
    funnel: Mapping[str, Mapping[str, int]] = build["funnel"]
    figures: dict[str, object] = {
        "clips": f"{sum(dataset.info.splits.values()):,}",
        "hours": f"{build['hours']:.2f}",
    }
    figures |= {split: f"{count:,}" for split, count in dataset.info.splits.items()}
    channels = _CHANNELS.get(dataset.info.channels, str(dataset.info.channels))
    figures["sound"] = f"{dataset.info.sample_rate_hz / 1000:g} kHz, {channels}"
    figures["format"] = dataset.info.format
    body = (
        parts.facts(figures)
        + _funnel(funnel["counts"])
        + _dropped(funnel["rejected"], _examples(dataset))
        + _private(funnel["private"])
        + _votes(dataset)
    )
    return Section(id="dataset", label="Dataset", title="What was kept and what was dropped", body=body)


def pairs_section(dataset: Dataset, count: int = 8) -> Section:
    """Show pairs of text and sound, Chinese and English in turn, spread over the training split."""
    split = dataset.split("train")
    shown = _spread(split.column("language"), count)
    return Section(
        id="pairs",
        label="Pairs",
        title="Pairs to listen to",
        body=parts.paragraph("The comment is the caption; the tags were drawn from the comments.", "soft")
        + parts.cards(_pair(split, row) for row in shown),
    )


def _funnel(counts: Mapping[str, int]) -> str:
    known = [(name, label) for name, label in _STEPS if name in counts]
    totals = {name: counts["comments" if "comments" in name else "tracks"] for name, _ in known}
    rows = [
        (parts.text(label), parts.bar(counts[name] / max(totals[name], 1), f"{counts[name]:,}"))
        for name, label in known
    ]
    return parts.table("From comments to clips", ("step", "count"), rows)


def _dropped(rejected: Mapping[str, int], examples: Mapping[str, Mapping[str, str]]) -> str:
    most = max(rejected.values(), default=1)
    rows = []
    for name, count in sorted(rejected.items(), key=lambda item: -item[1]):
        example = examples.get(name, {})
        shown = parts.text(_short(example.get("reason", "")))
        if example.get("text"):
            shown += f'<br><q class="soft">{parts.text(_short(example["text"]))}</q>'
        rows.append((parts.text(name), parts.bar(count / most, f"{count:,}"), shown))
    return parts.table("Dropped, and one example of each reason", ("filter", "count", "example"), rows)


def _private(private: Mapping[str, int]) -> str:
    if not private:
        return ""
    found = ", ".join(
        f"{count:,} × {kind}" for kind, count in sorted(private.items(), key=lambda item: -item[1])
    )
    return parts.paragraph(f"Personal data taken out of comments: {found}.")


def _votes(dataset: Dataset) -> str:
    votes = [count for count in dataset.split("train").column("votes") if count is not None]
    if not votes:
        return ""
    return parts.drawing(
        plots.svg(plots.votes_histogram(votes), "votes"),
        f"Votes of the {len(votes):,} comments that became the captions of training clips",
    )


def _examples(dataset: Dataset) -> dict[str, dict[str, str]]:
    """For every filter its first rejection that has a text, or else its first."""
    found: dict[str, dict[str, str]] = {}
    for rejection in _rejections(dataset):
        kept = found.get(rejection["filter"])
        if kept is None or (not kept.get("text") and rejection.get("text")):
            found[rejection["filter"]] = rejection
    return found


def _rejections(dataset: Dataset) -> Iterable[dict[str, str]]:
    path = dataset.info.folder / "rejected.jsonl"
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                yield json.loads(line)


def _spread(languages: list[str], count: int) -> list[int]:
    """Rows of each language in turn, evenly spread over the split."""
    groups = [
        [row for row, found in enumerate(languages) if found == name] for name in sorted(set(languages))
    ]
    per_group = -(-count // max(len(groups), 1))
    picked = [group[:: max(len(group) // per_group, 1)][:per_group] for group in groups]
    turns = [group[turn] for turn in range(per_group) for group in picked if turn < len(group)]
    return turns[:count]


def _pair(split: Split, row: int) -> str:
    samples = split.audio(row)
    values = {name: split.column(name)[row] for name in ("title", "artist", "url", "licence", "votes")}
    tags = "".join(f"<li>{parts.text(tag)}</li>" for tag in split.tags[row])
    credit = f"{parts.link(values['url'] or '', values['title'] or split.ids[row])}"
    credit += "".join(f" · {parts.text(values[name])}" for name in ("artist", "licence") if values[name])
    votes = "" if values["votes"] is None else f"{parts.text(format(values['votes'], ','))} votes · "
    return parts.card(
        f'<p class="say">{parts.text(_short(split.free_form[row]))}</p>',
        f'<ul class="tags" aria-label="Tags">{tags}</ul>' if tags else "",
        parts.picture(samples, split.info.sample_rate_hz, _short(split.free_form[row])),
        f'<p class="soft verdict">{votes}{credit}</p>',
        parts.player(samples, split.info.sample_rate_hz, f"Clip: {_short(split.free_form[row])}"),
    )


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST else f"{value[: _LONGEST - 1]}…"
