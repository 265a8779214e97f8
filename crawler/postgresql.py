"""A store's database on a PostgreSQL server: its address, its sessions, and the turns of its writers.

Writers take turns by an advisory lock, as they do on SQLite by its file lock, so that what a change has read is
still so when it writes. The lock ends with the transaction that holds it, however it ends.
"""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError

from emtool.crawler.errors import MissingToolError, StoreError, UsageError

_DRIVER = "postgresql+psycopg"
_EXAMPLE = f"{_DRIVER}://USER@HOST/DATABASE, the password in PGPASSWORD or ~/.pgpass"
_CONNECT_TIMEOUT_S = 10
_TURN = int.from_bytes(b"emtool")  # key of the lock
_SESSION = {  # a machine that vanished is noticed, and its turn ends, after some two minutes
    "tcp_keepalives_idle": "60",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "6",
}

CAUSES = {  # part of the server's message -> what it means and the way out
    "password authentication failed": "the server refuses this user or password: see --store, PGPASSWORD, ~/.pgpass",
    "no password supplied": "the server wants a password: give it in PGPASSWORD or ~/.pgpass",
    'fatal:  database "': "the server has no such database: make it with `createdb`, or mend --store",
    'fatal:  role "': "the server has no such user: make it with `createuser`, or mend --store",
    "no pg_hba.conf entry": "the server lets nobody in from here: see its pg_hba.conf",
    "connection refused": "no server answers there: is it running, and are host and port of --store right?",
    "connection timeout": "no server answers there: are host and port of --store right?",
    "permission denied for schema": "this user may make no tables there: grant it CREATE on the schema",
    "server closed the connection": "the server has gone: run the same command again once it is back, nothing is lost",
    "terminating connection": "the server has gone: run the same command again once it is back, nothing is lost",
    "lock timeout": "another process has been writing for too long: wait for it to end",
    "no space left on device": "no space is left on the server: free some and run the command again, nothing is lost",
    "failed to resolve host": "no such machine: is the host of --store right?",
    "connection to server": "no server can be reached there: is it running, and are host and port of --store right?",
}


def parse(address: str) -> URL:
    """Give the address of a database as a person writes it.

    Raises:
        UsageError: It is none of PostgreSQL; the message does not repeat it, for it may hold a password.
    """
    try:
        url = None if any(map(str.isspace, address)) else make_url(address)
    except (ArgumentError, ValueError):
        url = None
    if url is None:
        raise UsageError(f"--store is no address of a database: give {_EXAMPLE}")
    if url.drivername not in ("postgres", "postgresql", _DRIVER) or not url.database:
        raise UsageError(
            f"--store {shown(url)}: give {_EXAMPLE}; without --store it is a file in the workspace"
        )
    return url.set(drivername=_DRIVER)


def shown(url: URL) -> str:
    """Name a database without its password, wherever in the address that stands."""
    told = {name: value for name, value in url.query.items() if name in ("host", "port")}
    return url.set(query=told).render_as_string(hide_password=True)


def engine(url: URL, *, busy_timeout_s: int) -> Engine:
    """Give an engine whose sessions speak UTF-8 and wait for locks only so long.

    Raises:
        MissingToolError: The driver is not installed.
    """
    options: dict[str, Any] = {"client_encoding": "utf8", "connect_timeout": _CONNECT_TIMEOUT_S}
    try:
        made = create_engine(
            url,
            connect_args={name: value for name, value in options.items() if name not in url.query},
            isolation_level="READ COMMITTED",
            pool_pre_ping=True,
        )
    except ImportError as error:
        raise MissingToolError(
            f"--store {shown(url)} needs psycopg ({error}): pip install 'emtool[postgresql]'"
        ) from error
    settings = _SESSION | {"lock_timeout": f"{busy_timeout_s}s"}

    @event.listens_for(made, "connect")
    def connect(connection: Any, _record: object) -> None:
        with connection.cursor() as cursor:
            for name, value in settings.items():
                cursor.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()

    return made


def wait_to_write(connection: Connection) -> None:
    """Wait for the turn of a transaction; it ends with it."""
    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _TURN})


def check_encoding(connection: Connection, where: str) -> None:
    """Refuse a database that cannot hold every text.

    Raises:
        StoreError: Its encoding is not UTF-8.
    """
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise StoreError(
            f"store {where}: its encoding is {encoding}: make one with `createdb -E UTF8 -T template0`"
        )
