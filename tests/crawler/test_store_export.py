"""A store goes into a folder and comes back equal; what somebody does not want in it does not come back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from emtool.crawler import exporting, importing, schema, takedown
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.database import upsert
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import StoreError, UsageError
from emtool.crawler.exported import TABLES, columns
from emtool.crawler.exporting import export
from emtool.crawler.files import sha256_file
from emtool.crawler.importing import ImportSummary, import_folder
from emtool.crawler.optouts import WishKind
from emtool.crawler.progress import SILENT
from emtool.crawler.store import Store
from tests.crawler.crawling import run
from tests.crawler.making import content, loopback_client
from tests.crawler.postgresql_server import OpenStore

BACKENDS = ("sqlite", "postgresql")
KEY = b"one key, so that the hashes of writers can be compared"
Import = Callable[..., ImportSummary]


@pytest.fixture(autouse=True)
def _one_key(tmp_path: Path) -> None:
    for name in ("store", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "author.key").write_bytes(KEY)


@pytest.fixture
def crawled(store: Store, site: DemoSite) -> Store:
    with loopback_client(AddressGuard(routes={(HOST, PORT): site.place})) as network:
        run(store, network)
    with store.write() as connection:
        rest = {"source": "demo", "until": "2024-01-01T10:00:00+00:00", "reason": "429", "times": 2}
        upsert(connection, schema.rests, [rest])
        upsert(connection, schema.traffic, [{"source": "demo", "requests": 9, "bytes": 2**40}])
    takedown.add(store, WishKind.TRACK, "demo:clip-3")
    takedown.add(store, WishKind.AUTHOR, "demo:user1")
    return store


@pytest.fixture
def take_in(tmp_path: Path, address_of: Callable[[Path], str | None]) -> Import:
    """Import the folder ``out`` into a second store."""

    def imported(name: str = "other", **more: Any) -> ImportSummary:
        folder = tmp_path / name
        options: dict[str, Any] = {"address": address_of(folder), "other_key": False, "progress": SILENT}
        return import_folder(tmp_path / "out", folder, **(options | more))

    return imported


def everything(store: Store) -> dict[str, Any]:
    """Every row of every table, and the files."""
    with store.read() as connection:
        rows = {
            table.name: [
                tuple(row) for row in connection.execute(select(*columns(table)).order_by(*table.primary_key))
            ]
            for table in (*TABLES, schema.audio)
        }
    sounds = store.folder.glob("audio/??/*")
    return rows | {"files": sorted((path.name, sha256_file(path)) for path in sounds)}


def lines(folder: Path, name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / f"{name}.jsonl").read_bytes().splitlines()]


def test_what_comes_back_is_equal_row_by_row(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    told = export(crawled, tmp_path / "out", SILENT)
    assert (told.tracks, told.files) == (3, 2)
    assert told.author_hashes == len(lines(tmp_path / "out", "comments")) + 1
    assert (take_in().tracks, take_in().tracks) == (3, 0)
    with open_store(tmp_path / "other", create=False) as other:
        assert everything(other) == everything(crawled)
        assert all(everything(other).values())
        export(other, tmp_path / "again", SILENT)
    for table in TABLES:
        name = f"{table.name}.jsonl"
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_the_other_kind_of_database_takes_it_as_well(crawled: Store, tmp_path: Path, take_in: Import) -> None:
    export(crawled, tmp_path / "out", SILENT)
    take_in(address=None)
    with Store.open(tmp_path / "other", create=False) as other:
        assert everything(other) == everything(crawled)


def test_the_key_of_writers_is_in_no_file(crawled: Store, tmp_path: Path) -> None:
    export(crawled, tmp_path / "out", SILENT)
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    assert len(files) == len(TABLES) + 1 + 2
    assert not any(KEY in path.read_bytes() for path in files)
    assert (
        "The key (author.key in the store) is not in this folder"
        in (tmp_path / "out/export.json").read_text()
    )


def test_what_was_taken_out_elsewhere_does_not_come_back_and_goes_here(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    take_in()
    with open_store(tmp_path / "other", create=False) as other:
        takedown.add(other, WishKind.TRACK, "demo:clip-0")
        takedown.add(other, WishKind.AUTHOR, "demo:user0")
        before = everything(other)
    assert (take_in().unwanted, take_in().tracks) == (1, 0)
    with open_store(tmp_path / "other", create=False) as other:
        assert everything(other) == before
        (tmp_path / "out").rename(tmp_path / "first")
        export(other, tmp_path / "out", SILENT)
    take_in("store")  # where the first export came from
    assert "demo:clip-0" not in content(crawled)["comments"]
    assert len(content(crawled)["files"]) == 1
    gone = crawled.author_hash("demo", "user0")
    assert gone not in {one.author_hash for told in content(crawled)["comments"].values() for one in told}


def test_a_takedown_without_traces_is_carried_over(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    take_in()
    (tmp_path / "out").rename(tmp_path / "first")
    takedown.add(crawled, WishKind.TRACK, "demo:clip-0", traceless=True)
    export(crawled, tmp_path / "out", SILENT)
    assert b"demo:clip-0" not in b"".join(path.read_bytes() for path in (tmp_path / "out").glob("*.jsonl"))
    take_in()
    with open_store(tmp_path / "other", create=False) as other:
        assert "demo:clip-0" not in content(other)["comments"]
        assert content(other)["comments"]
        assert len(content(other)["files"]) == 1
    (tmp_path / "out").rename(tmp_path / "second")
    (tmp_path / "first").rename(tmp_path / "out")
    assert (take_in().unwanted, take_in().tracks) == (1, 0)


def test_a_wish_of_the_store_holds_for_pages_files_and_writers_that_come_later(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    audio_url = str(next(iter(crawled.tracks())).track.audio_url)
    with open_store(tmp_path / "other", create=True) as other:
        takedown.add(other, WishKind.URL, audio_url)
        takedown.add(other, WishKind.AUTHOR, "demo:user20")
    told = take_in()
    assert (told.tracks, told.unwanted) == (2, 1)
    with open_store(tmp_path / "other", create=False) as other:
        assert [stored.track.id for stored in other.tracks()] == ["clip-1", "clip-2"]
        ranks = [one.rank for one in other.top_comments("demo:clip-1")]
        assert ranks == list(range(1, len(ranks) + 1))
        hashes = {one.author_hash for one in other.comments("demo:clip-1")}
        assert other.author_hash("demo", "user20") not in hashes
        assert other.author_hash("demo", "user3") in hashes
        with other.read() as connection:
            found = connection.scalars(select(schema.found.c.track_key)).all()
        assert sorted(found) == ["demo:clip-1", "demo:clip-2"]


def test_of_two_the_one_that_has_come_further_is_kept(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    take_in()
    with open_store(tmp_path / "other", create=False) as other:
        before = everything(other)
        with other.write() as connection:
            one = update(schema.tracks).where(schema.tracks.c.key == "demo:clip-0")
            connection.execute(one.values(state="failed", reason="fetch: gone", audio_sha256=None))
            own = lines(tmp_path / "out", "comments")[0] | {"id": "own", "rank": 1, "share": 1.0}
            upsert(connection, schema.comments, [own])
            two = update(schema.tracks).where(schema.tracks.c.key == "demo:clip-1")
            connection.execute(two.values(title="Of its own"))
            connection.execute(update(schema.rests).values(until="2030-01-01T10:00:00+00:00"))
            connection.execute(update(schema.traffic).values(requests=1, bytes=1))
    assert (take_in().tracks, take_in().kept) == (1, 3)
    with open_store(tmp_path / "other", create=False) as other:
        after = everything(other)
    assert {name for name in after if after[name] != before[name]} == {"tracks", "comments", "rests"}
    (kept,) = set(after["comments"]) - set(before["comments"])
    assert kept[:2] == ("demo:clip-0", "own")
    assert kept[-3:-1] == (None, None)  # another vote has decided
    assert [row[3] for row in after["tracks"]] == ["Piece 0 <&>", "Of its own", "Piece 2 <&>"]
    assert after["rests"][0][1] == "2030-01-01T10:00:00+00:00"


def test_an_import_that_was_cut_off_is_ended_by_the_same_command(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    copies: list[Path] = []

    def full(source: Path, target: Path, sha256: str) -> None:
        copies.append(target)
        if len(copies) == 2:
            raise OSError(28, "No space left on device")
        exporting.copy_sound(source, target, sha256)

    with monkeypatch.context() as broken:
        broken.setattr(importing, "_TRACKS_AT_ONCE", 1)
        broken.setattr(importing, "copy_sound", full)
        with pytest.raises(StoreError, match=r"No space left on device.*nothing is lost"):
            take_in()
    with open_store(tmp_path / "other", create=False) as other:
        assert [stored.track.id for stored in other.tracks()] == ["clip-0"]
    assert (take_in().tracks, take_in().kept) == (2, 3)
    with open_store(tmp_path / "other", create=False) as other:
        assert everything(other) == everything(crawled)


def test_an_export_that_was_killed_is_begun_again(crawled: Store, tmp_path: Path) -> None:
    (tmp_path / ".out.part" / "audio").mkdir(parents=True)
    (tmp_path / ".out.part" / "tracks.jsonl").write_text("{")
    export(crawled, tmp_path / "out", SILENT)
    assert len(lines(tmp_path / "out", "tracks")) == 3
    assert sorted(path.name for path in tmp_path.iterdir()) == ["other", "out", "store"]


def test_an_export_without_its_sound_leaves_nothing(crawled: Store, tmp_path: Path) -> None:
    sound = next((tmp_path / "store" / "audio").glob("??/*"))
    whole = sound.read_bytes()
    sound.write_bytes(b"changed")
    with pytest.raises(StoreError, match=r"damaged, its content has another hash"):
        export(crawled, tmp_path / "out", SILENT)
    sound.unlink()
    with pytest.raises(StoreError, match="the sound is missing"):
        export(crawled, tmp_path / "out", SILENT)
    sound.write_bytes(whole)
    assert not (tmp_path / "out").exists()
    (tmp_path / "out").mkdir()  # an empty folder will do
    export(crawled, tmp_path / "out", SILENT)
    with pytest.raises(UsageError, match="is there already"):
        export(crawled, tmp_path / "out", SILENT)
    with pytest.raises(StoreError, match=r"/proc/out: "):
        export(crawled, Path("/proc/out"), SILENT)


def test_sound_with_another_content_does_not_come_in(
    crawled: Store, tmp_path: Path, take_in: Import, open_store: OpenStore
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    sound = next((tmp_path / "out").glob("audio/??/*"))
    sound.write_bytes(sound.read_bytes()[::-1])
    with pytest.raises(StoreError, match="damaged, its content has another hash"):
        take_in()
    with open_store(tmp_path / "other", create=False) as other:
        assert list(other.tracks()) == []
        assert content(other)["files"] == []


def test_writers_of_another_key_come_in_only_if_that_is_said(
    crawled: Store, tmp_path: Path, take_in: Import
) -> None:
    export(crawled, tmp_path / "out", SILENT)
    (tmp_path / "other" / "author.key").write_bytes(b"another")
    for name in ("other", "new"):
        with pytest.raises(StoreError, match=r"named by another key than .*author.key.*--other-key"):
            take_in(name)
    assert not (tmp_path / "new").exists()
    assert take_in(other_key=True).tracks == 3


def test_a_source_that_is_being_crawled_waits(crawled: Store, tmp_path: Path, take_in: Import) -> None:
    export(crawled, tmp_path / "out", SILENT)
    take_in(address=None)
    with (
        Store.open(tmp_path / "other", create=False) as other,
        other.alone("demo"),
        pytest.raises(StoreError, match="demo is being crawled by"),
    ):
        take_in(address=None)
