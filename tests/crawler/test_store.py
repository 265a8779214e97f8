import re
import sqlite3
import stat
import threading
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import text

from emtool.crawler.errors import StoreError
from emtool.crawler.frontier import Frontier
from emtool.crawler.intake import Intake
from emtool.crawler.media import Sound
from emtool.crawler.records import Evidence, ListState, Page, TrackState
from emtool.crawler.store import Store
from tests.crawler.making import comment, fill, track
from tests.crawler.postgresql_server import OpenStore

BACKENDS = ("sqlite", "postgresql")
SOUND = Sound(suffix=".opus", codec="opus", sample_rate_hz=48_000, channels=1, duration_s=1.0)


def add_tracks(store: Store, *ids: str) -> None:
    frontier = Frontier(store)
    listing = frontier.open_listing("site", None, refresh=False)
    frontier.add_page(listing.id, Page(tracks=tuple(track(one) for one in ids)))


def add_audio(store: Store, track_key: str, content: bytes, sha256: str) -> None:
    with store.audio.part(track_key) as part:
        part.write_bytes(content)
        Intake(store).add_audio(track_key, part, sha256=sha256, url="http://site.test/a", sound=SOUND)


def test_what_is_written_is_read_again_by_another_process_of_the_store(
    tmp_path: Path, open_store: OpenStore
) -> None:
    one = track("1", licence="CC0-1.0", source_tags=("calm", "钢琴"), duration_s=3.5, work_id="w")
    comments = [
        comment("b", "旋律很美", votes=None, written_at="2024", author_hash="h", parent_id="a", offset_s=1.5),
        comment("a", votes=9),
    ]
    with open_store(tmp_path, create=True) as store:
        add_tracks(store, "1")
        fill(store, one, comments)
        add_audio(store, one.key, b"sound", "ab" * 32)
    with open_store(tmp_path, create=False) as store:
        (stored,) = store.tracks()
        assert stored.track == one
        assert (stored.state, stored.list_state) == (TrackState.DONE, ListState.COMPLETE)
        assert (stored.audio_sha256, stored.audio_suffix, stored.reason) == ("ab" * 32, ".opus", None)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", stored.fetched_at)
        assert store.comments(one.key) == comments
        assert [(r.comment.id, r.rank, r.share) for r in store.top_comments(one.key)] == [
            ("a", 1, 1.0),
            ("b", 2, None),
        ]
        path = store.audio_path("ab" * 32)
        assert path == tmp_path / "audio" / "ab" / f"{'ab' * 32}.opus"
        assert path.read_bytes() == b"sound"


def test_tracks_come_by_key_in_the_states_that_were_asked_for(store: Store) -> None:
    add_tracks(store, "3", "1", "2")
    Intake(store).fail("site:2", "fetch: no")
    assert [s.track.id for s in store.tracks()] == ["1", "2", "3"]
    assert [s.track.id for s in store.tracks({TrackState.FAILED})] == ["2"]
    assert [s.track.id for s in store.tracks([TrackState.FOUND])] == ["1", "3"]
    assert list(store.tracks([])) == []


def test_more_tracks_than_one_batch_are_all_given_while_others_write(store: Store) -> None:
    add_tracks(store, *(f"{number:04d}" for number in range(1203)))
    seen = []
    for stored in store.tracks():
        Intake(store).fail(stored.track.key, "fetch: no")
        seen.append(stored.track.id)
    assert seen == [f"{number:04d}" for number in range(1203)]
    assert store.counts()[TrackState.FAILED] == 1203


def test_counts_name_every_state(store: Store) -> None:
    add_tracks(store, "1", "2")
    Intake(store).skip("site:1", "licence: none", decided_by="x")
    assert store.counts() == dict.fromkeys(TrackState, 0) | {TrackState.FOUND: 1, TrackState.SKIPPED: 1}
    assert store.counts_by_source() == {"site": store.counts()}


def test_an_unknown_vote_stays_unknown(store: Store) -> None:
    add_tracks(store, "1")
    fill(store, track("1"), [comment("a", votes=None), comment("b", votes=0)])
    assert [c.votes for c in store.comments("site:1")] == [None, 0]


def test_a_comment_that_comes_again_has_its_new_votes_and_its_old_place(store: Store) -> None:
    add_tracks(store, "1")
    intake = Intake(store)
    pages = [[comment("a", votes=1), comment("b")], [comment("a", "edited", votes=5), comment("c")]]
    for number, page in enumerate(pages):
        intake.add_comments(track("1"), page, next_url=None if number else "u", list_state=ListState.COMPLETE)
    assert [(c.id, c.text, c.votes) for c in store.comments("site:1")] == [
        ("a", "edited", 5),
        ("b", "warm piano", 1),
        ("c", "warm piano", 1),
    ]


def test_a_new_vote_replaces_the_old_one(store: Store) -> None:
    add_tracks(store, "1")
    fill(store, track("1"), [comment("a", votes=1), comment("b", votes=2)])
    Intake(store).save_vote("site:1", store.top_comments("site:1")[:1])
    assert [r.comment.id for r in store.top_comments("site:1")] == ["b"]


def test_text_that_no_database_takes_is_mended(store: Store) -> None:
    add_tracks(store, "1")
    fill(store, track("1", title="a\0b"), [comment("a", "x\ud800y\0z")])
    assert store.comments("site:1")[0].text == "x?yz"
    assert next(store.tracks()).track.title == "ab"


def test_the_same_sound_under_two_tracks_is_kept_once(store: Store) -> None:
    add_tracks(store, "1", "2")
    add_audio(store, "site:1", b"sound", "cd" * 32)
    add_audio(store, "site:2", b"sound", "cd" * 32)
    assert [path.name for path in (store.folder / "audio").rglob("*.opus")] == [f"{'cd' * 32}.opus"]
    assert [s.audio_sha256 for s in store.tracks()] == ["cd" * 32] * 2


def test_sound_that_is_not_there_is_an_error(store: Store) -> None:
    with pytest.raises(StoreError, match="no audio 'ffff'"):
        store.audio_path("ffff")


def test_the_fingerprint_names_the_content_and_not_the_place_or_time(
    tmp_path: Path, open_store: OpenStore
) -> None:
    names = []
    for folder in ("a", "b"):
        with open_store(tmp_path / folder, create=True) as store:
            add_tracks(store, "1")
            author = store.author_hash("site", "somebody")
            fill(store, track("1"), [comment("a", author_hash=author)])
            names.append(store.fingerprint())
    assert names[0] == names[1]


@pytest.mark.parametrize("change", ["track", "comment", "votes", "rank", "state", "audio"])
def test_any_change_of_content_changes_the_fingerprint(store: Store, change: str) -> None:
    add_tracks(store, "1")
    one, said = track("1"), comment("a", votes=3)
    fill(store, one, [said, comment("b", votes=1)])
    before = store.fingerprint()
    match change:
        case "track":
            fill(store, replace(one, title="other"), [said, comment("b", votes=1)])
        case "comment":
            fill(store, one, [replace(said, text="other"), comment("b", votes=1)])
        case "votes":
            fill(store, one, [replace(said, votes=4), comment("b", votes=1)])
        case "rank":
            Intake(store).save_vote(one.key, store.top_comments(one.key)[:1])
        case "state":
            Intake(store).fail(one.key, "no")
        case "audio":
            add_audio(store, one.key, b"sound", "ef" * 32)
    assert store.fingerprint() != before


def test_writers_are_known_by_a_key_that_only_this_store_has(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a", create=True) as first, Store.open(tmp_path / "b", create=True) as second:
        name = first.author_hash("site", "somebody")
        assert name == first.author_hash("site", "somebody")
        assert (
            len({name, second.author_hash("site", "somebody"), first.author_hash("other", "somebody")}) == 3
        )
        assert "somebody" not in name
    with Store.open(tmp_path / "a", create=True) as again:
        assert again.author_hash("site", "somebody") == name
    key = tmp_path / "a" / "author.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_bytes() not in (tmp_path / "a" / "emtool.db").read_bytes()


def test_a_store_without_its_key_can_be_read_but_names_no_writers(
    tmp_path: Path, open_store: OpenStore
) -> None:
    open_store(tmp_path, create=True).close()
    (tmp_path / "author.key").unlink()
    with open_store(tmp_path, create=False) as store:
        assert list(store.tracks()) == []
        with pytest.raises(StoreError, match=r"no author\.key"):
            store.author_hash("site", "somebody")


def evidence(url: str = "http://site.test/", **more: object) -> Evidence:
    told = {
        "checked_at": "2024-01-01T00:00:00+00:00",
        "allowed": True,
        "rule": "robots.txt",
        "detail": "none",
    }
    return Evidence(url=url, **(told | more))  # type: ignore[arg-type]  # the fields are of several types


def test_evidence_is_written_with_the_next_change_and_kept_once(store: Store) -> None:
    store.notes.remember(evidence())
    store.notes.remember(evidence(checked_at="2025-01-01T00:00:00+00:00"))
    store.notes.remember(evidence(allowed=False, detail="Disallow: /"))
    assert store.evidence() == []
    add_tracks(store, "1")
    kept = store.evidence("http://site.test/")
    assert sorted((e.allowed, e.checked_at[:4]) for e in kept) == [(False, "2024"), (True, "2025")]
    assert store.evidence("http://other.test/") == []


def test_notes_are_written_when_the_store_closes_and_traffic_adds_up(
    tmp_path: Path, open_store: OpenStore
) -> None:
    for _ in range(2):
        with open_store(tmp_path, create=True) as store:
            store.notes.remember(evidence())
            store.notes.count("site", 100)
            store.notes.count("site", 50)
            store.notes.count("other", 1)
    with open_store(tmp_path, create=False) as store:
        assert store.traffic() == {"other": (2, 2), "site": (4, 300)}
        assert len(store.evidence()) == 1


def test_a_change_within_a_change_is_part_of_it(store: Store) -> None:
    one = track("1")
    add_tracks(store, "1")
    with suppress(ZeroDivisionError), store.write():
        fill(store, one, [comment("a")])
        store.notes.remember(evidence())
        assert store.comments(one.key) == [comment("a")]
        raise ZeroDivisionError
    assert store.comments(one.key) == []
    assert [found.state for found in store.tracks()] == [TrackState.FOUND]
    with store.write():
        fill(store, one, [comment("b")])
    assert store.evidence() == [evidence()]
    assert store.top_comments(one.key)[0].comment == comment("b")


def test_notes_survive_a_change_that_failed(store: Store) -> None:
    store.notes.count("site", 7)
    with pytest.raises(StoreError), store.write() as connection:
        connection.execute(text("insert into nowhere values (1)"))
    assert store.traffic() == {}
    store.flush()
    add_tracks(store, "1")
    assert store.traffic() == {"site": (1, 7)}  # once, however many changes follow


def test_a_change_is_whole_or_absent(store: Store) -> None:
    add_tracks(store, "1")

    def half() -> None:
        with store.write() as connection:
            connection.execute(text("update tracks set title = 'half'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert next(store.tracks()).track.title == "Track 1"


def test_no_store_is_not_made_by_looking(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no store at .*nowhere: emtool crawl makes one"):
        Store.open(tmp_path / "nowhere", create=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "emtool.db").write_text(
        "a text, and not a database at all, long enough to be looked at " * 20
    )
    before = (tmp_path / "emtool.db").read_bytes()
    for create in (True, False):
        with pytest.raises(
            StoreError, match=r"emtool\.db: this is no emtool store: move the file away"
        ) as caught:
            Store.open(tmp_path, create=create)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "emtool.db").read_bytes() == before


def test_the_database_of_another_program_is_left_as_it_is(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "emtool.db") as connection:
        connection.execute("create table songs (name text)")
    connection.close()
    with pytest.raises(StoreError, match="is no emtool store: move it away"):
        Store.open(tmp_path, create=True)
    with sqlite3.connect(tmp_path / "emtool.db") as connection:
        assert connection.execute("select name from sqlite_master").fetchall() == [("songs",)]
    connection.close()


def test_a_store_of_a_newer_emtool_is_refused_with_the_way_out(tmp_path: Path, open_store: OpenStore) -> None:
    with open_store(tmp_path, create=True) as store, store.write() as connection:
        connection.execute(text("update meta set value = '99' where name = 'schema_version'"))
    with pytest.raises(StoreError, match=r"schema 99, this one knows \d\): upgrade emtool"):
        open_store(tmp_path, create=True)


def test_a_workspace_that_is_a_file_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"file/store: Not a directory: choose another --workspace"):
        Store.open(tmp_path / "file" / "store", create=True)


def test_a_full_disk_is_one_line_and_loses_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path, create=True) as store:
        add_tracks(store, "1")
        with store.read() as connection:
            pages = connection.scalar(text("pragma page_count"))
            connection.execute(text(f"pragma max_page_count = {pages}"))
        many = [comment(str(number), "words " * 50) for number in range(500)]
        with pytest.raises(StoreError, match="no space is left: free some") as caught:
            fill(store, track("1"), many)
        assert "\n" not in str(caught.value)
    with Store.open(tmp_path, create=True) as store:
        assert store.comments("site:1") == []
        fill(store, track("1"), many)
        assert len(store.comments("site:1")) == 500


def test_two_writers_wait_for_each_other(tmp_path: Path, open_store: OpenStore) -> None:
    with open_store(tmp_path, create=True) as store:
        add_tracks(store, *map(str, range(60)))

    def work(first: int) -> None:
        with open_store(tmp_path, create=True) as own:
            for number in range(first, 60, 3):
                fill(own, track(str(number)), [comment("a", votes=number)])

    workers = [threading.Thread(target=work, args=(first,)) for first in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with open_store(tmp_path, create=False) as store:
        assert [store.comments(f"site:{number}")[0].votes for number in range(60)] == list(range(60))


def test_a_reader_goes_on_while_a_writer_is_at_work(tmp_path: Path, open_store: OpenStore) -> None:
    with open_store(tmp_path, create=True) as writer, open_store(tmp_path, create=False) as reader:
        add_tracks(writer, "1")
        with writer.write() as connection:
            connection.execute(text("update tracks set title = 'new'"))
            assert next(reader.tracks()).track.title == "Track 1"
        assert next(reader.tracks()).track.title == "new"


def test_a_writer_goes_on_while_a_reader_is_at_work(tmp_path: Path, open_store: OpenStore) -> None:
    with open_store(tmp_path, create=True) as writer, open_store(tmp_path, create=False) as reader:
        with reader.read() as connection:
            assert connection.execute(text("select * from tracks")).all() == []
            add_tracks(writer, "1")
            assert connection.execute(text("select * from tracks")).all() == []
        assert len(list(reader.tracks())) == 1


def test_many_may_open_a_new_store_at_once(tmp_path: Path, open_store: OpenStore) -> None:
    names: list[str] = []
    gate = threading.Barrier(6)

    def work() -> None:
        gate.wait()
        with open_store(tmp_path / "store", create=True) as own:
            names.append(own.author_hash("site", "somebody"))

    workers = [threading.Thread(target=work) for _ in range(6)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(names) == 6
    assert len(set(names)) == 1
