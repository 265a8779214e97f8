"""The figures of a dataset, read back from its finished files: the paper's Table 1 and what a reader asks next."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from emtool.dataset import vocabulary
from emtool.dataset.schema import SPLITS
from emtool.dataset.tag_choices import Choices, matcher, shipped
from emtool.dataset.vocabulary import Facet

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_COLUMNS = (
    "id", "text", "text_tags", "free_form", "tags", "captions.list.element.weight",
    "captions.list.element.votes", "captions.list.element.vote_kind", "title", "artist", "source", "url", "licence",
    "attribution", "language", "votes", "work_id", "duration_s", "level_dbfs", "loudness_lufs",
    "vocals", "track",
)  # fmt: skip
_LISTED = 50
_EXAMPLES = 8
_ATTRIBUTED = 20  # tracks that the card names itself; beyond them it refers to the file that names all

TOKENS_PER_BIN = 5
VOCALS = 0.5
"""Mean probability of singing from which a clip counts as sung."""

Number = TypeVar("Number", int, float)


def tokens(text: str) -> int:
    """Count words, and Chinese characters as one each."""
    return len(_TOKEN.findall(text))


def rows(data: Path, split: str) -> Iterator[dict[str, Any]]:
    """Give the rows of a split without their sound, a row group in memory at a time."""
    for path in sorted(data.glob(f"{split}-*.parquet")):
        with pq.ParquetFile(path) as opened:
            for group in range(opened.num_row_groups):
                yield from opened.read_row_group(group, columns=list(_COLUMNS)).to_pylist()


def describe(data: Path, choices: Choices | None = None) -> dict[str, Any]:
    """Count a finished ``data`` folder; equal files give an equal value.

    Args:
        data: The folder of Parquet files.
        choices: What was adopted and discarded as a tag; the shipped lists if None.
    """
    counted = {split: _Count() for split in SPLITS}
    total = _Count(choices or shipped())
    for split, count in counted.items():
        for row in rows(data, split):
            count.add(row)
            total.add(row)
    return {
        "columns": pq.read_schema(min(data.glob("*.parquet"))).names,
        "splits": {split: count.table() for split, count in counted.items() if count.clips},
        "total": total.table(),
        **total.lists(),
    }


class _Count:
    """Figures of some rows, in memory that grows with the tracks' names and the clips' votes alone."""

    def __init__(self, choices: Choices | None = None) -> None:
        self._choices = choices  # None counts no discarded tags
        self._discarded = Counter[str]()
        self.clips = 0
        self._seconds = 0.0
        self._free_form_tokens = self._tag_tokens = self._captions = self._tags = 0
        self._names: dict[str, set[int]] = {"tracks": set(), "works": set(), "artists": set()}
        self._votes: list[int] = []
        self._most_voted = 0
        self._vocals = 0
        self._loudness: list[float] = []
        self._values = {name: Counter[str]() for name in ("languages", "licences", "sources", "tags")}
        self._sources: dict[str, _Source] = {}
        self._lengths = Counter[int]()
        self._moods: dict[str, Counter[str]] = {}
        self._examples: list[dict[str, Any]] = []
        self._attributions: dict[str, dict[str, Any]] = {}

    def add(self, row: dict[str, Any]) -> None:
        self.clips += 1
        self._seconds += row["duration_s"]
        length = tokens(row["free_form"])
        self._free_form_tokens += length
        self._lengths[length // TOKENS_PER_BIN * TOKENS_PER_BIN] += 1
        self._tag_tokens += tokens(row["text_tags"])
        self._vocals += (row["vocals"] or 0) >= VOCALS
        if row["loudness_lufs"] is not None:
            self._loudness.append(row["loudness_lufs"])
        self._captions += len(row["captions"])
        self._tags += len(row["tags"])
        for name, column in (("tracks", "track"), ("works", "work_id"), ("artists", "artist")):
            if row[column] is not None:
                self._names[name].add(hash(row[column]))
        if row["votes"] is not None:
            self._votes.append(row["votes"])
            others = (one["votes"] for one in row["captions"] if one["votes"] is not None)
            self._most_voted += row["votes"] >= max(others, default=0)
        for name, column in (("languages", "language"), ("licences", "licence"), ("sources", "source")):
            self._values[name][row[column] or "unknown"] += 1
        self._values["tags"].update(row["tags"])
        self._sources.setdefault(row["source"] or "unknown", _Source()).add(row)
        self._add_moods(row["tags"])
        self._add_discarded(row["free_form"])
        if len(self._examples) < _EXAMPLES:
            self._examples.append({key: row[key] for key in ("id", "free_form", "tags", "votes", "language")})
        if len(self._attributions) < _ATTRIBUTED:
            named = {key: row.get(key) for key in ("title", "artist", "url", "licence")}
            self._attributions.setdefault(row["track"], named)

    def _add_moods(self, tags: Sequence[str]) -> None:
        known = vocabulary.entries()
        facets = {tag: known[tag].facet for tag in tags if tag in known}
        for mood in (tag for tag, facet in facets.items() if facet is Facet.MOOD):
            for tempo in (tag for tag, facet in facets.items() if facet is Facet.TEMPO):
                self._moods.setdefault(mood, Counter())[tempo] += 1

    def _add_discarded(self, text: str) -> None:
        if self._choices is not None:
            dropped, plain = self._choices.discarded, vocabulary.normalise(text)
            named = {
                name
                for hit in matcher(self._choices).find(plain)
                for name in (plain[hit.start : hit.end], *(meaning.entry.name for meaning in hit.meanings))
            }
            self._discarded.update(named & dropped)

    def table(self) -> dict[str, float]:
        clips = max(1, self.clips)
        return {
            "clips": self.clips,
            **{name: len(names) for name, names in self._names.items()},
            "hours": round(self._seconds / 3600, 4),
            "free_form_tokens": round(self._free_form_tokens / clips, 2),
            "tag_tokens": round(self._tag_tokens / clips, 2),
            "captions_per_clip": round(self._captions / clips, 2),
            "tags_per_clip": round(self._tags / clips, 2),
            "with_vocals": self._vocals,
        }

    def lists(self) -> dict[str, Any]:
        moods = sorted(self._moods.items(), key=lambda item: (-item[1].total(), item[0]))
        return {
            "votes": _quantiles(self._votes),
            "loudness_lufs": {name: round(one, 1) for name, one in _quantiles(self._loudness).items()},
            "unknown_votes": self.clips - len(self._votes),
            "most_voted_first": self._most_voted,
            **{name: dict(_ordered(counts)[:_LISTED]) for name, counts in self._values.items()},
            "discarded_tags": dict(_ordered(self._discarded)[:_LISTED]),
            "distinct_tags": len(self._values["tags"]),
            "examples": self._examples,
            "attributions": list(self._attributions.values()),
            "by_source": {name: one.to_json() for name, one in sorted(self._sources.items())},
            "mood_by_tempo": {mood: dict(_ordered(tempos)) for mood, tempos in moods[:_LISTED]},
            # lower edge of a bin and how many clips are in it; the bins of votes double
            "histograms": {
                "votes": _bins(
                    Counter(1 << votes.bit_length() >> 1 if votes > 0 else 0 for votes in self._votes)
                ),
                "free_form_tokens": _bins(self._lengths),
                "loudness_lufs": _bins(Counter(int(value // 1) for value in self._loudness)),
            },
        }


class _Source:
    """What the votes of one source are."""

    def __init__(self) -> None:
        self._clips = 0
        self._tracks: set[int] = set()
        self._kinds = Counter[str]()
        self._votes: list[int] = []

    def add(self, row: dict[str, Any]) -> None:
        self._clips += 1
        self._tracks.add(hash(row["track"]))
        self._kinds.update(caption["vote_kind"] for caption in row["captions"])
        self._votes.extend(one["votes"] for one in row["captions"] if one["votes"] is not None)

    def to_json(self) -> dict[str, Any]:
        return {
            "clips": self._clips,
            "tracks": len(self._tracks),
            "captions": self._kinds.total(),
            "vote_kinds": dict(_ordered(self._kinds)),
            "known_votes": len(self._votes),
            "votes": _quantiles(self._votes),
        }


def _bins(counts: Counter[int]) -> list[list[int]]:
    return [[edge, count] for edge, count in sorted(counts.items())]


def _quantiles(values: Sequence[Number]) -> dict[str, Number]:
    if not values:
        return {}
    ordered = sorted(values)
    last = len(ordered) - 1
    return {
        name: ordered[round(share * last)]
        for name, share in (
            ("least", 0),
            ("quarter", 0.25),
            ("median", 0.5),
            ("three_quarters", 0.75),
            ("most", 1),
        )
    }


def _ordered(counts: Counter[str]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))
