"""A real PostgreSQL for the tests: a cluster in a folder of its own, reached by a socket file, gone afterwards."""

import itertools
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import create_engine, text

from emtool.crawler.store import Store

PASSWORD = "not-to-be-seen"
SLOW_POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.slow)  # for modules that take long
_NUMBERS = itertools.count()


class OpenStore(Protocol):
    """Opens the store of a folder, in the database that the test runs with."""

    def __call__(self, folder: Path, *, create: bool) -> Store: ...


class Server:
    """A running server."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def address(self, database: str, *, password: str = PASSWORD) -> str:
        return f"postgresql+psycopg://keeper:{password}@/{database}?host={self._folder}"

    def new_schema(self) -> str:
        """Give the address of an empty place for a store; a database of its own would take longer."""
        name = f"store{next(_NUMBERS)}"
        self.run(self.address("postgres"), f"CREATE SCHEMA {name}")
        return self.address("postgres") + f"&options=-csearch_path%3D{name}"

    def new_database(self, options: str = "") -> str:
        name = f"store{next(_NUMBERS)}"
        self.run(self.address("postgres"), f"CREATE DATABASE {name} {options}")
        return self.address(name)

    def run(self, address: str, statement: str) -> None:
        engine = create_engine(address, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(statement))
        engine.dispose()


@contextmanager
def running_server() -> Iterator[Server]:
    """Start a server as a user that is not root, which it refuses; skip the test where there is none."""
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")), Path(shutil.which("initdb") or "")]
    programs = found[0].resolve().parent
    if not (programs / "pg_ctl").is_file():
        pytest.skip("PostgreSQL's server is not installed: apt-get install postgresql")
    pytest.importorskip("psycopg", reason="psycopg is not installed: pip install 'emtool[postgresql]'")
    user: dict[str, Any] = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    as_user = user if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="emtool-pg-", dir="/tmp"))  # a socket's path is short
    (folder / "password").write_text(PASSWORD)
    if as_user:
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody", "nogroup")

    def program(name: str, *arguments: str) -> None:
        subprocess.run(
            [programs / name, *arguments],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
            timeout=120,
            **as_user,
        )

    data = ("-D", str(folder / "data"))
    login = ("-U", "keeper", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}")
    try:
        program("initdb", *data, *login, "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off -c full_page_writes=off"
        program("pg_ctl", *data, "-w", "-l", str(folder / "log"), "-o", options, "start")
        try:
            yield Server(folder)
        finally:
            program("pg_ctl", *data, "-w", "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder)
