"""The whole crawl against the demo site on loopback: what it asks for, what it leaves out, how it goes on."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from emtool.crawler import schema
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.crawl import CrawlConfig, CrawlSummary
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import FetchError, SourceError, StoreError, UsageError
from emtool.crawler.http import Client
from emtool.crawler.recipe import path_of
from emtool.crawler.records import ListState, TrackState
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.store import Store
from tests.crawler.crawling import run
from tests.crawler.making import (
    TRACK,
    Hands,
    catalogue_entry,
    client,
    content,
    listing,
    loopback_client,
    unheard,
    write_catalogue,
    write_sine,
)
from tests.crawler.postgresql_server import SLOW_POSTGRESQL, OpenStore

BACKENDS = ("sqlite", SLOW_POSTGRESQL)
WISHES = [
    "GET /robots.txt",
    *(f"GET {path}" for path in SIGNAL_FILES),
]  # read before the first page of a host
DONE, SKIPPED, FAILED, FOUND = TrackState.DONE, TrackState.SKIPPED, TrackState.FAILED, TrackState.FOUND


class Visits:
    """A demo site that keeps what was asked, and a client for it."""

    def __init__(self, catalogue: Path) -> None:
        self.seen: list[str] = []
        self._site = DemoSite(catalogue, log=self.seen.append)

    def __enter__(self) -> "Visits":
        self._site.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._site.__exit__(*error)

    def client(self, count: Callable[[int], None] = unheard) -> Client:
        return loopback_client(AddressGuard(routes={(HOST, PORT): self._site.place}), count)

    def crawl(self, store: Store, **options: Any) -> CrawlSummary:
        self.seen.clear()
        with self.client() as network:
            return run(store, network, **options)

    def count(self, beginning: str) -> int:
        return sum(line.startswith(f"GET {beginning}") for line in self.seen)


@pytest.fixture
def visits(catalogue: Path) -> Iterator[Visits]:
    with Visits(catalogue) as running:
        yield running


def states(store: Store) -> dict[str, TrackState]:
    return {stored.track.id: stored.state for stored in store.tracks()}


def test_a_crawl_brings_tracks_comments_votes_and_sound(
    store: Store, visits: Visits, catalogue: Path
) -> None:
    summary = visits.crawl(store)
    assert states(store) == {f"clip-{n}": SKIPPED if n == 2 else DONE for n in range(4)}
    one = next(stored for stored in store.tracks() if stored.track.id == "clip-1")
    assert one.track.title == "Piece 1 <&>"
    assert (one.track.licence, one.track.work_id, one.track.duration_s) == ("CC0-1.0", "work-1", 0.3)
    assert one.track.source_tags == ("quiet", "tag1")
    assert one.list_state is ListState.COMPLETE
    assert one.audio_sha256 is not None
    assert store.audio_path(one.audio_sha256).read_bytes() == (catalogue / "audio/clip-1.opus").read_bytes()
    comments = store.comments("demo:clip-1")
    assert [comment.id for comment in comments] == [f"1.{n}" for n in reversed(range(25))]
    assert {comment.votes for comment in comments if comment.id in ("1.0", "1.1", "1.2")} == {1, 1200, None}
    top = store.top_comments("demo:clip-1")
    assert [one.comment.id for one in top] == [f"1.{n}" for n in range(24, 9, -1)]
    assert summary.tracks == dict.fromkeys(TrackState, 0) | {DONE: 3, SKIPPED: 1}
    assert (summary.reasons, summary.fetched) == ({"relevance": 1}, 3)


def test_no_writers_name_and_no_truth_is_in_the_store(store: Store, visits: Visits) -> None:
    visits.crawl(store)
    with store.read() as connection:
        rows = [connection.execute(select(table)).all() for table in schema.metadata.sorted_tables]
    store.close()
    for held in [repr(rows), *(repr(path.read_bytes()) for path in store.folder.rglob("emtool.db*"))]:
        assert "Piece 0" in held
        assert "user0" not in held
        assert "SECRET" not in held


def test_robots_txt_comes_first_and_private_pages_are_never_asked_for(store: Store, visits: Visits) -> None:
    visits.crawl(store)
    assert visits.seen[: len(WISHES)] == WISHES
    assert all(visits.seen.count(line) == 1 for line in WISHES)
    assert visits.count("/private") == 0


def test_sound_is_fetched_only_after_the_comments_and_only_if_they_are_worth_it(
    store: Store, visits: Visits
) -> None:
    visits.crawl(store)
    assert visits.count("/audio/clip-2") == 0
    for number in (0, 1, 3):
        page, sound = f"GET /tracks/clip-{number}", f"GET /audio/clip-{number}.opus"
        assert visits.seen.index(page) < visits.seen.index(sound)


def test_evidence_says_why_every_request_was_made(store: Store, visits: Visits) -> None:
    visits.crawl(store)
    asked = {line.removeprefix("GET ") for line in visits.seen} - {"/robots.txt", *SIGNAL_FILES}
    base = f"http://{HOST}:{PORT}"
    allowed = {e.url for e in store.evidence() if e.rule == "robots.txt" and e.allowed}
    assert allowed == {base + path for path in asked}
    files = [(e.url, e.detail) for e in store.evidence() if e.rule in {"tdmrep.json", "ai.txt"}]
    assert sorted(files) == sorted((base + path, "404: there is none") for path in SIGNAL_FILES)
    assert {e.detail for e in store.evidence(f"{base}/tracks/clip-1") if e.rule == "licence"} == {
        "https://creativecommons.org/publicdomain/zero/1.0/ (taken: open)"
    }


def test_a_second_run_asks_for_nothing_and_changes_nothing(store: Store, visits: Visits) -> None:
    first = visits.crawl(store)
    before = content(store)
    again = visits.crawl(store)
    assert visits.seen == []
    assert content(store) == before
    assert again == replace(first, fetched=0)


def test_a_limit_takes_the_first_tracks_and_a_higher_one_goes_on(store: Store, visits: Visits) -> None:
    assert visits.crawl(store, limit=2).tracks[DONE] == 2
    assert {track_id: state for track_id, state in states(store).items() if state is not FOUND} == {
        "clip-0": DONE,
        "clip-1": DONE,
    }
    visits.crawl(store, limit=2)
    assert visits.seen == []
    assert visits.crawl(store, limit=3).tracks == dict.fromkeys(TrackState, 0) | {DONE: 2, SKIPPED: 1}
    assert visits.count("/tracks/clip-0") == 0
    visits.crawl(store)
    assert FOUND not in states(store).values()


def test_a_listing_goes_on_with_the_page_where_it_ended(store: Store, tmp_path: Path) -> None:
    silent = [catalogue_entry(number, comments=0, file="audio/one.opus") for number in range(26)]
    with Visits(write_catalogue(tmp_path / "site", silent)) as visits:
        visits.crawl(store, limit=24)
        assert (visits.count("/tracks?"), visits.count("/tracks/")) == (0, 24)
        assert visits.crawl(store).tracks[SKIPPED] == 26
        assert visits.seen == [*WISHES, "GET /tracks?page=2", "GET /tracks/clip-24", "GET /tracks/clip-25"]


def test_queries_are_crawled_one_after_the_other_and_shared_tracks_once(store: Store, visits: Visits) -> None:
    summary = visits.crawl(store, queries=["tag1", "piece"])
    assert sum(summary.tracks.values()) == 4
    assert visits.seen.index("GET /tracks?q=tag1") < visits.seen.index("GET /tracks?q=piece")
    assert visits.count("/tracks/clip-3") == 1


def test_refresh_finds_tracks_that_were_added_since(store: Store, tmp_path: Path) -> None:
    entries = [catalogue_entry(number) for number in range(2)]
    with Visits(write_catalogue(tmp_path / "site", entries)) as visits:
        visits.crawl(store)
    with Visits(write_catalogue(tmp_path / "site", [*entries, catalogue_entry(3)])) as visits:
        visits.crawl(store)
        assert visits.seen == []
        assert visits.crawl(store, refresh=True).fetched == 1
        assert visits.count("/tracks/") == 1


def test_who_joins_begins_no_list_again_and_tries_no_failure_again(store: Store, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "site", [catalogue_entry(0)])
    (folder / "audio/clip-0.opus").unlink()
    with Visits(folder) as visits:
        visits.crawl(store)
        assert visits.crawl(store, joins=True, refresh=True).tracks[FAILED] == 1
        assert visits.seen == []


def test_votes_and_licences_decide_and_other_options_decide_anew_without_asking_again(
    store: Store, visits: Visits
) -> None:
    summary = visits.crawl(store, min_votes=20_000)
    assert summary.tracks[DONE] == 1
    assert summary.reasons == {"votes": 3}
    summary = visits.crawl(store)
    assert (summary.tracks[DONE], summary.reasons) == (3, {"relevance": 1})
    assert visits.count("/tracks") == 0
    assert visits.count("/audio/") == 2


@pytest.mark.parametrize(
    ("licence", "rule", "taken"),
    [
        ("CC-BY-NC-4.0", "open", 0),
        ("CC-BY-NC-4.0", "noncommercial", 1),
        ("mine alone", "open", 0),
        ("mine", "any", 1),
    ],
)
def test_the_licence_gate_comes_before_the_sound(
    store: Store, tmp_path: Path, licence: str, rule: str, taken: int
) -> None:
    folder = write_catalogue(tmp_path / "site", [catalogue_entry(0, licence=licence)])
    with Visits(folder) as visits:
        summary = visits.crawl(store, licences=rule)
        assert summary.tracks[DONE] == visits.count("/audio/") == taken
        assert summary.reasons == ({} if taken else {"licence": 1})
        assert [e.allowed for e in store.evidence() if e.rule == "licence"] == [bool(taken)]
        assert visits.crawl(store, licences=rule, top=3).tracks == summary.tracks
        assert visits.seen == []  # what the site said of the licence is known by now


def test_a_licence_that_the_listing_states_spares_the_page(
    store: Store, visits: Visits, tmp_path: Path
) -> None:
    fields, licensed = "  fields:\n    id:", '  fields:\n    licence: {value: "all rights reserved"}\n    id:'
    recipe = tmp_path / "demo.yaml"
    recipe.write_text(path_of("demo").read_text().replace(fields, licensed, 1))
    summary = visits.crawl(store, source_name=str(recipe))
    assert summary.reasons == {"licence": 4}
    assert visits.seen == [*WISHES, "GET /tracks"]


def test_a_track_without_comments_is_skipped(store: Store, tmp_path: Path) -> None:
    with Visits(write_catalogue(tmp_path / "site", [catalogue_entry(0, comments=0)])) as visits:
        assert visits.crawl(store).reasons == {"votes": 1}


def test_a_cap_on_pages_marks_the_list_as_partial(store: Store, visits: Visits) -> None:
    visits.crawl(store, max_pages=2)
    assert len(store.comments("demo:clip-1")) == 20
    assert {s.track.id: s.list_state for s in store.tracks()}["clip-1"] is ListState.PARTIAL
    assert {s.track.id: s.list_state for s in store.tracks()}["clip-0"] is ListState.COMPLETE


def test_a_file_that_is_no_sound_fails_alone_and_is_tried_again(store: Store, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "site", [catalogue_entry(number) for number in (0, 1)])
    (folder / "audio/clip-0.opus").write_text("<html>not today</html>")
    with Visits(folder) as visits:
        assert visits.crawl(store).reasons == {"answer": 1}
        assert states(store) == {"clip-0": FAILED, "clip-1": DONE}
        failed = next(s for s in store.tracks({FAILED}))
        assert failed.reason is not None
        assert "/audio/clip-0.opus: this is no sound that ffprobe knows: '<html>not today" in failed.reason
        assert list((store.folder / "audio" / ".part").iterdir()) == []
        write_sine(folder / "audio/clip-0.opus")
        assert visits.crawl(store).tracks[DONE] == 2
        assert visits.count("/tracks") == 0  # the comments are there already
        assert visits.count("/audio/") == 1


def test_a_missing_file_fails_with_its_status(store: Store, tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path / "site", [catalogue_entry(0)])
    (folder / "audio/clip-0.opus").unlink()
    with Visits(folder) as visits:
        visits.crawl(store)
    (failed,) = store.tracks({FAILED})
    assert failed.reason == f"fetch: http://{HOST}:{PORT}/audio/clip-0.opus: answers 404 Not Found"


def site_of_pages(pages: Mapping[str, httpx.Response | str]) -> Callable[[httpx.Request], httpx.Response]:
    def handler(request: httpx.Request) -> httpx.Response:
        answer = pages.get(request.url.raw_path.decode(), httpx.Response(404))
        return httpx.Response(200, text=answer) if isinstance(answer, str) else answer

    return handler


def test_a_track_that_is_not_wanted_is_skipped_and_not_tried_again(store: Store) -> None:
    pages: dict[str, httpx.Response | str] = {
        "/tracks": listing("1", "2"),
        "/t/1": httpx.Response(200, text=TRACK.format(1), headers={"x-robots-tag": "noai"}),
        "/t/2": TRACK.format(2).replace("<audio", "<video"),
    }
    with client(site_of_pages(pages)) as network:
        summary = run(store, network)
        assert summary.tracks[SKIPPED] == 2
        assert summary.reasons == {"forbidden": 1, "audio": 1}
        asked = network.requests
        run(store, network)
        assert network.requests == asked
    refused = [e for e in store.evidence() if not e.allowed]
    assert [(e.rule, e.detail) for e in refused] == [("x-robots-tag", "X-Robots-Tag: noai")]


def test_sound_that_robots_txt_disallows_is_not_fetched(store: Store) -> None:
    pages = {"/robots.txt": "User-agent: *\nDisallow: /a/", "/tracks": listing("1"), "/t/1": TRACK.format(1)}
    with client(site_of_pages(pages)) as network:
        assert run(store, network).reasons == {"forbidden": 1}
    assert len(store.comments("demo:1")) == 1


def test_a_page_that_the_recipe_does_not_know_fails_that_track_only(store: Store) -> None:
    pages = {"/tracks": listing("1", "2"), "/t/1": "<h1>Moved house</h1>", "/t/2": TRACK.format(2)}
    with client(site_of_pages(pages)) as network:
        summary = run(store, network)
    assert summary.reasons == {"answer": 1, "fetch": 1}  # the sound of the second is a 404
    reasons = {s.track.id: s.reason or "" for s in store.tracks()}
    assert "<h1>Moved house</h1>" in reasons["1"]


def test_a_listing_that_the_recipe_does_not_know_ends_the_crawl(store: Store) -> None:
    network = client(site_of_pages({"/tracks": "<h1>Moved house</h1>"}))
    with network, pytest.raises(SourceError, match="Moved house"):
        run(store, network)


def test_a_site_where_everything_fails_gets_a_rest(store: Store) -> None:
    ids = [str(number) for number in range(30)]
    network = client(site_of_pages({"/tracks": listing(*ids)}))
    with network, pytest.raises(FetchError, match="4 tracks in a row have failed, so demo gets a rest"):
        run(store, network, max_failures=4)
    assert store.counts()[FAILED] == 4
    assert store.counts()[FOUND] == 26


def test_failures_that_do_not_follow_each_other_do_not_add_up(store: Store) -> None:
    ids = [str(number) for number in range(8)]
    silent = TRACK.format(1).replace("<audio", "<video")
    pages: dict[str, httpx.Response | str] = {"/tracks": listing(*ids)}
    pages |= {f"/t/{i}": silent for i in ids if int(i) % 2}
    with client(site_of_pages(pages)) as network:
        summary = run(store, network, max_failures=2)
    assert (summary.tracks[FAILED], summary.tracks[SKIPPED]) == (4, 4)


def test_a_host_that_asks_for_a_long_pause_is_not_asked_again(store: Store) -> None:
    ids = [str(number) for number in range(30)]
    hands = Hands()
    busy = httpx.Response(429, headers={"retry-after": "86400"})
    pages: dict[str, httpx.Response | str] = {"/tracks": listing(*ids), "/t/0": busy}
    with client(site_of_pages(pages), hands) as network:
        with pytest.raises(FetchError, match=r"gets a rest.*wants no request before"):
            run(store, network)
        assert network.requests == len(WISHES) + 2  # the listing, one track
    assert hands.slept == []


def test_a_second_page_of_comments_that_fails_is_the_only_one_asked_again(
    store: Store, visits: Visits
) -> None:
    broken = True

    def sometimes(path: str) -> bool:
        return broken and path == "/tracks/clip-1?page=2"

    def through(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        if sometimes(path):
            return httpx.Response(403)
        with visits.client() as real:
            answer = real.get(str(request.url), accept={404, 410})
        return httpx.Response(answer.status, content=answer.body)

    with client(through) as network:
        assert run(store, network, limit=2).tracks[FAILED] == 1
    half = next(s for s in store.tracks({FAILED}))
    assert half.list_state is ListState.PARTIAL
    assert len(store.comments("demo:clip-1")) == 10
    broken = False
    visits.seen.clear()
    visits.crawl(store, limit=2)
    assert [line for line in visits.seen if "/tracks" in line] == [
        "GET /tracks/clip-1?page=2",
        "GET /tracks/clip-1?page=3",
    ]
    assert len(store.comments("demo:clip-1")) == 25


def test_a_full_disk_ends_the_crawl_and_a_later_run_goes_on(
    store: Store, visits: Visits, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = store.folder / "full.part"
    full.symlink_to("/dev/full")  # a device on which every write fails as on a full disk
    with monkeypatch.context() as broken:
        broken.setattr(store.audio, "part", lambda _url: nullcontext(full))
        with pytest.raises(StoreError, match=r"No space left on device.*nothing is lost"):
            visits.crawl(store)
    assert Path("/dev/full").exists()
    assert FAILED not in states(store).values()
    assert len(store.comments("demo:clip-0")) == 3
    assert visits.crawl(store).tracks[DONE] == 3


class Crash(BaseException):
    """The process is gone at this point."""


def test_after_a_crash_at_any_request_the_store_becomes_the_same(
    tmp_path: Path, catalogue: Path, open_store: OpenStore
) -> None:
    def new_store(name: str) -> Store:
        (tmp_path / name).mkdir()
        (tmp_path / name / "author.key").write_bytes(b"the same key for every store....")
        return open_store(tmp_path / name, create=True)

    with Visits(catalogue) as visits:
        with new_store("whole") as store:
            visits.crawl(store)
            whole = content(store)
        total = len(visits.seen)
        visits.seen.clear()
        assert total == len(WISHES) + 10
        for crash_at in range(1, total + 1):
            store = new_store(f"crash-{crash_at}")
            requests = iter(range(1, crash_at))

            def crash_after_the_last(_received_bytes: int, left: Iterator[int] = requests) -> None:
                if next(left, None) is None:
                    raise Crash

            with visits.client(crash_after_the_last) as network, pytest.raises(Crash):
                run(store, network)
            store.notes.clear()  # as after kill -9
            store.close()
            asked = set(visits.seen)
            with open_store(tmp_path / f"crash-{crash_at}", create=True) as store:
                visits.crawl(store)
                assert content(store) == whole
            assert len(asked & set(visits.seen) - set(WISHES)) <= 1  # the page whose answer was lost
            visits.seen.clear()


@pytest.mark.parametrize(
    ("options", "told"),
    [({"limit": 0}, "limit 0: at least 1"), ({"top": 0}, "top 0"), ({"licences": "free"}, "licences 'free'")],
)
def test_wrong_options_are_one_line(options: dict[str, Any], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        CrawlConfig(**options)
