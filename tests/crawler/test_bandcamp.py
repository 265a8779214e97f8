"""Reviews of Bandcamp: pages and further reviews in the shape that Bandcamp gives them, on loopback."""

import html
import json
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from emtool.crawler import schema
from emtool.crawler.answers import Answer
from emtool.crawler.errors import BlockedError, FetchError, SourceError, UsageError
from emtool.crawler.records import ListState, TrackState, VoteKind
from emtool.crawler.rests import Rests
from emtool.crawler.saved import Origin
from emtool.crawler.sources import bandcamp
from emtool.crawler.store import Store, StoredTrack
from tests.crawler.json_site import JsonSite, Query
from tests.crawler.making import write_sine

ALBUM, TRACK = "http://ann.bandcamp.test/album/rain", "http://ann.bandcamp.test/track/drops"
API = "bandcamp.com/api/tralbumcollectors/2/reviews"
BY = "http://creativecommons.org/licenses/by/3.0/"
SOUND = {"title": "Drops", "duration": 181.5, "file": {"mp3-128": "//t4.bcbits.test/stream/1?token=1"}}


def review(fan: Any, why: Any, **more: Any) -> dict[str, Any]:
    told = {"fan_id": fan, "username": f"user{fan}", "name": "NICK", "url": f"https://bandcamp.com/user{fan}"}
    told |= {"why": why, "mod_date": "13 Oct 2019 04:25:24 GMT", "image_id": 7, "fav_track_title": "Drops"}
    return told | {"token": f"1:1570940724:{fan}:1:1:0"} | more


def page(
    *reviews: Any, more: Any = False, kind: str = "album", licence: str | None = None, **release: Any
) -> bytes:
    told = {"id": 12, "item_type": kind, "artist": "Ann", "current": {"title": "Rain"}, "trackinfo": [SOUND]}
    blob = {"reviews": list(reviews), "more_reviews_available": more, "thumbs": [], "shown_reviews": []}
    properties = {"item_type": kind[0], "item_id": 12}
    stated = (
        f'<a class="cc-icons" href="{licence}">some rights reserved</a>' if licence else "all rights reserved"
    )
    return f"""<!DOCTYPE html><html><head><title>Rain | Ann</title>
        <meta name="bc-page-properties" content="{html.escape(json.dumps(properties))}">
        <script data-tralbum="{html.escape(json.dumps(told | release))}"></script></head>
        <body><div id="license">{stated}</div><a class="tag" href="/tag/a"> ambient </a><a class="tag"></a>
        <div id="collectors-data" data-blob="{html.escape(json.dumps(blob))}"></div></body></html>""".encode()


@pytest.fixture(autouse=True)
def _over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bandcamp, "_REVIEWS_URL", f"http://{API}")


@pytest.fixture
def site() -> Iterator[JsonSite]:
    with JsonSite({}) as running:
        yield running


def crawl(site: JsonSite, store: Store, query: str = ALBUM, **options: Any) -> StoredTrack:
    site.crawl(store, "bandcamp", query=query, **options)
    (one,) = store.tracks()
    return one


def open_album(site: JsonSite, answers: dict[str, Any]) -> list[dict[str, Any]]:
    """Serve an album with two reviews on its page, and others by token; give what was asked for them."""
    asked: list[dict[str, Any]] = []

    def reviews(query: Query) -> Any:
        asked.append(json.loads(query[""]))
        return answers[asked[-1]["token"]]

    first = page(review(13644698, "slow piano"), review("2", "Lovely\nrain ☂", mod_date=None), more=True)
    site.routes |= {"ann.bandcamp.test/album/rain": lambda q: first, API: reviews}
    return asked


def test_reviews_of_an_album_are_read_to_their_end(site: JsonSite, store: Store) -> None:
    asked = open_album(
        site,
        {
            "1:1570940724:2:1:1:0": {
                "results": [review(3, None), review(4, " "), review(5, "warm")],
                "more_available": True,
            },
            "1:1570940724:5:1:1:0": {
                "results": [review(None, "hm", username=None), None],
                "more_available": False,
            },
        },
    )
    one = crawl(site, store)
    assert (one.track.key, one.track.title, one.track.artist) == ("bandcamp:a12", "Rain", "Ann")
    assert (one.track.url, one.track.source_tags, one.track.audio_url) == (ALBUM, ("ambient",), None)
    assert (one.state, one.reason) == (TrackState.SKIPPED, "licence: none stated")
    assert one.list_state is ListState.COMPLETE
    read = store.comments("bandcamp:a12")
    assert [comment.text for comment in read] == ["slow piano", "Lovely\nrain ☂", "warm", "hm"]
    assert {(comment.votes, comment.vote_kind) for comment in read} == {(None, VoteKind.NONE)}
    assert [comment.written_at for comment in read][:2] == ["2019-10-13T04:25:24+00:00", None]
    assert [comment.author_hash is None for comment in read] == [False, False, False, True]
    assert asked == [
        {"tralbum_type": "a", "tralbum_id": 12, "token": token, "count": 50, "exclude_fan_ids": []}
        for token in ("1:1570940724:2:1:1:0", "1:1570940724:5:1:1:0")
    ]
    assert site.headers[-1]["Content-Type"] == "application/json"
    assert site.count("ann.bandcamp.test/album") == 1
    for text in ("NICK", "user13644698", "13644698", "1570940724"):
        assert not any(
            text.encode() in path.read_bytes() for path in store.folder.rglob("*") if path.is_file()
        )


def test_the_stream_of_a_track_is_fetched_where_its_page_states_a_free_licence(
    site: JsonSite, store: Store
) -> None:
    sound = write_sine(store.folder / "a.opus").read_bytes()
    site.routes |= {
        "ann.bandcamp.test/track/drops": lambda q: page(review(1, "piano"), kind="track", licence=BY),
        "t4.bcbits.test/stream/1": lambda q: sound,
    }
    one = crawl(site, store, TRACK)
    assert (one.state, one.track.id, one.track.duration_s) == (TrackState.DONE, "t12", 181.5)
    assert (one.track.licence, one.track.licence_text, one.track.audio_url) == ("CC-BY-3.0", BY, TRACK)
    assert site.count("ann.bandcamp.test/track") == 1
    with store.read() as connection:
        assert connection.scalars(select(schema.audio.c.url)).all() == [TRACK]


def test_a_stream_that_has_expired_is_found_again_by_the_next_run(site: JsonSite, store: Store) -> None:
    streams = iter(["http://t4.bcbits.test/stream/old", "http://t4.bcbits.test/stream/new", None])

    def drops(_query: Query) -> bytes:
        return page(
            review(1, "piano"),
            kind="track",
            licence=BY,
            trackinfo=[SOUND | {"file": {"mp3-128": next(streams)}}],
        )

    sound = write_sine(store.folder / "a.opus").read_bytes()
    site.routes |= {
        "ann.bandcamp.test/track/drops": drops,
        "t4.bcbits.test/stream/old": lambda q: (410, b""),
        "t4.bcbits.test/stream/new": lambda q: (500, b""),
    }
    assert crawl(site, store, TRACK).state is TrackState.FAILED
    assert crawl(site, store, TRACK).state is TrackState.FAILED
    one = crawl(site, store, TRACK)
    assert (one.state, "has no stream any more" in (one.reason or "")) == (TrackState.FAILED, True)
    site.routes["ann.bandcamp.test/track/drops"] = lambda q: page(kind="track", licence=BY)
    site.routes["t4.bcbits.test/stream/1"] = lambda q: sound
    assert crawl(site, store, TRACK).state is TrackState.DONE


@pytest.mark.parametrize(
    "more",
    [
        {"kind": "album", "licence": BY},
        {"kind": "track", "licence": BY, "trackinfo": [{"file": None}]},
        {"kind": "track", "licence": BY, "trackinfo": [SOUND, SOUND]},
        {"kind": "track", "licence": BY, "trackinfo": [SOUND | {"file": {"mp3-128": "http://[x"}}]},
    ],
)
def test_an_album_or_a_track_without_one_stream_has_no_audio(
    site: JsonSite, store: Store, more: dict[str, Any]
) -> None:
    told = page(review(1, "piano"), **more)
    site.routes["ann.bandcamp.test/track/drops"] = lambda q: told
    assert crawl(site, store, TRACK).reason == "audio: the site offers none"


def test_reviews_that_robots_txt_keeps_back_leave_the_list_partial(site: JsonSite, store: Store) -> None:
    open_album(site, {})
    site.routes["bandcamp.com/robots.txt"] = lambda q: b"User-agent: *\nDisallow: /api/"
    one = crawl(site, store)
    assert (one.list_state, one.reason) == (ListState.PARTIAL, "licence: none stated")
    assert len(store.comments("bandcamp:a12")) == 2
    assert site.count(API) == 0
    assert [e.detail for e in store.evidence() if "/api/" in e.url] == ["Disallow: /api/"]


@pytest.mark.parametrize(
    "answer",
    [
        {"results": [], "more_available": True},
        {"results": [review(2, "again")], "more_available": True},
        {"results": [review(2, "again", token=None)], "more_available": True},
    ],
)
def test_a_list_that_does_not_go_on_is_partial(site: JsonSite, store: Store, answer: Any) -> None:
    asked = open_album(site, {"1:1570940724:2:1:1:0": answer})
    assert crawl(site, store).list_state is ListState.PARTIAL
    assert len(asked) == 1


def test_a_cut_list_is_read_again_without_losing_what_is_there(site: JsonSite, store: Store) -> None:
    answers: dict[str, Any] = {"1:1570940724:2:1:1:0": (500, b"")}
    open_album(site, answers)
    one = crawl(site, store)
    assert (one.state, one.list_state, len(store.comments("bandcamp:a12"))) == (
        TrackState.FAILED,
        ListState.PARTIAL,
        2,
    )
    answers["1:1570940724:2:1:1:0"] = {"results": [review(3, "third")], "more_available": False}
    assert crawl(site, store).list_state is ListState.COMPLETE
    assert [comment.text for comment in store.comments("bandcamp:a12")][2:] == ["third"]


def test_an_unknown_answer_is_refused_with_its_beginning(site: JsonSite, store: Store) -> None:
    open_album(site, {"1:1570940724:2:1:1:0": {"error": True, "error_message": "z" * 400}})
    one = crawl(site, store)
    assert "it has no list of results" in (one.reason or "")
    assert 150 < (one.reason or "").count("z") < 200


def test_a_site_that_asks_for_a_day_of_rest_gets_it_and_nothing_is_lost(site: JsonSite, store: Store) -> None:
    open_album(site, {"1:1570940724:2:1:1:0": (429, b"", {"Retry-After": "86400"})})
    with pytest.raises(
        BlockedError, match=r"source bandcamp rests until .*bandcamp\.com wants no request before"
    ):
        crawl(site, store, watch=Rests(store, "bandcamp").watch, network={"attempts": 2})
    assert len(store.comments("bandcamp:a12")) == 2
    assert site.count(API) == 1


def test_a_page_that_has_become_another_is_told(site: JsonSite, store: Store) -> None:
    open_album(site, {"1:1570940724:2:1:1:0": (500, b"")})
    crawl(site, store)
    site.routes["ann.bandcamp.test/album/rain"] = lambda q: page(kind="track")
    assert "does not tell of bandcamp:a12 any more" in (crawl(site, store).reason or "")


@pytest.mark.parametrize(
    "query",
    [None, "rain", "https://ann.bandcamp.com/", "ftp://x/album/a", "https://x/music/album/", "http://["],
)
def test_what_is_no_address_of_a_release_is_refused(site: JsonSite, store: Store, query: str | None) -> None:
    with pytest.raises(UsageError, match=r"give the address of an album or a track, such as https://ARTIST"):
        site.crawl(store, "bandcamp", query=query)
    assert site.asked == []


def test_a_missing_page_ends_the_run(site: JsonSite, store: Store) -> None:
    site.routes["ann.bandcamp.test/"] = lambda q: b""
    with pytest.raises(FetchError, match="answers 404"):
        crawl(site, store)


# Parsers


def answer(body: bytes) -> Answer:
    return Answer(url=ALBUM, status=200, charset=None, body=body)


ORIGIN = Origin(name="bandcamp", author_hash=lambda source, writer: f"{source} {writer}")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html><body>" + b"n" * 400,
        b"{}",
        page(id=None).replace(b"item_id", b"other_id"),
        page(kind="blog"),
        page().replace(b"&quot;reviews&quot;", b"&quot;others&quot;"),
        page().replace(b"data-blob", b"data-other"),
        page().replace(b"&quot;reviews&quot;", b"reviews"),
    ],
)
def test_a_page_that_is_none_is_refused_with_its_beginning(body: bytes) -> None:
    with pytest.raises(SourceError, match="not an answer that source bandcamp knows, it") as caught:
        bandcamp.parse_page(answer(body), ORIGIN)
    assert repr(body[:200].decode()) in str(caught.value)


def test_a_page_without_buyers_has_no_reviews() -> None:
    body = page().replace(b"collectors-data", b"other")
    assert bandcamp.parse_page(answer(body), ORIGIN).reviews == bandcamp.Reviews(
        comments=(), more=False, token=None
    )


def test_what_a_page_does_not_tell_is_left_open() -> None:
    body = page(artist=None, current=None, trackinfo=None).replace(b"bc-page-properties", b"other")
    told = bandcamp.parse_page(answer(body), ORIGIN).told
    assert (told.key, told.title, told.artist, told.licence_text) == ("bandcamp:a12", None, None, None)


NAMES = [
    "reviews",
    "results",
    "more_reviews_available",
    "more_available",
    "why",
    "token",
    "fan_id",
    "mod_date",
]
RELEASE_NAMES = ["id", "item_type", "artist", "current", "title", "trackinfo", "file", "mp3-128", "duration"]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*NAMES, *RELEASE_NAMES]), inner, max_size=6)
    ),
    max_leaves=20,
)
DATES = st.text(max_size=30) | st.from_regex(r"\d{1,3} (Oct|Feb|x) \d{1,6} \d\d:\d\d:\d\d (GMT|[+-]\d{4,9})")


@settings(max_examples=120, deadline=None)
@given(VALUES, VALUES, DATES)
def test_parsers_raise_nothing_but_errors_of_ours(one: Any, other: Any, date: str) -> None:
    listed = [one, other, review(other, other, mod_date=date)]
    told = {"kind": "track", "trackinfo": one, "current": other, "duration": other}
    for body in (page(*listed, more=True, **told), page(trackinfo=listed, id=one)):
        with suppress(SourceError):
            bandcamp.parse_page(answer(body), ORIGIN)
    for value in (one, {"results": listed, "more_available": True}, {"results": one}):
        with suppress(SourceError):
            bandcamp.parse_reviews(answer(json.dumps(value).encode()), ORIGIN)


@settings(max_examples=80, deadline=None)
@given(st.binary(max_size=80))
def test_bytes_raise_nothing_but_errors_of_ours(body: bytes) -> None:
    begun = page()[:-40] + body
    for read in (bandcamp.parse_page, bandcamp.parse_reviews):
        for one in (body, begun):
            with suppress(SourceError):
                read(answer(one), ORIGIN)
