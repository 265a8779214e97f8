"""A takedown without traces: no byte of it stays in the store, and no crawl brings it back."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text, update

from emtool.crawler import schema, takedown
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.covered import covered, lost
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import ForbiddenError, StoreError
from emtool.crawler.optouts import WishKind
from emtool.crawler.permission import Permission
from emtool.crawler.sinks import note_of
from emtool.crawler.store import Store
from emtool.crawler.traces import Addresses
from tests.crawler.crawling import run
from tests.crawler.making import catalogue_entry, loopback_client, write_catalogue

BACKENDS = ("sqlite", "postgresql")
SITE = "http://demo.localhost:8765"
WORDS = "the marimba of my grandmother, a slow piano"
UNWANTED: dict[str, Any] = {
    "id": "unwanted-7",
    "title": "Nocturne for nobody",
    "file": "audio/unwanted-7.opus",
    "comments": [
        {"id": "7.1", "user": "ann", "text": WORDS, "votes": 90, "time": "2024-01-01T10:00Z"},
        {"id": "7.2", "user": "bob", "text": "a piano, and more piano", "votes": 9, "time": "2024-01-01T10:00Z"},
    ],
}  # fmt: skip
TRACES = ("unwanted-7", "Nocturne for nobody", "marimba of my grandmother", "and more piano")


@pytest.fixture
def site(tmp_path: Path) -> Any:
    entries = [catalogue_entry(0), catalogue_entry(1), catalogue_entry(7) | UNWANTED]
    with DemoSite(write_catalogue(tmp_path / "catalogue", entries)) as running:
        yield running


def crawl(store: Store, site: DemoSite) -> list[str]:
    guard = AddressGuard(routes={(HOST, PORT): site.place})
    with loopback_client(guard) as network:
        run(store, network, refresh=True)
    return [stored.track.id for stored in store.tracks()]


def everything(store: Store) -> bytes:
    """All bytes of a store's files and, on a server, of its tables."""
    store.flush()
    files = [path for path in store.folder.rglob("*") if path.is_file()]
    found = b"".join(str(path).encode() + path.read_bytes() for path in files)
    if store.is_shared:
        with store.read() as connection:
            for name, table in schema.metadata.tables.items():
                found += str([name, *connection.execute(select(table)).all()]).encode()
    return found


def sound(store: Store) -> bytes:
    stored = next(stored for stored in store.tracks() if stored.track.id == "unwanted-7")
    return store.audio_path(str(stored.audio_sha256)).read_bytes()


def leave_a_part(store: Store, url: str, content: bytes) -> None:
    """Leave what a download that Ctrl-C cut has brought."""
    with suppress(KeyboardInterrupt), store.audio.part(url) as part:
        part.write_bytes(content)
        note_of(part).write_text("{}")
        raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (WishKind.TRACK, "demo:unwanted-7"),
        (WishKind.URL, f"{SITE}/tracks/unwanted-7"),
        (WishKind.URL, f"{SITE}/audio/unwanted-7.opus"),
    ],
)
def test_no_byte_is_left_and_no_crawl_brings_one_back(
    store: Store, site: DemoSite, kind: WishKind, value: str
) -> None:
    assert crawl(store, site) == ["clip-0", "clip-1", "unwanted-7"]
    heard = sound(store)
    before = everything(store)
    assert all(trace.encode() in before for trace in TRACES)
    assert heard in before
    leave_a_part(store, f"{SITE}/audio/unwanted-7.opus", heard[:500])
    assert heard[:500] in b"".join(path.read_bytes() for path in store.folder.rglob("*.0"))
    known = covered(store, kind, value)
    assert (set(known.tracks), known.comment_number, len(known.files)) == ({"demo:unwanted-7"}, 2, 1)
    assert heard in everything(store)  # looking changes nothing
    done = takedown.add(store, kind, value, traceless=True)
    assert (done.tracks, done.comments, done.files) == (1, 2, 1)
    store.compact()
    for again in (False, True):
        left = everything(store)
        assert not [trace for trace in (*TRACES, value) if trace.encode() in left]
        assert heard[:500] not in left
        assert again or crawl(store, site) == ["clip-0", "clip-1"]
    assert covered(store, kind, value).buried
    evidence = {one.url for one in store.evidence()}
    assert f"{SITE}/tracks/clip-0" in evidence
    again_done = takedown.add(store, kind, value, traceless=True)
    assert (again_done.tracks, again_done.comments, again_done.files) == (0, 0, 0)


def test_what_an_optout_has_left_in_clear_is_hidden_later(store: Store, site: DemoSite) -> None:
    crawl(store, site)
    for value, kind in ((f"{SITE}/tracks/unwanted-7", WishKind.URL), ("demo:clip-0", WishKind.TRACK)):
        takedown.add(store, kind, value)
        assert value.encode() in everything(store)
        assert covered(store, kind, value).buried
        takedown.add(store, kind, value, traceless=True)
        store.compact()
        assert value.encode() not in everything(store)
    assert crawl(store, site) == ["clip-1"]
    assert sorted((one["kind"], one["tracks"]) for one in takedown.wishes(store)) == [
        ("track", 1),
        ("url", 1),
    ]


def test_a_writer_goes_without_a_trace(store: Store, site: DemoSite) -> None:
    crawl(store, site)
    known = covered(store, WishKind.AUTHOR, "demo:ann")
    assert known.comments == {("demo:unwanted-7", "7.1")}
    assert (known.tracks, known.files, known.comment_number) == ({}, (), 1)
    takedown.add(store, WishKind.AUTHOR, "demo:ann", traceless=True)
    asked = {("demo:unwanted-7", "7.1"), ("demo:unwanted-7", "7.2"), ("demo:elsewhere", "1")}
    assert lost(store, asked) == {("demo:unwanted-7", "7.1")}
    store.compact()
    assert b"my grandmother" not in everything(store)
    crawl(store, site)
    assert b"my grandmother" not in everything(store)
    assert [one.comment.text for one in store.top_comments("demo:unwanted-7")] == ["a piano, and more piano"]


def test_sound_of_others_is_not_counted(store: Store, site: DemoSite) -> None:
    crawl(store, site)
    shared = {stored.track.id: stored.audio_sha256 for stored in store.tracks()}
    with store.write() as connection:
        connection.execute(
            text("update tracks set audio_sha256 = :sha256 where id = 'clip-0'"),
            {"sha256": shared["unwanted-7"]},
        )
    assert covered(store, WishKind.TRACK, "demo:unwanted-7").files == ()
    assert len(covered(store, WishKind.DOMAIN, "localhost").files) == 2


def test_listings_and_rests_that_name_it(store: Store, site: DemoSite) -> None:
    crawl(store, site)
    page = f"{SITE}/tracks/unwanted-7"
    with store.write() as connection:
        connection.execute(update(schema.listings).values(query=page))
        row = {"id": "x", "source": "yt-dlp", "query": page, "finished": True}
        connection.execute(schema.listings.insert().values(row))
        rest = {"source": "demo", "until": "2020-01-01T00:00+00:00", "reason": f"{page}: 429", "times": 1}
        connection.execute(schema.rests.insert().values(rest))
    takedown.add(store, WishKind.URL, page, traceless=True)
    with store.read() as connection:
        left = connection.execute(select(schema.listings.c.query, schema.listings.c.finished)).all()
        assert connection.scalar(select(schema.rests.c.reason)) == "taken out"
    assert [tuple(row) for row in left] == [(None, True)]


def test_the_address_is_refused_without_being_named_again(store: Store) -> None:
    takedown.add(store, WishKind.URL, f"{SITE}/x", traceless=True)
    told: list[Any] = []
    with loopback_client(AddressGuard()) as client:
        gate = Permission(client, told.append, opted_out=store.opted_out)
        with pytest.raises(ForbiddenError, match="not wanted in this store: url sha256:"):
            gate.before(f"{SITE}/x")
    assert told == []


def test_a_reader_keeps_old_pages_and_that_is_said(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    if store.is_shared:
        pytest.skip("a server has no pages in a file of ours")
    monkeypatch.setattr("emtool.crawler.database.BUSY_TIMEOUT_S", 0)
    with Store.open(store.folder, create=False) as other, Store.open(store.folder, create=False) as own:
        with other.read() as connection:
            connection.execute(select(schema.tracks)).all()
            with pytest.raises(StoreError, match="another process"):
                own.compact()
        own.compact()


@pytest.mark.parametrize(
    ("said", "known"),
    [
        ("https://a.test/t/1", True),
        ("https://a.test/t/1?page=2", True),
        ("GET https://a.test/t/1: 429", True),
        ("https://a.test/t/1#c", True),
        ("https://a.test/t/12", False),
        ("https://a.test/t", False),
        ("no address", False),
        (None, False),
    ],
)
def test_addresses_and_what_goes_on_from_them(said: str | None, known: bool) -> None:
    assert Addresses(["https://a.test/t/1#top"]).stand_in(said) is known
