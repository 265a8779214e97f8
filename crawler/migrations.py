"""From the tables of an earlier emtool to those of this one, a version at a time, all in one transaction.

``schema.py`` says what a new store looks like; a step here says what is missing from one that is older. A store
that was killed on the way is as it was before.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, inspect, select, text, update
from sqlalchemy.schema import CreateColumn

from emtool.crawler import postgresql, schema
from emtool.crawler.database import Database, upsert
from emtool.crawler.errors import NoStoreError, StoreError

Step = Callable[[Connection], None]


def prepare(database: Database, *, create: bool) -> None:
    """Make the tables of a new store, or bring those of an older one up to date.

    Raises:
        NoStoreError: There are none, and ``create`` is false.
        StoreError: The tables are of another program, or of a newer emtool.
    """
    with database.read() as connection:
        tables = inspect(connection).get_table_names()
        if database.is_shared:
            postgresql.check_encoding(connection, database.where)
    if not tables and create:
        with database.write() as connection:  # another process may have made them before the lock was ours
            schema.metadata.create_all(connection)
            upsert(connection, schema.meta, [{"name": "schema_version", "value": str(schema.SCHEMA_VERSION)}])
    elif not tables and database.is_shared:
        raise NoStoreError(f"no store in {database.where}: emtool crawl makes one")
    elif "meta" not in tables:
        way_out = (
            "make an empty database with `createdb`, or mend --store"
            if database.is_shared
            else "move it away, or choose another --workspace"
        )
        raise StoreError(f"store {database.where}: this is no emtool store: {way_out}")
    with database.read() as connection:
        version = _schema_version(connection)
    if version.isdecimal() and 1 <= int(version) < schema.SCHEMA_VERSION:
        with database.write() as connection:  # the version may have changed before the lock was ours
            migrate(connection, int(_schema_version(connection)))
    elif version != str(schema.SCHEMA_VERSION):
        raise StoreError(
            f"store {database.where}: written by another emtool (schema {version}, this one knows "
            f"{schema.SCHEMA_VERSION}): upgrade emtool, or choose another --workspace or --store"
        )


def migrate(connection: Connection, version: int) -> None:
    """Bring the tables from a version up to ``schema.SCHEMA_VERSION``, within a transaction of the caller.

    Raises:
        KeyError: No step leads on from a version.
    """
    for step in range(version, schema.SCHEMA_VERSION):
        _STEPS[step](connection)
    connection.execute(
        update(schema.meta)
        .where(schema.meta.c.name == "schema_version")
        .values(value=str(schema.SCHEMA_VERSION))
    )


def _add_wishes(connection: Connection) -> None:
    """Version 2 remembers who wants to be left out, and which source wants a rest."""
    for table in (schema.optouts, schema.tombstones, schema.rests):
        table.create(connection)


def _add_claims(connection: Connection) -> None:
    """Version 3 lets several processes share the work."""
    for table in (schema.tracks, schema.listings):
        for name in ("claimed_by", "claimed_until"):
            column = CreateColumn(table.c[name]).compile(dialect=connection.dialect)
            connection.execute(text(f"ALTER TABLE {table.name} ADD COLUMN {column}"))
    connection.execute(text("CREATE INDEX ix_tracks_claimed_by ON tracks (claimed_by)"))


_STEPS: Mapping[int, Step] = {1: _add_wishes, 2: _add_claims}


def _schema_version(connection: Connection) -> str:
    version = select(schema.meta.c.value).where(schema.meta.c.name == "schema_version")
    return str(connection.scalar(version))
