"""``emtool store export``: a store becomes a folder, see ``exported.py``; the folder is there whole or not at all."""

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Select, Table, func, select

from emtool.crawler import author_keys, schema
from emtool.crawler.clock import utc_now
from emtool.crawler.errors import StoreError, UsageError
from emtool.crawler.exported import FORMAT, MANIFEST, TABLES, VERSION, Row, audio_path, columns
from emtool.crawler.files import write_json
from emtool.crawler.locks import owned
from emtool.crawler.progress import Progress
from emtool.crawler.store import Store

_FETCHED_AT_ONCE = 500
_CHUNK_BYTES = 2**20
_ABOUT_AUTHORS = (
    "author_hash is a keyed hash of source and writer: the same writer has the same hash within this export, and "
    "nobody without the key can tell who that is. The key (author.key in the store) is not in this folder. A store "
    "with that key knows the same writers, in crawls and in opt-outs; with another key, the same writer has two hashes."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSummary:
    """What is in the folder now."""

    folder: str
    tracks: int
    comments: int
    files: int  # of sound
    audio_bytes: int
    author_hashes: int  # comments and wishes that name a writer by a keyed hash

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self)


def export(store: Store, folder: Path, progress: Progress) -> ExportSummary:
    """Write everything that a store holds, but the key of writers, into a new folder.

    The tables are of one moment, whoever writes to the store meanwhile.

    Raises:
        UsageError: There is something in the folder already.
        StoreError: Sound is missing or damaged, it cannot be written, or another export writes it now.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"{folder} is there already: name a new folder for the export")
    part = folder.absolute().with_name(f".{folder.absolute().name}.part")

    def refuse(holder: str) -> StoreError:
        return StoreError(f"{folder}: {holder} exports to it now: wait for that to end")

    try:
        with owned(part.with_name(f"{part.name}.lock"), refuse):
            shutil.rmtree(part, ignore_errors=True)  # of an export that was killed
            try:
                part.mkdir(parents=True)
                summary = _write(store, part, folder, progress)
                part.replace(folder)
            finally:
                shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise StoreError(f"{folder}: {error.strerror}: mend that, or name another folder") from error
    return summary


def copy_sound(source: Path, target: Path, sha256: str) -> None:
    """Copy a file, and see to it that its content is what its name says.

    Raises:
        StoreError: It is not there, or its content is another.
    """
    digest = hashlib.sha256()
    try:
        with source.open("rb") as read, target.open("wb") as written:
            while chunk := read.read(_CHUNK_BYTES):
                digest.update(chunk)
                written.write(chunk)
            written.flush()
            os.fsync(written.fileno())
    except FileNotFoundError:
        raise StoreError(
            f"{source}: the sound is missing: put it back, or run the same command again"
        ) from None
    if digest.hexdigest() != sha256:
        raise StoreError(
            f"{source}: damaged, its content has another hash than its name: put a whole copy there"
        )


def _write(store: Store, part: Path, folder: Path, progress: Progress) -> ExportSummary:
    with store.read() as connection:
        tables = {table.name: _write_table(connection, table, part) for table in TABLES}
        sources = list(connection.scalars(select(schema.tracks.c.source).distinct().order_by("source")))
        hashes = _count(connection, select(func.count(schema.comments.c.author_hash)))
        hashes += _count(connection, select(func.count()).where(schema.optouts.c.kind == "author"))
    files, size_bytes = 0, 0
    with progress.task("export", tables["tracks"]["lines"], "tracks") as task:
        for audio in _sounds(part):
            task.advance()
            if audio is None or (target := audio_path(part, audio)).exists():
                continue
            target.parent.mkdir(parents=True, exist_ok=True)
            copy_sound(store.audio.path(audio["sha256"], audio["suffix"]), target, audio["sha256"])
            files, size_bytes = files + 1, size_bytes + audio["size_bytes"]
    told = {
        "format": FORMAT,
        "version": VERSION,
        "exported_at": utc_now(),
        "sources": sources,
        "tables": tables,
        "author_key": author_keys.name_in(store.folder),
        "author_hashes": hashes,
        "about_authors": _ABOUT_AUTHORS,
    }
    write_json(part / MANIFEST, told)
    return ExportSummary(
        folder=str(folder),
        tracks=tables["tracks"]["lines"],
        comments=tables["comments"]["lines"],
        files=files,
        audio_bytes=size_bytes,
        author_hashes=hashes,
    )


def _write_table(connection: Connection, table: Table, part: Path) -> Row:
    digest, number = hashlib.sha256(), 0
    with (part / f"{table.name}.jsonl").open("wb") as file:
        for row in _rows(connection, table):
            line = json.dumps(row, ensure_ascii=False).encode() + b"\n"
            digest.update(line)
            file.write(line)
            number += 1
        file.flush()
        os.fsync(file.fileno())
    return {"lines": number, "sha256": digest.hexdigest()}


def _rows(connection: Connection, table: Table) -> Iterator[Row]:
    own = columns(table)
    inner = columns(schema.audio) if table is schema.tracks else []
    wanted: Select[Any] = select(*own, *(column.label(f"audio.{column.name}") for column in inner))
    wanted = wanted.select_from(table.outerjoin(schema.audio) if inner else table)
    found = connection.execute(
        wanted.order_by(*table.primary_key), execution_options={"yield_per": _FETCHED_AT_ONCE}
    )
    for values in found:
        row: Row = dict(zip([column.name for column in own], values, strict=False))
        if inner:
            audio = dict(zip([column.name for column in inner], values[len(own) :], strict=True))
            row["audio"] = audio if audio["sha256"] else None
        yield row


def _sounds(part: Path) -> Iterator[Row | None]:
    with (part / "tracks.jsonl").open("rb") as lines:
        for line in lines:
            yield json.loads(line)["audio"]


def _count(connection: Connection, wanted: Select[Any]) -> int:
    return int(connection.scalar(wanted) or 0)
