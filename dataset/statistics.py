"""The figures of a dataset, read back from its finished files: the paper's Table 1 and what a reader asks next."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pyarrow.parquet as pq

from emtool.dataset.schema import SPLITS

_TOKEN = re.compile(r"[\u3400-\u9fff]|[^\W\u3400-\u9fff]+")
_COLUMNS = (
    "id", "text", "text_tags", "free_form", "tags", "captions.list.element.weight", "artist", "source", "licence",
    "attribution", "language", "votes", "work_id", "duration_s", "level_dbfs", "loudness_lufs",
    "vocals", "track",
)  # fmt: skip
_LISTED = 50
_EXAMPLES = 8

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


def describe(data: Path) -> dict[str, Any]:
    """Count a finished ``data`` folder; equal files give an equal value."""
    counted = {split: _Count() for split in SPLITS}
    total = _Count()
    for split, count in counted.items():
        for row in rows(data, split):
            count.add(row)
            total.add(row)
    return {
        "splits": {split: count.table() for split, count in counted.items() if count.clips},
        "total": total.table(),
        **total.lists(),
    }


class _Count:
    """Figures of some rows, in memory that grows with the tracks' names alone."""

    def __init__(self) -> None:
        self.clips = 0
        self._seconds = 0.0
        self._free_form_tokens = self._tag_tokens = self._captions = self._tags = 0
        self._names: dict[str, set[int]] = {"tracks": set(), "works": set(), "artists": set()}
        self._votes: list[int] = []
        self._vocals = 0
        self._loudness: list[float] = []
        self._values = {name: Counter[str]() for name in ("languages", "licences", "sources", "tags")}
        self._examples: list[dict[str, Any]] = []

    def add(self, row: dict[str, Any]) -> None:
        self.clips += 1
        self._seconds += row["duration_s"]
        self._free_form_tokens += tokens(row["free_form"])
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
        for name, column in (("languages", "language"), ("licences", "licence"), ("sources", "source")):
            self._values[name][row[column] or "unknown"] += 1
        self._values["tags"].update(row["tags"])
        if len(self._examples) < _EXAMPLES:
            self._examples.append({key: row[key] for key in ("id", "free_form", "tags", "votes", "language")})

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
        return {
            "votes": _quantiles(self._votes),
            "loudness_lufs": {name: round(one, 1) for name, one in _quantiles(self._loudness).items()},
            "unknown_votes": self.clips - len(self._votes),
            **{name: dict(_ordered(counts)[:_LISTED]) for name, counts in self._values.items()},
            "distinct_tags": len(self._values["tags"]),
            "examples": self._examples,
        }


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
