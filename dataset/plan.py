"""Which tracks get their sound cut, and into which split and file their clips go: settled before any decoding."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from emtool.crawler.files import atomic_path
from emtool.crawler.records import Track
from emtool.dataset import rules
from emtool.dataset.captions import Accepted
from emtool.dataset.config import BuildConfig
from emtool.dataset.funnel import Rejection
from emtool.dataset.schema import SPLITS
from emtool.dataset.splits import split_of


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedTrack:
    """A track and the captions that its clips will carry, best first."""

    track: Track
    audio_sha256: str
    comments: int  # that were looked at
    captions: tuple[Accepted, ...]
    same_file_as: str | None = None  # key of an earlier track of the plan with the same sound

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
    """Write one file of planned tracks per split, in the order given; return those that were ruled out."""
    seen: dict[str, str] = {}
    rejections = []
    with ExitStack() as stack:
        files = {
            split: stack.enter_context(part.open("w", encoding="utf-8"))
            for split in SPLITS
            for part in [stack.enter_context(atomic_path(_file(folder, split)))]
        }
        for track in tracks:
            placed = replace(track, same_file_as=seen.get(track.audio_sha256))
            if said := rules.first_reason(rules.PLANNED, placed, config):
                rejections.append(Rejection(track=track.track.key, filter=said[0], reason=said[1]))
                continue
            seen.setdefault(track.audio_sha256, track.track.key)
            files[split_of(track.track, config)].write(json.dumps(track.to_json(), ensure_ascii=False) + "\n")
    return rejections


def read_plan(folder: Path, split: str) -> Iterator[PlannedTrack]:
    """Give the planned tracks of a split again."""
    with _file(folder, split).open(encoding="utf-8") as lines:
        for line in lines:
            yield PlannedTrack.from_json(json.loads(line))


def _file(folder: Path, split: str) -> Path:
    return folder / f"plan-{split}.jsonl"
