"""A store whose database is on a PostgreSQL server: how it fails, what it keeps to itself, who waits for whom."""

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from emtool.cli import app
from emtool.crawler import schema
from emtool.crawler.claims import Claims
from emtool.crawler.errors import NoStoreError, StoreError, UsageError
from emtool.crawler.frontier import Frontier
from emtool.crawler.printable import without_passwords
from emtool.crawler.records import Page
from emtool.crawler.store import Store
from tests.conftest import RunEmtool
from tests.crawler.making import track
from tests.crawler.postgresql_server import PASSWORD, Server

SPACED = f"postgresql://me:{PASSWORD} {PASSWORD}@host/x"


def refusal(folder: Path, address: str, *, create: bool = True) -> str:
    with pytest.raises(StoreError) as caught:
        Store.open(folder, create=create, address=address)
    assert PASSWORD not in str(caught.value)
    assert "\n" not in str(caught.value)
    return str(caught.value)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "mysql://me:not-to-be-seen@host/x", "postgresql://host", SPACED]
)
def test_other_addresses_are_refused(tmp_path: Path, address: str) -> None:
    if not address:
        Store.open(tmp_path, create=True, address=address).close()  # an empty EMTOOL_STORE is none
        return
    with pytest.raises(
        UsageError, match=r"--store .*give postgresql\+psycopg://USER@HOST/DATABASE"
    ) as caught:
        Store.open(tmp_path, create=True, address=address)
    assert PASSWORD not in str(caught.value)


def test_a_server_that_lets_nobody_in_is_one_line_with_the_way_out(tmp_path: Path, server: Server) -> None:
    address = server.address("postgres")
    assert "user or password" in refusal(tmp_path, server.address("postgres", password="wrong"))
    assert "no such database: make it with `createdb`" in refusal(tmp_path, server.address("nowhere"))
    assert "user or password" in refusal(tmp_path, address.replace("keeper", "nobody"))
    assert "is it running" in refusal(tmp_path, f"{address}/elsewhere")
    closed = f"postgresql://keeper:{PASSWORD}@127.0.0.1:1/x"
    assert refusal(tmp_path, closed).startswith(
        "store postgresql+psycopg://keeper:***@127.0.0.1:1/x: no server"
    )


def test_databases_that_hold_no_store_are_left_as_they_are(tmp_path: Path, server: Server) -> None:
    empty = server.new_schema()
    with pytest.raises(NoStoreError, match=r"no store in .*: emtool crawl makes one"):
        Store.open(tmp_path, create=False, address=empty)
    server.run(empty, "CREATE TABLE songs (name text)")
    assert "is no emtool store: make an empty database" in refusal(tmp_path, empty)
    other = server.new_database("ENCODING 'SQL_ASCII' TEMPLATE template0 LOCALE 'C'")
    assert "encoding is SQL_ASCII: make one with `createdb -E UTF8" in refusal(tmp_path, other)


def test_an_old_store_is_brought_up_to_date(tmp_path: Path, server: Server) -> None:
    address = server.new_schema()
    with Store.open(tmp_path, create=True, address=address) as store, store.write() as connection:
        for table in (schema.optouts, schema.tombstones, schema.rests):
            table.drop(connection)
        for table in (schema.tracks, schema.listings):
            connection.execute(
                text(f"alter table {table.name} drop column claimed_by, drop column claimed_until")
            )
        connection.execute(text("update meta set value = '1' where name = 'schema_version'"))
    opened: list[str | None] = []
    gate = threading.Barrier(4)

    def work() -> None:
        gate.wait()
        with Store.open(tmp_path, create=False, address=address) as own:
            Frontier(own, Claims.of(own)).open_listing("site", None, refresh=False)
            opened.append(own.opted_out("http://site.test/"))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert opened == [None] * 4


def test_machines_that_share_a_database_share_the_key_of_writers(tmp_path: Path, server: Server) -> None:
    address = server.new_schema()
    Store.open(tmp_path / "a", create=True, address=address).close()
    assert "b/author.key is not the key that it began with" in refusal(tmp_path / "b", address)
    Store.open(tmp_path / "c", create=False, address=address).close()  # to look needs none
    (tmp_path / "b" / "author.key").write_bytes((tmp_path / "a" / "author.key").read_bytes())
    Store.open(tmp_path / "b", create=True, address=address).close()


def test_the_order_of_keys_does_not_depend_on_the_servers_language(tmp_path: Path, server: Server) -> None:
    address = server.new_schema()
    ids = ["b", "A", "a", "B", "_", "é", "琴"]
    with (
        Store.open(tmp_path / "a", create=True, address=address) as shared,
        Store.open(tmp_path / "b", create=True) as own,
    ):
        for store in (shared, own):
            frontier = Frontier(store)
            listing = frontier.open_listing("site", None, refresh=False)
            frontier.add_page(listing.id, Page(tracks=tuple(track(one) for one in ids)))
        assert [one.track.id for one in shared.tracks()] == sorted(ids)
        assert shared.fingerprint() == own.fingerprint()


Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def emtool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in an empty folder; give exit code and output, which never show the password."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["emtool", *arguments])
        with pytest.raises(SystemExit) as ended:
            app()
        out, err = capsys.readouterr()
        assert PASSWORD not in out + err
        return int(ended.value.code or 0), out, err

    return run


def test_every_command_takes_the_address_and_none_shows_the_password(
    tmp_path: Path, server: Server, emtool: Run, catalogue: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.new_schema()
    monkeypatch.setenv("EMTOOL_STORE", address)
    assert "emtool crawl begins" in emtool("status")[2]
    crawled = emtool("crawl", "demo", "--catalogue", str(catalogue), "--min-interval", "0", "--json")[1]
    assert json.loads(crawled)["store"].startswith("postgresql+psycopg://keeper:***@/postgres")
    assert emtool("crawl", "--help")[0] == 0
    monkeypatch.delenv("EMTOOL_STORE")
    settings = tmp_path / "emtool.yaml"
    settings.write_text(f"store: {address}\n")
    assert json.loads(emtool("status", "--json")[1])["sources"]["demo"]["done"] == 3
    for command in (
        ("votes", "demo:clip-0"),
        ("evidence", "demo:clip-0"),
        ("optout", "list"),
        ("optout", "add", "demo:clip-0"),
    ):
        assert emtool(*command)[0] == 0
    assert not (tmp_path / "emtool-data" / "store" / "emtool.db").exists()
    assert emtool("status", "--verbose", "--store", address.replace("postgresql+psycopg", "mysql"))[0] == 2
    assert emtool("status", f"--stor={address}")[0] == 2
    assert emtool("crawl", "demo", "--limit", address)[0] == 2
    settings.write_text(f"store: [{address}]\n")
    assert emtool("status")[0] == 2
    settings.write_text(f"store: {address}: x\n")
    assert emtool("status")[0] == 2


def test_passwords_are_taken_out_of_lines() -> None:
    assert (
        without_passwords("crawl --store postgresql://me:a@b/c@host/x")
        == "crawl --store postgresql://me:***@host/x"
    )
    assert (
        without_passwords("postgresql://me@h/x?password=p&host=b")
        == "postgresql://me@h/x?password=***&host=b"
    )
    assert without_passwords("mysql://me:pw@h, http://a:80/@b") == "mysql://me:***@h, http://a:80/@b"


def test_without_the_driver_the_line_says_how_to_get_it(run_emtool: RunEmtool, tmp_path: Path) -> None:
    (tmp_path / "psycopg.py").write_text("raise ModuleNotFoundError('no driver here')")
    ran = run_emtool("status", "--store", f"postgresql://me:{PASSWORD}@host/x", PYTHONPATH=str(tmp_path))
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
    assert "pip install 'emtool[postgresql]'" in ran.stderr
    assert PASSWORD not in ran.stderr
