"""Clips of a dataset in a random order that needs no more than a few row groups in memory, wherever the files lie.

A pass goes through the files in a random order, through the row groups of a file in a random order, and through the
rows of every few row groups in a random order. All of it, each crop and each text follow from the seed and the place
in the order alone: a stream that begins at place ``n`` gives what another gives after ``n`` clips, at any number of
workers.
"""

import json
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from emtool.crawler.errors import DatasetError, UsageError
from emtool.dataset.crops import crop
from emtool.dataset.load import HUB_NAME, Info, info_of
from emtool.dataset.schema import MARK

GROUPS_MIXED = 8  # row groups whose rows are mixed, 4 MiB of sound each or less
TEXTS = ("text", "free_form", "text_tags", "captions")

_AHEAD = 4  # clips per worker that are decoded before they are asked for
_CAPTIONS = ("captions.list.element.text", "captions.list.element.weight")
_CROP, _ORDER = 1, 2  # what a random number is for


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One clip as a training takes it."""

    place: int  # in the order of all passes
    id: str
    audio: NDArray[np.float32]  # [C, T] in [-1, 1], silent where the clip has ended
    first: int  # sample of the clip that it begins with
    text: str


class Stream:
    """An endless order of the clips of a split, from a place on."""

    def __init__(
        self,
        address: str | Path,
        split: str = "train",
        *,
        samples: int | None = None,
        text: str = "captions",
        seed: int = 0,
        place: int = 0,
        rank: int = 0,
        processes: int = 1,
        workers: int = 0,
    ) -> None:
        """Open the split; no row is read yet.

        Args:
            address: A folder, an address that fsspec knows, such as ``s3://bucket/songs``, or ``ORG/NAME`` on the Hub.
            split: Its name.
            samples: Length of the random crops; whole clips if None.
            text: A column of texts, or ``captions`` for one of them, drawn by weight.
            seed: Of everything random.
            place: Where in the order to begin.
            rank: This process among those that share the order; it takes every ``processes``-th place.
            processes: How many share it.
            workers: Threads that decode ahead; none if 0.

        Raises:
            DatasetError: It is not there, not finished, of a newer schema, or has no such split.
            UsageError: ``text`` is no column of texts.
        """
        if text not in TEXTS:
            raise UsageError(f"text={text!r} is no column of texts (there are: {', '.join(TEXTS)})")
        self._files = _Files(str(address))
        self.info = self._files.info
        self._shards = self._files.shards(split)
        self.samples = samples or self.info.samples
        self.text = text
        self.seed = seed
        self.place = place  # of the next clip
        self._rank, self._processes, self._workers = rank, processes, workers
        self._length = sum(rows for _, rows in self._shards)
        self._pass: tuple[int, NDArray[np.int64], list[int]] | None = None
        self._block: tuple[tuple[int, int], _Block] | None = None

    def __len__(self) -> int:
        """Rows of one pass."""
        return self._length

    def __iter__(self) -> Iterator[Sample]:
        """Give the clips from ``place`` on, which moves along, without an end."""
        if not self._workers:
            while True:
                sample = self._sample(self._drawn(self._first()))
                self.place = sample.place + 1
                yield sample
        with ThreadPoolExecutor(self._workers) as pool:
            running: deque[Future[Sample]] = deque()
            place = self._first()
            try:
                while True:
                    while len(running) < self._workers * _AHEAD:
                        running.append(pool.submit(self._sample, self._drawn(place)))
                        place += self._processes
                    sample = running.popleft().result()
                    self.place = sample.place + 1
                    yield sample
            finally:
                for future in running:
                    future.cancel()

    def _first(self) -> int:
        return self.place + (self._rank - self.place) % self._processes

    def _drawn(self, place: int) -> tuple[int, str, bytes | None, list[dict[str, Any]] | str]:
        """Give a place's clip, undecoded."""
        turn, index = divmod(place, self._length)
        order, ends = self._order(turn)
        at = bisect_right(ends, index)
        shard, inside = int(order[at]), index - (ends[at - 1] if at else 0)
        block, row = self._find(turn, shard, inside)
        return place, *block.row(row)

    def _order(self, turn: int) -> tuple[NDArray[np.int64], list[int]]:
        """Give the order of the files in a pass, and the places at which each ends."""
        if self._pass is None or self._pass[0] != turn:
            order = _permutation(self.seed, turn, len(self._shards))
            self._pass = turn, order, list(accumulate(self._shards[shard][1] for shard in order))
        return self._pass[1:]

    def _find(self, turn: int, shard: int, inside: int) -> tuple["_Block", int]:
        """Give the row groups that hold a place of a file's order, and the row."""
        sizes = self._files.groups(self._shards[shard][0])
        order = _permutation(self.seed, turn, shard, len(sizes))
        for number in range(0, len(order), GROUPS_MIXED):
            groups = order[number : number + GROUPS_MIXED]
            rows = sum(sizes[group] for group in groups)
            if inside < rows:
                key = (turn * len(self._shards) + shard, number)
                if self._block is None or self._block[0] != key:
                    self._block = None  # two would take twice the memory
                    self._block = key, _Block.read(self._files, self._shards[shard][0], groups, self.text)
                return self._block[1], int(_permutation(self.seed, turn, shard, number, rows)[inside])
            inside -= rows
        raise DatasetError(
            f"{self._shards[shard][0]} has fewer rows than {MARK} says: build or fetch the dataset again"
        )

    def _sample(self, drawn: tuple[int, str, bytes | None, list[dict[str, Any]] | str]) -> Sample:
        place, name, flac, said = drawn
        draw = np.random.default_rng((self.seed, _CROP, place))
        first = int(draw.integers(max(0, self.info.samples - self.samples) + 1))
        found = crop(flac, first, self.samples, f"clip {name}")
        audio = np.zeros((len(found), self.samples), np.float32)
        audio[:, : found.shape[1]] = found
        return Sample(place=place, id=name, audio=audio, first=first, text=_text(said, draw))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """A few row groups in memory."""

    ids: pa.ChunkedArray
    sounds: pa.ChunkedArray
    texts: pa.ChunkedArray

    @classmethod
    def read(cls, files: "_Files", path: str, groups: NDArray[np.int64], text: str) -> "_Block":
        columns = ["id", "audio.bytes", *(_CAPTIONS if text == "captions" else (text,))]
        table = files.open(path).read_row_groups([int(group) for group in groups], columns=columns)
        return cls(ids=table["id"], sounds=table["audio"], texts=table[text])

    def row(self, number: int) -> tuple[str, bytes | None, list[dict[str, Any]] | str]:
        return self.ids[number].as_py(), self.sounds[number].as_py()["bytes"], self.texts[number].as_py()


class _Files:
    """The files of a dataset, in a folder or behind fsspec."""

    def __init__(self, address: str) -> None:
        import fsspec

        at_hub = "://" not in address and HUB_NAME.fullmatch(address) and not Path(address).exists()
        self._address = f"hf://datasets/{address}" if at_hub else address
        try:
            self._system, self._root = fsspec.core.url_to_fs(self._address)
            mark = self._system.cat_file(f"{self._root}/{MARK}")
        except (OSError, ValueError, ImportError) as error:
            raise DatasetError(
                f"no finished dataset is at {address} ({_line(error)}): check the address, or build it"
            ) from error
        self.info: Info = info_of(mark, Path(self._root), f"{self._address}/{MARK}")
        self._build = json.loads(mark)
        self._open: dict[str, pq.ParquetFile] = {}
        self._groups: dict[str, list[int]] = {}

    def shards(self, split: str) -> list[tuple[str, int]]:
        """Paths and numbers of rows."""
        found = [(one["file"], one["rows"]) for one in self._build.get("shards", ()) if one["split"] == split]
        if not found:
            there = ", ".join(self.info.splits) or "none"
            raise DatasetError(f"{self._address} has no split {split!r} (there are: {there})")
        return found

    def groups(self, path: str) -> list[int]:
        """Rows of every row group."""
        if path not in self._groups:
            metadata = self.open(path).metadata
            self._groups.clear()
            self._groups[path] = [
                metadata.row_group(number).num_rows for number in range(metadata.num_row_groups)
            ]
        return self._groups[path]

    def open(self, path: str) -> pq.ParquetFile:
        """Keep one file open at a time."""
        if path not in self._open:
            self._open.clear()
            try:
                if isinstance(self._system, _local()):
                    self._open[path] = pq.ParquetFile(f"{self._root}/{path}", memory_map=True)
                else:
                    self._open[path] = pq.ParquetFile(self._system.open(f"{self._root}/{path}", "rb"))
            except (OSError, pa.ArrowInvalid) as error:
                raise DatasetError(
                    f"cannot read {self._address}/{path} ({_line(error)}): build or fetch the dataset again"
                ) from error
        return self._open[path]


def _local() -> type:
    from fsspec.implementations.local import LocalFileSystem

    found: type = LocalFileSystem
    return found


def _text(said: list[dict[str, Any]] | str, draw: np.random.Generator) -> str:
    if isinstance(said, str):
        return said
    weights = np.array([caption["weight"] for caption in said])
    return str(said[int(draw.choice(len(weights), p=weights / weights.sum()))]["text"])


@lru_cache(maxsize=64)
def _permutation(*parts: int) -> NDArray[np.int64]:
    """Order so many things as the last number says, by the others."""
    return np.random.default_rng((_ORDER, *parts[:-1])).permutation(parts[-1])


def _line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
