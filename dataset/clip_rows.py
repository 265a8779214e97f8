"""Rows in Parquet files, found by the track that they are of."""

from collections import OrderedDict, defaultdict
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple, Self

import pyarrow as pa
import pyarrow.parquet as pq

_KEPT_GROUPS = 4  # row groups in memory: readers go through the three splits side by side


class _Run(NamedTuple):
    """Rows of one track that follow each other in a row group."""

    file: int
    group: int
    first: int
    number: int


class ClipRows:
    """All rows of some files; the columns of one row group are read together, sound and all."""

    def __init__(self, files: Iterable[Path]) -> None:
        self._files = [pq.ParquetFile(path) for path in files]
        self._groups: OrderedDict[tuple[int, int], pa.Table] = OrderedDict()
        self._where: defaultdict[str, list[_Run]] = defaultdict(list)
        for number, file in enumerate(self._files):
            for group in range(file.num_row_groups):
                self._note(number, group, file.read_row_group(group, columns=["track"])["track"].to_pylist())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files:
            file.close()

    def count(self, track: str) -> int:
        """How many rows a track has; 0 where it is in no file."""
        return sum(run.number for run in self._where.get(track, ()))

    def rows(self, track: str) -> list[dict[str, Any]]:
        """Give the rows of a track as they were written, in their order."""
        return [
            row
            for run in self._where.get(track, ())
            for row in self._group(run.file, run.group).slice(run.first, run.number).to_pylist()
        ]

    def _note(self, file: int, group: int, tracks: list[str]) -> None:
        first = 0
        for end in range(1, len(tracks) + 1):
            if end == len(tracks) or tracks[end] != tracks[first]:
                self._where[tracks[first]].append(_Run(file, group, first, end - first))
                first = end

    def _group(self, file: int, group: int) -> pa.Table:
        key = (file, group)
        if key not in self._groups:
            self._groups[key] = self._files[file].read_row_group(group)
            if len(self._groups) > _KEPT_GROUPS:
                self._groups.popitem(last=False)
        self._groups.move_to_end(key)
        return self._groups[key]
