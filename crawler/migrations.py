"""From the tables of an earlier emtool to those of this one, a version at a time, all in one transaction.

``schema.py`` says what a new store looks like; a step here says what is missing from one that is older. A store
that was killed on the way is as it was before.
"""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, update

from emtool.crawler import schema

Step = Callable[[Connection], None]


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


_STEPS: Mapping[int, Step] = {1: _add_wishes}
