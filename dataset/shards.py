"""Parquet files that pandas, pyarrow, ``datasets`` and the Hub's viewer read, with the same bytes on every run."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from emtool.crawler.files import atomic_path
from emtool.dataset.schema import features

GROUP_BYTES = 4 << 20  # of PCM: small enough to fetch one clip cheaply, large enough to stream
GROUP_ROWS = 100  # at most, as the Hub's viewer likes it


def rows_per_group(clip_bytes: int) -> int:
    """Rows of one Parquet row group, for clips of so many bytes of PCM."""
    return max(1, min(GROUP_ROWS, GROUP_BYTES // max(1, clip_bytes)))


def parts(tracks: Sequence[str], most: int) -> list[list[str]]:
    """Divide tracks, in the order of their keys, into the files of a split.

    A run that is too long is cut before the track, of its middle half, whose key has the lowest hash. So a track that
    comes or goes changes the file that it is in and, rarely, those beside it; no file depends on what was built before.

    Args:
        tracks: Keys.
        most: Tracks that one file holds at most; it holds a quarter of that at least, unless there are no more.
    """
    if len(tracks) <= most:
        return [list(tracks)] if tracks else []
    quarter = len(tracks) // 4
    middle = range(max(1, quarter), max(2, len(tracks) - quarter))
    at = min(middle, key=lambda place: sha256(tracks[place].encode()).digest())
    return [*parts(tracks[:at], most), *parts(tracks[at:], most)]


def write_shard(
    path: Path,
    rows: Iterable[Mapping[str, Any]],
    *,
    sample_rate_hz: int,
    clip_bytes: int,
    columns: Sequence[str] = ("all",),
) -> int:
    """Write rows to one Parquet file, as ``write_rows`` does, with the columns of the schema."""
    return write_rows(path, rows, features(sample_rate_hz, columns).arrow_schema, clip_bytes)


def write_rows(path: Path, rows: Iterable[Mapping[str, Any]], schema: pa.Schema, clip_bytes: int) -> int:
    """Write rows to one Parquet file, a row group at a time, and return how many there were.

    No file appears for no rows: ``datasets`` cannot read an empty one.

    Raises:
        OSError: The disk is full, or the folder cannot be written; it names the file.
    """
    groups = _groups(rows, rows_per_group(clip_bytes))
    first = next(groups, None)
    if first is None:
        return 0
    written = 0
    with (
        atomic_path(path) as part,
        pq.ParquetWriter(part, schema, compression=_compression(schema), write_page_index=True) as writer,
    ):
        for group in chain((first,), groups):
            with _named(path):
                writer.write_table(pa.Table.from_pylist(group, schema=schema))
            written += len(group)
    return written


@contextmanager
def _named(path: Path) -> Iterator[None]:
    """Let an error of Arrow, which tells a number alone, name the file."""
    try:
        yield
    except OSError as error:
        if error.errno is None or error.filename is not None:
            raise
        raise OSError(error.errno, os.strerror(error.errno), str(path)) from error


def _groups(rows: Iterable[Mapping[str, Any]], size: int) -> Iterator[list[Mapping[str, Any]]]:
    left = iter(rows)
    while group := list(islice(left, size)):
        yield group


def _compression(schema: pa.Schema) -> dict[str, str]:
    """Every column but the sound, which FLAC has made as small as it gets."""
    return {
        leaf: "zstd"
        for name in schema.names
        for leaf in _leaves(name, schema.field(name).type)
        if leaf != "audio.bytes"
    }


def _leaves(path: str, kind: pa.DataType) -> Iterator[str]:
    if pa.types.is_struct(kind):
        for child in kind.fields:
            yield from _leaves(f"{path}.{child.name}", child.type)
    elif pa.types.is_list(kind):
        yield from _leaves(f"{path}.list.element", kind.value_type)
    else:
        yield path
