"""A crawl of a site that does everything wrong, on real sockets: what is recorded, what is kept, and that it ends."""

import gzip
import json
import re
from collections.abc import Callable, Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.errors import SourceError
from emtool.crawler.records import ListState, TrackState
from emtool.crawler.store import Store
from tests.crawler.fault_site import (
    ATTEMPTS,
    MAX_PAGE_BYTES,
    PAGES,
    Act,
    FaultSite,
    endless,
    head,
    raw,
    reply,
    reset,
    sent,
    stall,
)
from tests.crawler.making import TRACK, content, listing

DONE, SKIPPED, FAILED = TrackState.DONE, TrackState.SKIPPED, TrackState.FAILED
PAGE = "/songs/1/comments?page=2"
BODY = json.dumps(PAGES[PAGE], ensure_ascii=False).encode()
AGAIN = f"{ATTEMPTS} times: run the same command again later$"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[FaultSite]:
    with FaultSite(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What is in a store after a crawl of the site when all is well."""
    folder = tmp_path_factory.mktemp("well")
    with FaultSite(folder) as site, Store.open(folder / "store", create=True) as store:
        assert site.crawl(store).tracks[DONE] == 2
        return content(store)


def busy(status: str, **headers: str) -> Callable[[FaultSite], Act]:
    return lambda _: reply(b"", status, **headers)


def till_a_date(site: FaultSite) -> Act:
    """Ask for half a minute by the clock of the wall."""

    def act(connection: Any) -> bool | None:
        date = formatdate(site.hands.now_s + 30, usegmt=True)
        return reply(b"", "429 Too Many Requests", retry_after=date)(connection)

    return act


def plain(act: Act) -> Callable[[FaultSite], Act]:
    return lambda _: act


def dripping(start: bytes, again: bytes) -> Callable[[FaultSite], Act]:
    return lambda site: site.drip(start, again)


CHUNKED = head(transfer_encoding="chunked")
NOTHING = b"\x00\x00\x00\xff\xff"  # a block of deflate that unpacks to nothing
SILENT = {"no bytes", "no more bytes"}
FAULTS: dict[str, tuple[Callable[[FaultSite], Act], str]] = {
    "429, seconds": (busy("429 Too Many Requests", retry_after="30"), f"fetch: .*answers 429 .*{AGAIN}"),
    "429, a date": (till_a_date, f"fetch: .*answers 429 .*{AGAIN}"),
    "500 again and again": (busy("500 Broken"), f"fetch: .*answers 500 .*{AGAIN}"),
    "reset in the body": (plain(reset(head(content_length="99") + b'{"co')), f"fetch: .*Error .*{AGAIN}"),
    "hung up in the body": (
        plain(raw(head(content_length=str(len(BODY) + 1)), BODY)),
        f"fetch: .*RemoteProtocolError .*{AGAIN}",
    ),
    "hung up in a chunk": (plain(raw(CHUNKED, b"ff\r\n{")), f"fetch: .*RemoteProtocolError .*{AGAIN}"),
    "hung up at once": (plain(raw(b"")), f"fetch: .*RemoteProtocolError .*{AGAIN}"),
    "no HTTP": (plain(raw(b"SSH-2.0-x\r\n\r\n")), f"fetch: .*RemoteProtocolError .*{AGAIN}"),
    "a length that is none": (
        plain(raw(head(content_length="-1"), BODY)),
        f"fetch: .*RemoteProtocolError .*{AGAIN}",
    ),
    "two lengths": (
        plain(raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}\n")),
        f"fetch: .*RemoteProtocolError .*{AGAIN}",
    ),
    "longer than announced": (
        plain(sent(head(content_length="9"), BODY)),
        "answer: .*it is no JSON .*'{\"comment",
    ),
    "no bytes": (plain(stall(b"")), f"fetch: .*ReadTimeout .*{AGAIN}"),
    "no more bytes": (plain(stall(head(content_length="99") + b"{")), f"fetch: .*ReadTimeout .*{AGAIN}"),
    "a slow drip": (dripping(head(content_length="99"), b" "), "fetch: .*not all of it came within 60 s$"),
    "a slow drip of headers": (dripping(b"HTTP/1.1 200 OK\r\nX: ", b"x"), "fetch: .*came within 60 s$"),
    "a slow drip of answers to come": (dripping(b"", head("100 Continue")), "fetch: .*came within 60 s$"),
    "a slow drip of a chunk's size": (dripping(CHUNKED + b"1;x=", b"x"), "fetch: .*came within 60 s$"),
    "a slow drip that unpacks to nothing": (
        dripping(head(content_encoding="gzip") + gzip.compress(b"")[:10], NOTHING),
        "fetch: .*came within 60 s$",
    ),
    "an endless body": (plain(endless(head(), b" " * 999)), f"fetch: .*larger than {MAX_PAGE_BYTES} bytes$"),
    "an endless header": (
        plain(endless(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 999)),
        f"fetch: .*RemoteProtocolError .*{AGAIN}",
    ),
    "a gzip bomb": (
        plain(reply(gzip.compress(b" " * 10**7), content_encoding="gzip")),
        f"fetch: .*larger than {MAX_PAGE_BYTES} bytes$",
    ),
    "no gzip": (plain(reply(BODY, content_encoding="gzip")), f"fetch: .*DecodingError .*{AGAIN}"),
    "a circle of redirects": (busy("302 Found", location=PAGE), "fetch: .*more than 5 redirects$"),
    "a redirect to a file": (
        busy("302 Found", location="file:///etc/passwd"),
        r"fetch: 'file:///etc/passwd': only http and https addresses are fetched",
    ),
    "HTML": (plain(reply(b"<html><h1>Not today</h1>")), "answer: .*it is no JSON .*'<html><h1>Not today"),
    "NaN": (
        plain(reply(b'{"comments": [{"id": "c", "text": "x", "likes": NaN}]}')),
        "answer: .*NaN is no number",
    ),
    "another charset": (
        plain(reply(BODY.decode().encode("gb18030"), content_type="application/json; charset=utf-8")),
        "answer: .*it is no JSON .*codec can't decode",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_page_that_fails_costs_that_track_its_rest_and_only_till_the_site_is_well(
    name: str, site: FaultSite, store: Store, whole: dict[str, Any]
) -> None:
    fault, reason = FAULTS[name]
    site.acts[PAGE] = [fault(site)]
    summary = site.crawl(store, timeout_s=0.3 if name in SILENT else 10.0)
    assert (summary.tracks[FAILED], summary.tracks[DONE]) == (1, 1)
    (failed,) = store.tracks({FAILED})
    assert re.match(reason, failed.reason or "")
    assert failed.list_state is ListState.PARTIAL
    assert [one.id for one in store.comments("faults:1")] == ["a", "b"]
    site.acts.clear()
    assert site.crawl(store).tracks[DONE] == 2
    assert [path for path in site.asked if "comments" in path] == [PAGE]
    assert content(store) == whole


def test_a_burst_of_faults_is_sat_out_within_the_run(
    site: FaultSite, store: Store, whole: dict[str, Any]
) -> None:
    site.acts[PAGE] = [
        reply(b"", "429 Too Many Requests", retry_after="30"),
        till_a_date(site),
        reply(b"", "500 Broken"),
        reply(b"", "503 Service Unavailable"),
        reset(head(content_length="99") + b"{"),
        site.well(PAGE),
    ]
    site.acts["/sound/1"] = [reset(head(content_length="99999") + b"OggS"), site.well("/sound/1")]
    assert site.crawl(store).tracks[DONE] == 2
    assert site.hands.slept == [30.0, 30.0, 4.0, 8.0, 16.0, 1.0]
    assert content(store) == whole


def test_bytes_after_an_answer_are_not_the_next_one(
    site: FaultSite, store: Store, whole: dict[str, Any]
) -> None:
    site.acts[PAGE] = [sent(head(content_length=str(len(BODY))), BODY, b" and more")]
    assert site.crawl(store).tracks[DONE] == 2
    assert content(store) == whole


def test_a_redirect_to_the_metadata_of_a_cloud_is_not_followed(site: FaultSite, store: Store) -> None:
    site.acts[PAGE] = [reply(b"", "302 Found", location="http://169.254.169.254/latest/meta-data/")]
    assert site.crawl(store).reasons == {"forbidden": 1}
    (skipped,) = store.tracks({SKIPPED})
    assert "169.254.169.254 is the private address" in (skipped.reason or "")
    assert [one.id for one in store.comments("faults:1")] == ["a", "b"]
    assert list(store.tracks({DONE}))
    assert store.evidence("http://169.254.169.254/latest/meta-data/") == []


def test_a_listing_that_fails_ends_the_crawl_and_goes_on_there(
    site: FaultSite, store: Store, whole: dict[str, Any]
) -> None:
    site.acts["/songs?page=2"] = [reply(b"<html>Not today</html>")]
    with pytest.raises(SourceError, match=r"page=2: .*it is no JSON"):
        site.crawl(store)
    assert store.counts()[DONE] == 2
    site.acts.clear()
    site.crawl(store)
    assert [path for path in site.asked if "song" in path] == ["/songs?page=2"]
    assert content(store) == whole


def comments(*told: tuple[str, int]) -> Act:
    return reply(
        {"comments": [{"id": name, "text": f"piano {name}", "likes": likes} for name, likes in told]}
    )


def test_a_comment_on_two_pages_is_one_with_the_votes_that_were_seen_last(
    site: FaultSite, store: Store
) -> None:
    site.acts = {
        "/songs/1/comments?page=1": [comments(("a", 5), ("b", 3))],
        PAGE: [comments(("b", 30), ("c", 1))],
        "/songs/1/comments?page=3": [comments()],
    }
    site.crawl(store)
    (one, _) = store.tracks({DONE})
    assert one.list_state is ListState.COMPLETE
    assert [(c.id, c.votes) for c in store.comments("faults:1")] == [("a", 5), ("b", 30), ("c", 1)]
    top = store.top_comments("faults:1")
    assert [(r.rank, r.comment.id) for r in top] == [(1, "b"), (2, "a"), (3, "c")]
    assert sum(r.share or 0 for r in top) == pytest.approx(1.0)


def test_pages_that_shrink_take_nothing_back(site: FaultSite, store: Store) -> None:
    site.acts[PAGE] = [reply(b"", "404 Not Found")]
    site.crawl(store)
    (failed,) = store.tracks({FAILED})
    assert failed.reason == f"fetch: http://faults.test{PAGE}: answers 404 Not Found"
    site.acts[PAGE] = [comments()]
    site.acts["/songs?page=1"] = [reply({"songs": []})]
    assert site.crawl(store, refresh=True).tracks[DONE] == 2  # though the site lists none any more
    assert [one.list_state for one in store.tracks({DONE})] == [ListState.COMPLETE] * 2
    assert [one.id for one in store.comments("faults:1")] == ["a", "b"]


@pytest.mark.parametrize(
    ("charset", "sent", "read"),
    [
        ("gb18030", "gb18030", "钢琴"),
        ("x-nonsense", "utf-8", "钢琴"),
        ("ascii", "utf-8", "钢琴"),
        ("utf-16", "utf-8", "钢琴"),
        ("utf-8", "gb18030", ""),  # nothing tells what it is: a guess that may be wrong, in a browser as well
    ],
)
def test_a_page_is_read_whatever_charset_it_claims(
    site: FaultSite, store: Store, charset: str, sent: str, read: str
) -> None:
    song = TRACK.format(1).replace("piano", "piano 钢琴").encode(sent)
    site.acts = {
        "/tracks": [reply(listing("1").encode())],
        "/t/1": [reply(song, content_type=f"text/html; charset={charset}")],
        "/a/1": [site.well("/sound/1")],
    }
    assert site.crawl(store, source="demo").tracks[DONE] == 1
    (said,) = store.comments("demo:1")
    assert said.text.startswith(f"piano {read}")
