"""The catalogue as the site reads it: clips and comments, without the truth that it also holds."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emtool.crawler.errors import UsageError

SHIPPED = Path(__file__).parent
CATALOGUE_NAME = "catalogue.jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipComment:
    """What a visitor wrote."""

    id: str
    user: str
    text: str
    votes: int | None
    time: str  # ISO 8601


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A track of the site."""

    id: str
    title: str
    artist: str
    licence: str  # SPDX
    work_id: str
    audio: Path
    duration_s: float
    tags: tuple[str, ...]
    comments: tuple[ClipComment, ...]  # newest first


def read_catalogue(folder: Path) -> list[Clip]:
    """Read the clips of a folder with ``catalogue.jsonl`` and ``audio/``.

    Raises:
        UsageError: There is no such file, or a line of it is no clip.
    """
    path = folder / CATALOGUE_NAME
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"no catalogue of a demo site at {path}: {error}") from None
    clips = []
    for number, line in enumerate(lines, start=1):
        try:
            clips.append(_clip(json.loads(line), folder))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise UsageError(f"{path}, line {number}: no clip: {type(error).__name__} {error}") from None
    return clips


def _clip(told: dict[str, Any], folder: Path) -> Clip:
    audio = (folder / told["file"]).resolve()
    if not audio.is_relative_to(folder.resolve()):
        raise ValueError(f"the file {told['file']!r} is outside of the catalogue's folder")
    comments = sorted(map(_comment, told["comments"]), key=lambda comment: (comment.time, comment.id))
    return Clip(
        id=str(told["id"]),
        title=str(told["title"]),
        artist=str(told["artist"]),
        licence=str(told["licence"]),
        work_id=str(told["work_id"]),
        audio=audio,
        duration_s=float(told["duration_s"]),
        tags=tuple(map(str, told["tags"])),
        comments=tuple(reversed(comments)),
    )


def _comment(told: dict[str, Any]) -> ClipComment:
    return ClipComment(
        id=str(told["id"]),
        user=str(told["user"]),
        text=str(told["text"]),
        votes=None if told["votes"] is None else int(told["votes"]),
        time=str(told["time"]),
    )
