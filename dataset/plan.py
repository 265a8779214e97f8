"""Which tracks get their sound cut, in which order: settled before any decoding."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from emtool.crawler.files import atomic_path
from emtool.crawler.records import Track
from emtool.dataset import rules
from emtool.dataset.captions import Accepted
from emtool.dataset.config import BuildConfig
from emtool.dataset.funnel import Rejection

_FILE = "plan.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrack:
    """A track and the captions that its clips will carry, best first."""

    track: Track
    audio_sha256: str
    comments: int  # that were looked at
    captions: tuple[Accepted, ...]
    same_file_as: str | None = None  # key of an earlier track of the plan with the same sound

    @property
    def votes(self) -> int:
        """Votes of all captions together; unknown ones count nothing."""
        return sum(caption.votes or 0 for caption in self.captions)

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value that ``from_json`` turns back into an equal record."""
        return {
            "track": self.track.to_json(),
            "audio_sha256": self.audio_sha256,
            "comments": self.comments,
            "captions": [caption.to_json() for caption in self.captions],
            "same_file_as": self.same_file_as,
        }

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of ``to_json``."""
        return cls(
            **value
            | {
                "track": Track.from_json(value["track"]),
                "captions": tuple(Accepted.from_json(caption) for caption in value["captions"]),
            }
        )


def write_plan(folder: Path, tracks: Iterable[PlannedTrack], config: BuildConfig) -> list[Rejection]:
    """Write all tracks in the order given; return the reasons against those whose file an earlier one has."""
    seen: dict[str, str] = {}
    rejections = []
    with atomic_path(folder / _FILE) as part, part.open("w", encoding="utf-8") as lines:
        for track in tracks:
            key = track.track.key
            placed = replace(track, same_file_as=seen.get(track.audio_sha256))
            if said := rules.first_reason(rules.PLANNED, placed, config):
                rejections.append(Rejection(track=key, filter=said[0], reason=said[1]))
            seen.setdefault(track.audio_sha256, key)
            lines.write(json.dumps(placed.to_json(), ensure_ascii=False) + "\n")
    return rejections


def read_plan(folder: Path) -> Iterator[PlannedTrack]:
    """Give all tracks of the plan again."""
    with (folder / _FILE).open(encoding="utf-8") as lines:
        for line in lines:
            yield PlannedTrack.from_json(json.loads(line))


def to_cut(folder: Path) -> Iterator[PlannedTrack]:
    """Give the tracks of the plan whose sound is cut."""
    return (track for track in read_plan(folder) if track.same_file_as is None)
