"""The connection below a store: SQLite or PostgreSQL through SQLAlchemy Core, errors as one line."""

import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import URL, ColumnElement, Connection, Engine, Executable, Table, create_engine, event
from sqlalchemy.dialects import postgresql as postgresql_dialect
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import DBAPIError

from emtool.crawler import postgresql, schema
from emtool.crawler.errors import StoreError

BUSY_TIMEOUT_S = 30
_BATCH = 10_000  # values
_WRITES = "emtool_writes"  # execution option: this transaction takes the write lock when it begins
_BARE = "emtool_bare"  # execution option: what SQLite does outside of a transaction only

_CAUSES = {  # part of a driver's message -> what it means and the way out
    "database or disk is full": "no space is left: free some and run the command again, nothing is lost",
    "file is not a database": "this is no emtool store: move the file away, or choose another --workspace",
    "disk image is malformed": "the file is damaged: restore a copy, or choose another --workspace",
    "database is locked": f"another process has been writing for over {BUSY_TIMEOUT_S} s: wait for it to end",
    "readonly database": "it cannot be written: check its permissions, or choose another --workspace",
    "unable to open database": "it cannot be opened: check its permissions, or choose another --workspace",
    "disk i/o error": "the disk fails to read or write it: check the disk",
    **postgresql.CAUSES,
}

Value = TypeVar("Value")


class Database:
    """Reads and writes in transactions, and turns the driver's errors into ``StoreError``."""

    def __init__(self, url: URL) -> None:
        self.is_shared = url.get_backend_name() == "postgresql"
        """Whether other machines can reach it as well."""
        self.where = postgresql.shown(url) if self.is_shared else str(url.database)
        """Its place in words, without a password."""
        if self.is_shared:
            self._engine = postgresql.engine(url, busy_timeout_s=BUSY_TIMEOUT_S)
            _take_turns(self._engine)
            self._reading: Engine = self._engine.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
        else:
            self._engine = self._reading = create_engine(url)
            _prepare_sqlite(self._engine)

    def close(self) -> None:
        """Let go of every connection."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Give a connection that sees one state of the database."""
        with self._one_line_errors(), self._reading.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept together when the block ends, or not at all."""
        with self._one_line_errors(), self._engine.connect() as connection:
            writing = connection.execution_options(**{_WRITES: True})
            with writing.begin():
                yield writing

    @contextmanager
    def claiming(self) -> Iterator[Connection]:
        """Give a connection for a short change that waits for no other writer's turn."""
        with self._one_line_errors(), self._engine.begin() as connection:
            yield connection

    def compact(self) -> None:
        """Write the tables anew, so that no byte of what was deleted is left in their files.

        Raises:
            StoreError: Somebody else reads or writes, or the disk has no room for a second copy.
        """
        if self.is_shared:
            with self._one_line_errors(), self._engine.connect() as connection:
                connection.execution_options(isolation_level="AUTOCOMMIT")
                connection.exec_driver_sql(f"VACUUM (FULL) {', '.join(schema.metadata.tables)}")
            return
        with self._one_line_errors(), self._engine.connect() as connection:
            connection.execution_options(**{_BARE: True})
            connection.exec_driver_sql("VACUUM")
            busy = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").first()
        if busy is None or busy[0]:
            raise StoreError(
                f"store {self.where}: another process reads it, and old pages stay as long: run this again after it"
            )

    @contextmanager
    def _one_line_errors(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            message = str(error.orig) or type(error.orig).__name__
            meaning = next((text for part, text in _CAUSES.items() if part in message.lower()), None)
            raise StoreError(f"store {self.where}: {meaning or message.splitlines()[0]}") from error


def in_batches(values: Iterable[Value], size: int = _BATCH) -> Iterator[list[Value]]:
    """Cut what one statement cannot hold: PostgreSQL takes 65,535 values in one."""
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def upsert(
    connection: Connection,
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    *,
    update: Collection[str] = (),
    add: Collection[str] = (),
) -> None:
    """Insert rows; where the primary key is there already, set the ``update`` columns and add to the ``add`` ones."""
    if not rows:
        return
    statement = _upsert(connection.dialect.name, table, tuple(sorted(update)), tuple(sorted(add)))
    connection.execute(statement, [storable(row) for row in rows])


@cache
def _upsert(dialect: str, table: Table, update: Sequence[str], add: Sequence[str]) -> Executable:
    """Build a statement once: a crawl says few, many times."""
    insert = postgresql_dialect.insert if dialect == "postgresql" else sqlite.insert
    statement = insert(table)
    changes: dict[str, ColumnElement[Any]] = {name: statement.excluded[name] for name in update}
    changes |= {name: table.c[name] + statement.excluded[name] for name in add}
    keys = list(table.primary_key.columns)
    if not changes:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=changes)


def storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row without what a text column refuses: lone surrogates, and NUL (PostgreSQL)."""
    return {name: _mended(value) for name, value in row.items()}


def _mended(value: Any) -> Any:
    if isinstance(value, str):
        whole = value if value.isascii() else value.encode("utf-8", "replace").decode()
        return whole.replace("\0", "")
    return [_mended(one) for one in value] if isinstance(value, list | tuple) else value


def _take_turns(engine: Engine) -> None:
    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_WRITES, False):
            postgresql.wait_to_write(connection)


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's own BEGIN comes too late to hold a lock
        for pragma in (
            f"busy_timeout = {BUSY_TIMEOUT_S * 1000}",
            "synchronous = NORMAL",  # in WAL: safe against a killed process, and whole after a power cut
            "foreign_keys = ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        _write_ahead(connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get(_BARE, False):
            connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get(_WRITES, False) else "BEGIN")


def _write_ahead(connection: Any) -> None:
    """Let readers go on while a crawl writes; SQLite does not wait by itself for another that asks for the same."""
    last = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > last:
                raise
            time.sleep(0.01)
        else:
            return
