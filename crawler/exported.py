"""A store as a folder to carry elsewhere: JSON lines of its tables, sound by content hash, and what vouches for both.

``export.json`` is written last; it names the format, and the lines and the SHA-256 of each ``TABLE.jsonl``. Lines are
sorted by primary key, by code point, so that tracks and their comments are read side by side in constant memory.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Self

from sqlalchemy import JSON, Boolean, Column, Float, Integer, Table

from emtool.crawler import schema
from emtool.crawler.errors import StoreError, UsageError
from emtool.crawler.optouts import WishKind
from emtool.crawler.records import ListState, TrackState, VoteKind

MANIFEST = "export.json"
FORMAT = "emtool-store"
VERSION = 1
TABLES = (
    schema.optouts,
    schema.tombstones,
    schema.tracks,
    schema.comments,
    schema.listings,
    schema.found,
    schema.evidence,
    schema.traffic,
    schema.rests,
)
_CLAIMS = ("claimed_by", "claimed_until")  # who works on what right now
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SUFFIX = re.compile(r"\.[a-z0-9]{1,8}")

Row = dict[str, Any]


def columns(table: Table) -> list[Column[Any]]:
    """Give the columns of a table that are carried."""
    return [column for column in table.columns if column.name not in _CLAIMS]


def audio_path(folder: Path, audio: Mapping[str, Any]) -> Path:
    """Where the sound of a track is in a folder."""
    name = str(audio["sha256"])
    return folder / "audio" / name[:2] / f"{name}{audio['suffix']}"


class Exported:
    """A folder that holds a store, checked as far as each method says."""

    def __init__(self, folder: Path, told: Row) -> None:
        self.folder = folder
        self.sources = [str(source) for source in told["sources"]]
        self.author_key: str | None = told["author_key"]
        self.author_hashes: int = told["author_hashes"]
        self.tracks: int = told["tables"]["tracks"]["lines"]
        self._tables: dict[str, Row] = told["tables"]
        if any("/" in source for source in self.sources):  # a store names a file by it
            raise ValueError(self.sources)

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Open a folder that ``emtool store export`` has made.

        Raises:
            UsageError: It is none, or the export did not come to its end.
            StoreError: A newer emtool made it.
        """
        path = folder / MANIFEST
        try:
            told = json.loads(path.read_bytes())
        except FileNotFoundError:
            told = None
        except (OSError, ValueError) as error:
            raise UsageError(f"{path}: cannot be read ({error}): export the store again") from None
        if not isinstance(told, dict) or told.get("format") != FORMAT:
            raise UsageError(
                f"{folder}: no {MANIFEST} of an exported store in it: emtool store export makes one"
            )
        if told.get("version") != VERSION:
            raise StoreError(
                f"{path}: format {told.get('version')}, this emtool knows {VERSION}: upgrade emtool and import again"
            )
        try:
            return cls(folder, told)
        except (LookupError, TypeError, ValueError):
            raise UsageError(
                f"{path}: it does not name what is in the folder: export the store again"
            ) from None

    def check(self) -> None:
        """Read all of it but the content of the sound.

        Raises:
            StoreError: Something is missing, cut off, changed, or of another shape.
        """
        for table in TABLES:
            if table not in (schema.tracks, schema.comments):
                for _ in self.rows(table):
                    pass
        for track, _ in self.tracks_with_comments():
            if track["audio"]:
                self._check_size(track["audio"])

    def tracks_with_comments(self) -> Iterator[tuple[Row, list[Row]]]:
        """Give every track, its sound's row under ``audio``, with its comments."""
        comments = self.rows(schema.comments)
        comment = next(comments, None)
        for track in self.rows(schema.tracks):
            mine: list[Row] = []
            while comment is not None and comment["track_key"] == track["key"]:
                mine.append(comment)
                comment = next(comments, None)
            yield track, mine
        if comment is not None:
            raise self._cut(schema.comments, f"there is no track {comment['track_key']!r}")

    def rows(self, table: Table) -> Iterator[Row]:
        """Give the rows of a table; that they are whole is known at the end.

        Raises:
            StoreError: The file is missing, cut off, changed, or of another shape.
        """
        keys = [column.name for column in table.primary_key]
        digest, last = hashlib.sha256(), ([""] * len(keys))
        number = 0
        try:
            with self._path(table).open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    digest.update(line)
                    row = _read(table, line)
                    key = [row[name] for name in keys] if row else last
                    if row is None or key <= last:
                        raise self._cut(table, f"line {number} is no next row of it: {line[:200]!r}")
                    last = key
                    yield row
        except OSError as error:
            raise self._cut(table, str(error.strerror)) from error
        told = self._tables.get(table.name)
        if told != {"lines": number, "sha256": digest.hexdigest()}:
            raise self._cut(table, f"it was cut off or changed after the export: {number} lines")

    def _check_size(self, audio: Row) -> None:
        path = audio_path(self.folder, audio)
        size = path.stat().st_size if path.is_file() else None
        if size != audio["size_bytes"]:
            raise StoreError(
                f"{path}: {'missing' if size is None else f'{size} bytes'}, and {audio['size_bytes']} were exported: "
                "copy the folder again; nothing was imported"
            )

    def _path(self, table: Table) -> Path:
        return self.folder / f"{table.name}.jsonl"

    def _cut(self, table: Table, problem: str) -> StoreError:
        return StoreError(f"{self._path(table)}: {problem}: copy the folder again, or export the store again")


def _read(table: Table, line: bytes) -> Row | None:
    try:
        row = json.loads(line)
    except ValueError:
        return None
    return row if isinstance(row, dict) and _is_row(table, row) else None


def _is_row(table: Table, row: Row) -> bool:
    inner = {"audio"} if table is schema.tracks else set()
    wanted = columns(table)
    if row.keys() != {column.name for column in wanted} | inner:
        return False
    return all(_fits(column, row[column.name]) for column in wanted) and _RULES.get(table.name, _any)(row)


def _fits(column: Column[Any], value: object) -> bool:
    if value is None:
        return bool(column.nullable)
    match column.type:
        case Boolean():
            return isinstance(value, bool)
        case Integer():
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
        case Float():
            return isinstance(value, int | float) and not isinstance(value, bool)
        case JSON():
            return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str)


def _any(_row: Row) -> bool:
    return True


def _is_track(row: Row) -> bool:
    audio = row["audio"]
    if not _is_audio(audio) or row["audio_sha256"] != (audio and audio["sha256"]):
        return False
    named = row["key"] == f"{row['source']}:{row['id']}"
    return named and _one_of(TrackState, row["state"]) and _one_of(ListState, row["list_state"])


def _is_audio(row: object) -> bool:
    if row is None:
        return True
    if not isinstance(row, dict) or not _is_row(schema.audio, row):
        return False
    return bool(_SHA256.fullmatch(row["sha256"]) and _SUFFIX.fullmatch(row["suffix"]))


def _is_rest(row: Row) -> bool:
    try:
        return datetime.fromisoformat(row["until"]).tzinfo is not None
    except ValueError:
        return False


def _one_of(kinds: type[StrEnum], value: str) -> bool:
    return value in {str(kind) for kind in kinds}


_RULES: Mapping[str, Callable[[Row], bool]] = {
    "optouts": lambda row: _one_of(WishKind, row["kind"]),
    "tracks": _is_track,
    "comments": lambda row: _one_of(VoteKind, row["vote_kind"]),
    "rests": _is_rest,
}
