"""What was collected, to open and to read: tracks, voted comments, audio by content hash, evidence.

A store is a folder: ``emtool.db`` (SQLite), ``audio/``, and ``author.key``, which keeps the hashes of comment
writers from being guessed; whoever publishes the database keeps the key back. The database may be on a
PostgreSQL server instead; the rest stays in the folder. ``frontier.py`` and ``intake.py`` write to it.
"""

import hashlib
import hmac
import json
import threading
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import URL, Connection, Row, bindparam, func, select

from emtool.crawler import author_keys, migrations, optouts, postgresql, rows, schema
from emtool.crawler.audio_files import AudioFiles
from emtool.crawler.database import Database, upsert
from emtool.crawler.errors import NoStoreError, StoreError
from emtool.crawler.locks import owned
from emtool.crawler.notes import Notes
from emtool.crawler.records import Comment, Evidence, RankedComment, Track, TrackState
from emtool.crawler.rows import StoredTrack

__all__ = ["Store", "StoredTrack"]

DATABASE_NAME = "emtool.db"
_BATCH = 500  # tracks read at once, so that no reading transaction stays open while a dataset is built
_COMMENTS = (
    select(schema.comments)
    .where(schema.comments.c.track_key == bindparam("of_track"))
    .order_by(schema.comments.c.position, schema.comments.c.id)
)


class Store:
    """A folder with everything that was collected; a change is whole or absent, whenever the process ends."""

    def __init__(self, folder: Path, database: Database, author_key: bytes) -> None:
        self.folder = folder
        self.audio = AudioFiles(folder / "audio")
        self.notes = Notes()
        self._database = database
        self._author_key = author_key
        self._change = threading.local()  # the connection of a change that is under way

    @classmethod
    def open(cls, folder: Path, *, create: bool, address: str | None = None) -> Self:
        """Open a store, or make one.

        Args:
            folder: Where audio and the key are, and the database unless ``address`` names another.
            create: Make what is not there.
            address: ``postgresql+psycopg://...``; None is the SQLite file of the folder.

        Raises:
            NoStoreError: There is none and ``create`` is false.
            StoreError: It cannot be used, or a newer emtool wrote it.
            UsageError: The address is none of PostgreSQL.
            MissingToolError: The driver of the address is not installed.
        """
        path = folder / DATABASE_NAME
        url = postgresql.parse(address) if address else URL.create("sqlite", database=str(path))
        try:
            if not create and not address and not path.is_file():
                raise NoStoreError(f"no store at {folder}: emtool crawl makes one")
            if create:
                folder.mkdir(parents=True, exist_ok=True)
            author_key = author_keys.load(folder, create=create)
        except OSError as error:
            raise StoreError(f"store {folder}: {error.strerror}: choose another --workspace") from error
        database = Database(url)
        try:
            migrations.prepare(database, create=create)
            if author_key and database.is_shared:
                _check_key(database, folder, author_key)
        except BaseException:
            database.close()
            raise
        return cls(folder, database, author_key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what was noted last, and let go of the database."""
        try:
            self.flush()
        finally:
            self._database.close()

    def flush(self) -> None:
        """Write the notes now, and not with the next change."""
        if self.notes:
            with self.write():
                pass

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the store; within ``write``, what was changed there as well."""
        if writing := self._own_change():
            yield writing
            return
        with self._database.read() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes, and all notes so far, are kept together or not at all.

        Within ``write``, the same connection: all of it is one change.
        """
        if writing := self._own_change():
            yield writing
            return
        with self._database.write() as connection:
            self._change.connection = connection
            try:
                yield connection
            finally:
                self._change.connection = None
            self.notes.flush(connection)
        self.notes.clear()

    def _own_change(self) -> Connection | None:
        return getattr(self._change, "connection", None)

    @contextmanager
    def claiming(self) -> Iterator[Connection]:
        """Give a connection to a shared store for changes of who works on what; they wait for no writer's turn."""
        with self._database.claiming() as connection:
            yield connection

    @property
    def is_shared(self) -> bool:
        """Whether several processes, on other machines as well, may work on it at once; see ``claims.py``."""
        return self._database.is_shared

    @property
    def place(self) -> str:
        """Where its tracks are, in words: the folder, or the address of the database without a password."""
        return self._database.where if self.is_shared else str(self.folder)

    def alone(self, source: str) -> AbstractContextManager[None]:
        """Let one process at a time crawl a source; crawls of other sources share no track with it.

        In a shared store there may be any number: each claims what it works on.

        Raises:
            StoreError: Another process crawls it now.
        """

        def refuse(holder: str) -> StoreError:
            return StoreError(
                f"store {self.place}: {source} is being crawled by {holder}: wait for that to end, nothing was changed"
            )

        if self.is_shared:
            return nullcontext()
        return owned(self.folder / f".crawl-{source}.lock", refuse)

    def compact(self) -> None:
        """Leave no byte of what was deleted in the database's files; it takes room for a second copy of them.

        Raises:
            StoreError: Somebody else reads it, or the room is not there.
        """
        self._database.compact()

    def opted_out(self, url: str) -> str | None:
        """Give the wish that keeps an address out of the store, or None."""
        with self.read() as connection:
            return optouts.refusal(connection, url)

    def author_hash(self, source: str, author: str) -> str:
        """Name the writer of a comment by a keyed hash: the same within one store, nobody outside of it.

        Raises:
            StoreError: The key is gone, so that the hashes would no longer agree.
        """
        if not self._author_key:
            raise StoreError(
                f"store {self.folder}: no {author_keys.FILE_NAME} in it: put it back from where the store came from"
            )
        return hmac.new(self._author_key, f"{source}\0{author}".encode(), hashlib.sha256).hexdigest()[:32]

    def tracks(self, states: Collection[TrackState] = tuple(TrackState)) -> Iterator[StoredTrack]:
        """Give the tracks in these states, ordered by key."""
        table = schema.tracks
        wanted = (
            select(table, schema.audio.c.suffix)
            .select_from(table.outerjoin(schema.audio))
            .where(table.c.state.in_([str(state) for state in states]))
            .order_by(table.c.key)
            .limit(_BATCH)
        )
        last_key = ""
        while True:
            with self.read() as connection:
                batch = connection.execute(wanted.where(table.c.key > last_key)).all()
            if not batch:
                return
            yield from map(rows.stored_track, batch)
            last_key = batch[-1].key

    def comments(self, track_key: str) -> list[Comment]:
        """Give all comments of a track, in the site's order."""
        return [rows.comment(row) for row in self._comment_rows(track_key)]

    def top_comments(self, track_key: str) -> list[RankedComment]:
        """Give the comments that won the vote of a track, best first."""
        ranked = [rows.ranked_comment(row) for row in self._comment_rows(track_key) if row.rank is not None]
        return sorted(ranked, key=lambda one: one.rank)

    def audio_path(self, sha256: str) -> Path:
        """Where the audio of this hash is.

        Raises:
            StoreError: The store has none.
        """
        with self.read() as connection:
            suffix = connection.scalar(select(schema.audio.c.suffix).where(schema.audio.c.sha256 == sha256))
        if suffix is None:
            raise StoreError(f"store {self.folder}: no audio {sha256!r} in it")
        return self.audio.path(sha256, suffix)

    def counts(self) -> dict[TrackState, int]:
        """How many tracks are in each state."""
        every = Counter[TrackState]()
        for counts in self.counts_by_source().values():
            every.update(counts)
        return {state: every[state] for state in TrackState}

    def counts_by_source(self) -> dict[str, dict[TrackState, int]]:
        """How many tracks of each source are in each state."""
        group = (schema.tracks.c.source, schema.tracks.c.state)
        with self.read() as connection:
            numbers = connection.execute(select(*group, func.count()).group_by(*group).order_by(*group)).all()
        counts: dict[str, dict[TrackState, int]] = {}
        for source, state, number in numbers:
            counts.setdefault(source, dict.fromkeys(TrackState, 0))[TrackState(state)] = number
        return counts

    def traffic(self) -> dict[str, tuple[int, int]]:
        """Requests and bytes that each source has cost so far, over all runs."""
        with self.read() as connection:
            found = connection.execute(select(schema.traffic).order_by(schema.traffic.c.source)).all()
        return {row.source: (row.requests, row.bytes) for row in found}

    def dates(self) -> tuple[str, str] | None:
        """When the first and the last of its tracks were fetched, in ISO 8601; None for a store without tracks."""
        when = schema.tracks.c.fetched_at
        with self.read() as connection:
            first, last = connection.execute(select(func.min(when), func.max(when))).one()
        return None if first is None else (first, last)

    def wanted(self, tracks: Sequence[Track]) -> list[Track]:
        """Leave out tracks that somebody does not want here, whether they are stored or not."""
        with self.read() as connection:
            return optouts.wanted_tracks(connection, tracks)

    def evidence(self, url: str | None = None) -> list[Evidence]:
        """Why requests were allowed or not, of one address or of all."""
        table = schema.evidence
        wanted = select(*table.c["url", "checked_at", "allowed", "rule", "detail"]).order_by(
            table.c.url, table.c.rule
        )
        with self.read() as connection:
            found = (
                connection.execute(wanted if url is None else wanted.where(table.c.url == url))
                .mappings()
                .all()
            )
        return [Evidence(**row) for row in found]

    def fingerprint(self) -> str:
        """Name the content: equal for equal tracks, comments, votes and sound, wherever they were collected.

        Times of fetching are left out, and the hashes of writers, whose key differs from store to store.
        """
        told_of_comments = [name for name in rows.COMMENT_COLUMNS if name != "author_hash"]
        tracks, comments = schema.tracks.c, schema.comments.c
        wanted = (
            select(*tracks[*rows.TRACK_COLUMNS, "state", "list_state", "audio_sha256"]).order_by(tracks.key),
            select(*comments["track_key", *told_of_comments, "rank", "share"]).order_by(
                comments.track_key, comments.id
            ),
        )
        digest = hashlib.sha256()
        with self.read() as connection:
            for query in wanted:
                for row in connection.execute(query, execution_options={"yield_per": _BATCH}):
                    digest.update(json.dumps(list(row), ensure_ascii=False).encode() + b"\n")
        return digest.hexdigest()[:16]

    def _comment_rows(self, track_key: str) -> Sequence[Row[Any]]:
        with self.read() as connection:
            return connection.execute(_COMMENTS, {"of_track": track_key}).all()


def _check_key(database: Database, folder: Path, author_key: bytes) -> None:
    """See to it that all who share a database name writers by the same key; it knows the key's hash alone."""
    name = author_keys.name_of(author_key)
    known = select(schema.meta.c.value).where(schema.meta.c.name == "author_key")
    with database.read() as connection:
        first = connection.scalar(known)
    if first is None:
        with database.write() as connection:
            upsert(connection, schema.meta, [{"name": "author_key", "value": name}])
            first = connection.scalar(known)
    if first != name:
        raise StoreError(
            f"store {database.where}: {folder / author_keys.FILE_NAME} is not the key that it began with: "
            "copy that from the workspace of its first crawl, or share that workspace"
        )
