"""A store file that an earlier emtool wrote opens, holds what it held, and goes on.

``store_version_N.sql`` is the dump of a crawl of three made tracks with the last emtool that wrote version N.
"""

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from emtool.crawler import migrations, schema
from emtool.crawler.errors import StoreError
from emtool.crawler.records import TrackState
from emtool.crawler.store import Store

VERSIONS = range(1, schema.SCHEMA_VERSION)


def old_store(folder: Path, number: int) -> Path:
    dump = Path(__file__).with_name(f"store_version_{number}.sql")
    connection = sqlite3.connect(folder / "emtool.db")
    connection.executescript(dump.read_text(encoding="utf-8"))
    connection.close()
    return folder


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return old_store(tmp_path, 1)


def structure(store: Store) -> dict[str, list[str]]:
    with store.read() as connection:
        found = inspect(connection)
        return {
            name: sorted(
                f"{one['name']} {one.get('type')}"
                for one in (*found.get_columns(name), *found.get_indexes(name))
            )
            for name in found.get_table_names()
        }


def version(folder: Path) -> str:
    connection = sqlite3.connect(folder / "emtool.db")
    (found,) = connection.execute("select value from meta where name = 'schema_version'").fetchone()
    connection.close()
    return str(found)


@pytest.mark.parametrize("create", [True, False])
@pytest.mark.parametrize("number", VERSIONS)
def test_an_old_store_becomes_a_new_one_and_keeps_everything(
    tmp_path: Path, number: int, create: bool
) -> None:
    old = old_store(tmp_path, number)
    assert version(old) == str(number)
    with Store.open(old, create=create) as store:
        assert [stored.track.id for stored in store.tracks()] == ["clip-0", "clip-1", "clip-2"]
        assert store.counts()[TrackState.DONE] == 2
        assert [one.comment.votes for one in store.top_comments("demo:clip-1")] == [1200, 1, None]
        migrated = structure(store)
    with Store.open(tmp_path / "new", create=True) as fresh:
        assert migrated == structure(fresh)
    assert version(old) == str(schema.SCHEMA_VERSION)
    with Store.open(old, create=False) as again:
        assert structure(again) == migrated


def test_a_migration_that_is_cut_off_leaves_the_store_as_it_was(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(connection: object) -> None:
        schema.optouts.create(connection)  # type: ignore[arg-type]  # the Connection that migrate hands on
        raise KeyboardInterrupt

    monkeypatch.setattr(migrations, "_STEPS", {1: half})
    with pytest.raises(KeyboardInterrupt):
        Store.open(old, create=True)
    assert version(old) == "1"
    monkeypatch.undo()
    with Store.open(old, create=True) as store, store.read() as connection:
        assert connection.execute(text("select * from optouts")).all() == []


@pytest.mark.parametrize("told", ["0", "-1", "two", str(schema.SCHEMA_VERSION + 1)])
def test_a_version_that_no_step_leads_on_from_is_refused(old: Path, told: str) -> None:
    connection = sqlite3.connect(old / "emtool.db")
    connection.execute("update meta set value = ? where name = 'schema_version'", (told,))
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=f"schema {told}, this one knows"):
        Store.open(old, create=True)


def test_there_is_a_step_from_every_version() -> None:
    assert set(migrations._STEPS) == set(VERSIONS)
