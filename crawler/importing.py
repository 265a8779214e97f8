"""``emtool store import``: what an exported folder holds comes into a store, but nothing that a wish keeps out.

The same import again changes nothing; one that was killed is ended by the same command. Each batch of tracks is one
transaction, with their comments and sound.
"""

from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, select, update

from emtool.crawler import author_keys, optouts, schema, takedown
from emtool.crawler.claims import NOBODY
from emtool.crawler.database import in_batches, upsert
from emtool.crawler.errors import StoreError
from emtool.crawler.exported import Exported, Row, audio_path, columns
from emtool.crawler.exporting import copy_sound
from emtool.crawler.optouts import Wish, WishKind
from emtool.crawler.progress import Progress
from emtool.crawler.records import TrackState
from emtool.crawler.store import Store

_BATCH = 1000  # rows
_TRACKS_AT_ONCE = 50  # few, since others wait while their sound is copied
_FURTHER = (TrackState.FOUND, TrackState.FAILED, TrackState.SKIPPED, TrackState.VOTED, TrackState.DONE)


@dataclass(slots=True, kw_only=True)
class ImportSummary:
    """What has come into the store."""

    folder: str
    store: str  # without a password
    tracks: int = 0  # that are new, or had not come so far here
    kept: int = 0  # tracks that are as they were here
    unwanted: int = 0  # tracks that a wish keeps out
    files: int = 0  # of sound

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self)


def import_folder(
    folder: Path, store_folder: Path, *, address: str | None, other_key: bool, progress: Progress
) -> ImportSummary:
    """Take a folder into a store, which is made if there is none.

    A track that the store has stays as it is, unless the one in the folder has come further. Wishes of both hold.

    Args:
        folder: What ``emtool store export`` has written.
        store_folder: See ``Store.open``.
        address: See ``Store.open``.
        other_key: Take hashes of writers by another key than the store's as they are.
        progress: Where bars go.

    Raises:
        UsageError: The folder is no export.
        StoreError: It is damaged or too new; its key of writers is not the store's; a source is being crawled.
    """
    exported = Exported.open(folder)
    exported.check()
    if exported.author_hashes and not other_key:
        _check_key(exported, store_folder)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(store_folder, create=True, address=address))
        for source in exported.sources:
            stack.enter_context(store.alone(source))
        summary = ImportSummary(folder=str(folder), store=store.place)
        try:
            _Import(store, exported, summary).run(progress)
        except OSError as error:
            raise StoreError(
                f"store {store_folder}: {error.strerror}: mend that and run the command again; nothing is lost"
            ) from error
    return summary


def _check_key(exported: Exported, store_folder: Path) -> None:
    here = author_keys.name_in(store_folder)
    if here is None or here != exported.author_key:
        raise StoreError(
            f"{exported.folder}: its writers are named by another key than {store_folder / author_keys.FILE_NAME}, so "
            "that `optout add --kind author SOURCE:NAME` would miss them: copy that file from the store that was "
            "exported, or give --other-key to take the hashes as they are"
        )


class _Import:
    def __init__(self, store: Store, exported: Exported, summary: ImportSummary) -> None:
        self._store = store
        self._exported = exported
        self._summary = summary

    def run(self, progress: Progress) -> None:
        for wishes in in_batches(self._exported.rows(schema.optouts), _BATCH):
            takedown.adopt(self._store, wishes, [])
        for stones in in_batches(self._exported.rows(schema.tombstones), _BATCH):
            takedown.adopt(self._store, [], stones)
        with progress.task("import", self._exported.tracks, "tracks") as task:
            for some in in_batches(self._exported.tracks_with_comments(), _TRACKS_AT_ONCE):
                self._take_tracks({track["key"]: (track, comments) for track, comments in some})
                task.advance(len(some))
        for table in (schema.listings, schema.evidence):
            for rows in in_batches(self._exported.rows(table), _BATCH):
                with self._store.write() as connection:
                    upsert(connection, table, rows)
        for rows in in_batches(self._exported.rows(schema.found), _BATCH):
            with self._store.write() as connection:
                there = _states(connection, {row["track_key"] for row in rows})
                upsert(connection, schema.found, [row for row in rows if row["track_key"] in there])
        self._take_greater(schema.traffic, "requests")
        self._take_greater(schema.rests, "until")

    def _take_tracks(self, told: dict[str, tuple[Row, list[Row]]]) -> None:
        places = {
            key: (track["url"], track["audio_url"], (track["audio"] or {}).get("url"))
            for key, (track, _) in told.items()
        }
        audio, folder = self._store.audio, self._exported.folder
        with audio.taking(), ExitStack() as stack, self._store.write() as connection:
            unwanted, there = optouts.unwanted_keys(connection, places), _states(connection, told)
            parts: dict[
                str, tuple[Path, str]
            ] = {}  # sound by its hash: it is taken in once all of it is whole
            for key, (track, comments) in told.items():
                if key in unwanted:
                    self._summary.unwanted += 1
                    continue
                if key in there and not _is_further(track["state"], there[key]):
                    self._summary.kept += 1
                    continue
                sound = track["audio"]
                if sound and sound["sha256"] not in parts:
                    part = stack.enter_context(audio.part(sound["sha256"]))
                    copy_sound(audio_path(folder, sound), part, sound["sha256"])
                    parts[sound["sha256"]] = part, sound["suffix"]
                    upsert(connection, schema.audio, [sound])
                _take_track(connection, track, comments)
                self._summary.tracks += 1
            for sha256, (part, suffix) in parts.items():
                audio.take(part, sha256, suffix)
            self._summary.files += len(parts)

    def _take_greater(self, table: Table, measure: str) -> None:
        """Keep, of each source, the row with the greater measure."""
        with self._store.write() as connection:
            for row in self._exported.rows(table):
                here = connection.scalar(select(table.c[measure]).where(table.c.source == row["source"]))
                if here is None or _is_greater(row[measure], here):
                    upsert(connection, table, [row], update=row.keys() - {"source"})


def _take_track(connection: Connection, track: Row, comments: Sequence[Row]) -> None:
    key, table = track["key"], schema.comments
    heard = optouts.spoken(connection, _authors(comments))
    wanted = [row for row in comments if not _authors([row]) & heard]
    told = {column.name: track[column.name] for column in columns(schema.tracks)} | NOBODY
    upsert(connection, schema.tracks, [told], update=told.keys() - {"key"})
    connection.execute(update(table).where(table.c.track_key == key).values(rank=None, share=None))
    upsert(connection, table, wanted, update={column.name for column in columns(table)} - {"track_key", "id"})
    if len(wanted) < len(comments):
        takedown.close_ranks(connection, key)


def _authors(comments: Iterable[Row]) -> set[Wish]:
    return {(str(WishKind.AUTHOR), row["author_hash"]) for row in comments if row["author_hash"]}


def _states(connection: Connection, keys: Iterable[str]) -> dict[str, str]:
    table = schema.tracks
    found = connection.execute(select(table.c.key, table.c.state).where(table.c.key.in_(list(keys))))
    return {row.key: row.state for row in found}


def _is_further(state: str, than: str) -> bool:
    return _FURTHER.index(TrackState(state)) > _FURTHER.index(TrackState(than))


def _is_greater(value: Any, than: Any) -> bool:
    if isinstance(value, str):
        return datetime.fromisoformat(value) > datetime.fromisoformat(than)
    return bool(value > than)
