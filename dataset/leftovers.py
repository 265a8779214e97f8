"""Copies of a forgotten text or address in other files of a workspace: attributions of runs, samples, reports.

Whatever a command can make again is deleted, and lines go from files that are lists of lines. Weights and settings are
only named: what a model has learnt cannot be taken out of it.
"""

import html
import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.files import atomic_path

_HEAD_BYTES = 8  # of a trace by which it is looked for
_BLOCK_BYTES = 32 << 20
_LISTS = (".txt", ".jsonl")
_SETTINGS = (".yaml", ".yml")
_WEIGHTS = ".safetensors"
_GOES_ON = re.compile(rb"[\w-]")


class Fate(StrEnum):
    """What becomes of a file that holds a copy."""

    DELETED = "deleted"
    LINES = "lines taken out"
    NAMED = "named only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A file that holds a copy."""

    path: Path
    fate: Fate


class Traces:
    """Words by which copies are told, in the ways that files write them.

    Args:
        words: Texts; what is shorter than eight bytes tells nothing, and is not looked for.
        names: Keys and addresses, which end where they end: ``demo:1`` is not ``demo:12``.
    """

    def __init__(self, words: Iterable[str], names: Iterable[str] = ()) -> None:
        self._by_head: defaultdict[bytes, set[tuple[bytes, bool]]] = defaultdict(set)
        self._longest = 0
        for some, is_name in ((words, False), (names, True)):
            for word in some:
                for written in _ways(word) if len(word.encode()) >= _HEAD_BYTES else ():
                    self._longest = max(self._longest, len(written))
                    self._by_head[written[:_HEAD_BYTES]].add((written, is_name))
        self._heads = np.sort(np.frombuffer(b"".join(self._by_head), np.uint64))

    def __bool__(self) -> bool:
        return bool(self._by_head)

    def stand_in(self, data: bytes) -> bool:
        """Tell whether one of them stands in some bytes."""
        return any(
            data.startswith(written, place) and not (is_name and _goes_on(data, place + len(written)))
            for place in self._places(data)
            for written, is_name in self._by_head[data[place : place + _HEAD_BYTES]]
        )

    def stand_in_file(self, path: Path) -> bool:
        """Tell whether one of them stands in a file, of which some megabytes are in memory at a time."""
        with path.open("rb") as opened:
            before = b""
            while block := opened.read(_header_bytes(path) or _BLOCK_BYTES):
                data = before + block
                if self.stand_in(data):
                    return True
                if path.suffix == _WEIGHTS:
                    return False
                before = data[-self._longest :]
        return False

    def _places(self, data: bytes) -> Iterator[int]:
        """Where one of their heads stands: looked up for eight offsets, each as a row of 64-bit numbers."""
        for offset in range(min(_HEAD_BYTES, len(data) - _HEAD_BYTES + 1)):
            numbers: NDArray[np.uint64] = np.frombuffer(
                data, np.uint64, count=(len(data) - offset) // _HEAD_BYTES, offset=offset
            )
            for place in np.flatnonzero(np.isin(numbers, self._heads, kind="sort")):
                yield offset + int(place) * _HEAD_BYTES


def look(
    workspace: Path, traces: Traces, *, others: Iterable[Path] = (), without: Collection[Path] = ()
) -> list[Leftover]:
    """Look for copies in all files of a workspace but those of the store and the caches.

    Args:
        workspace: Its folder.
        traces: What copies are told by.
        others: Folders elsewhere to look into.
        without: Files and folders to leave out.
    """
    skipped = {workspace / "store", workspace / "cache", *without}
    if not traces:
        return []
    return [
        Leftover(path=path, fate=_fate(workspace, path))
        for path in dict.fromkeys(path for top in (workspace, *others) for path in _files(top, skipped))
        if traces.stand_in_file(path)
    ]


def take_out(leftovers: Iterable[Leftover], traces: Traces) -> None:
    """Delete files, with those beside them of the same stem, or lines of them.

    Raises:
        OSError: A file cannot be written or deleted.
    """
    for leftover in leftovers:
        path = leftover.path
        if leftover.fate is Fate.LINES:
            with atomic_path(path) as part, part.open("wb") as kept, path.open("rb") as lines:
                kept.writelines(line for line in lines if not traces.stand_in(line))
        elif leftover.fate is Fate.DELETED:
            for beside in [one for one in path.parent.iterdir() if one.stem == path.stem and one.is_file()]:
                beside.unlink()


def _files(folder: Path, skipped: Collection[Path]) -> Iterator[Path]:
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if path in skipped or path.is_symlink():
            continue
        if path.is_dir():
            yield from _files(path, skipped)
        elif path.is_file():
            yield path


def _fate(workspace: Path, path: Path) -> Fate:
    if path.suffix in (_WEIGHTS, *_SETTINGS) or path.name == "config.json":
        return Fate.NAMED
    if path.suffix in _LISTS:
        return Fate.LINES
    return Fate.NAMED if path.parent == workspace and path.suffix != ".html" else Fate.DELETED


def _ways(word: str) -> set[bytes]:
    """Plain, in JSON, in HTML, and as tags of MP3 files have it."""
    written = {
        word,
        json.dumps(word)[1:-1],
        json.dumps(word, ensure_ascii=False)[1:-1],
        html.escape(word),
        html.escape(word, quote=False),
    }
    return {one.encode() for one in written} | {word.encode("utf-16-le")}


def _goes_on(data: bytes, end: int) -> bool:
    return bool(_GOES_ON.match(data, end))


def _header_bytes(path: Path) -> int:
    """Length of what a file of weights says of itself, 0 for others (its first 8 bytes tell it)."""
    if path.suffix != _WEIGHTS:
        return 0
    with path.open("rb") as opened:
        return min(8 + int.from_bytes(opened.read(8), "little"), _BLOCK_BYTES)
