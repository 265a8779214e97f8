"""Reddit through its API: a site on loopback that gives tokens, lists, comments and refusals as Reddit does."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtool.crawler.answers import Answer
from emtool.crawler.errors import (
    BlockedError,
    EmtoolError,
    FetchError,
    ForbiddenError,
    RefusedError,
    SourceError,
    UsageError,
)
from emtool.crawler.records import ListState, TrackState, VoteKind
from emtool.crawler.rests import Rests
from emtool.crawler.saved import Origin
from emtool.crawler.sources import reddit
from emtool.crawler.store import Store
from tests.crawler.json_site import JsonSite, Query, Route
from tests.crawler.making import track

ID, SECRET = "app-id-0815", "s3cr3t+app/secret"
BASIC = "YXBwLWlkLTA4MTU6czNjcjN0K2FwcC9zZWNyZXQ="
TOP = "oauth.reddit.com/r/listentothis/top"
LISTED = {"url": "https://www.youtube.com/watch?v=a", "link_flair_text": "Ambient", "num_comments": 3}


def post(name: str, **more: Any) -> dict[str, Any]:
    data = {"id": name, "title": f"Ann - Song {name}", "permalink": f"/r/listentothis/comments/{name}/song/"}
    return {"kind": "t3", "data": data | {"author": "poster"} | LISTED | more}


def listing(*children: Any, after: str | None = None) -> dict[str, Any]:
    return {"kind": "Listing", "data": {"after": after, "children": list(children)}}


def said(name: str, words: str, score: Any, **more: Any) -> dict[str, Any]:
    data = {"id": name, "body": words, "score": score, "author": "nick", "author_fullname": f"t2_{name}"}
    return {
        "kind": "t1",
        "data": data | {"created_utc": 1700000000.0, "parent_id": "t3_p1", "replies": ""} | more,
    }


class Site(JsonSite):
    """Reddit: its tokens are good until they are taken away."""

    def __init__(self) -> None:
        super().__init__({})
        self.good: set[str] = set()
        self.given = 0
        self.routes |= {
            "www.reddit.com/robots.txt": lambda q: b"User-agent: *\nDisallow: /",
            "www.reddit.com/api/v1/access_token": self._token,
            "oauth.reddit.com/robots.txt": lambda q: (403, {"message": "Forbidden", "error": 403}),
        }
        self.answer(TOP, lambda q: listing(post("p1")))
        self.answer("oauth.reddit.com/comments/p1", lambda q: [listing(post("p1")), listing()])

    def answer(self, place: str, route: Route) -> None:
        """Answer with a good token only."""

        def checked(query: Query) -> Any:
            scheme, _, token = self.headers[-1].get("Authorization", "").partition(" ")
            unauthorized = (401, {"message": "Unauthorized", "error": 401})
            return route(query) if scheme == "Bearer" and token in self.good else unauthorized

        self.routes[place] = checked

    def _token(self, query: Query) -> Any:
        assert query == {"": "grant_type=client_credentials"}
        if self.headers[-1].get("Authorization") != f"Basic {BASIC}":
            return 401, {"message": "Unauthorized", "error": 401}
        self.given += 1
        token = f"eyJ-token-{self.given}.x"
        self.good.add(token)
        return {"access_token": token, "token_type": "bearer", "expires_in": 86400, "scope": "*"}


@pytest.fixture(autouse=True)
def _app(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTOOL_REDDIT_CLIENT_ID", ID)
    monkeypatch.setenv("EMTOOL_REDDIT_CLIENT_SECRET", SECRET)
    app = replace(
        reddit.APP, access_url="http://www.reddit.com/api/v1/access_token", api="http://oauth.reddit.com/"
    )
    monkeypatch.setattr(reddit, "APP", app)


@pytest.fixture
def site() -> Iterator[Site]:
    with Site() as running:
        yield running


def crawl(site: Site, store: Store, query: str = "listentothis", **options: Any) -> Any:
    return site.crawl(store, "reddit", query=query, **options)


def test_posts_that_link_to_music_are_tracks_with_scores_and_replies(
    site: Site, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    others = [
        post("self", url="https://www.reddit.com/r/listentothis/comments/self/"),
        post("picture", url="https://i.redd.it/a.jpg"),
        post("news", url="https://news.test/a.html"),
        post("removed", removed_by_category="moderator"),
        post("deleted", author="[deleted]"),
        post("untold", url=None),
        post("broken", url="http://[x/a.mp3"),
    ]
    pages = {
        None: listing(post("p1"), *others, after="t3_x"),
        "t3_x": listing(post("p2", url="http://files.test/a.MP3?x=1", link_flair_text=None)),
    }
    reply = said("c3", "slow piano", 4, parent_id="t1_c1", author_fullname=None, author="[deleted]")
    tree = [
        said(
            "c1",
            "a wall of warm piano",
            25,
            replies=listing(reply, {"kind": "more", "data": {"children": ["d"]}}),
        ),
        said("c2", "[deleted]", 9, replies=listing(said("c4", "cello", "-2", parent_id="t1_c2"))),
        said("c5", "hidden", 1, score_hidden=True, created_utc=None),
        said("c6", "rules of this place", 1, stickied=True),
        said("c7", "[ Removed by Reddit ]", 1),
    ]
    site.answer(TOP, lambda q: pages[q.get("after")])
    site.answer("oauth.reddit.com/comments/p1", lambda q: [listing(post("p1")), listing(*tree)])
    site.answer(
        "oauth.reddit.com/comments/p2", lambda q: [listing(post("p2")), listing(said("e", "piano", None))]
    )
    with caplog.at_level("DEBUG"):
        summary = crawl(site, store)
    assert summary.reasons == {"licence": 2}
    one, two = store.tracks()
    assert (one.track.key, one.track.title) == ("reddit:p1", "Ann - Song p1")
    assert one.track.url == "https://www.reddit.com/r/listentothis/comments/p1/song/"
    assert (one.track.work_id, one.track.source_tags) == ("https://www.youtube.com/watch?v=a", ("Ambient",))
    assert (one.track.audio_url, one.track.licence_text, one.state) == (None, None, TrackState.SKIPPED)
    assert (one.list_state, two.list_state) == (ListState.PARTIAL, ListState.COMPLETE)
    read = {comment.id: comment for comment in store.comments("reddit:p1")}
    assert {name: (comment.votes, comment.parent_id) for name, comment in read.items()} == {
        "c1": (25, None),
        "c3": (4, "c1"),
        "c4": (-2, "c2"),
        "c5": (None, None),
    }
    assert read["c1"].vote_kind is VoteKind.SCORE
    assert (read["c1"].written_at, read["c5"].written_at) == ("2023-11-14T22:13:20+00:00", None)
    assert (read["c1"].author_hash is None, read["c3"].author_hash) == (False, None)
    assert [top.comment.id for top in store.top_comments("reddit:p1")] == ["c1", "c3", "c5"]
    assert store.comments("reddit:p2")[0].votes is None
    assert [one for one in site.asked if "/comments/" in one] == [
        f"oauth.reddit.com/comments/{name}?sort=top&depth=8&limit=500&raw_json=1" for name in ("p1", "p2")
    ]
    assert f"{TOP}?t=all&limit=100&raw_json=1&after=t3_x" in site.asked
    assert site.given == 1
    for text in (ID, SECRET, BASIC, "eyJ-token", "nick"):
        assert text not in caplog.text
        assert not any(
            text.encode() in path.read_bytes() for path in store.folder.rglob("*") if path.is_file()
        )
    assert {(e.rule, e.allowed) for e in store.evidence() if "access_token" in e.url} == {
        ("terms of the key", True)
    }


@pytest.mark.parametrize(
    ("query", "asked"),
    [
        ("r/listentothis", "/r/listentothis/top?t=all&limit=100&raw_json=1"),
        ("listentothis/new", "/r/listentothis/new?limit=100&raw_json=1"),
        (
            " listentothis sad & slow ",
            "/r/listentothis/search?q=sad+%26+slow&restrict_sr=1&type=link&sort=top&t=all&limit=100&raw_json=1",
        ),
    ],
)
def test_what_can_be_asked_for(site: Site, store: Store, query: str, asked: str) -> None:
    site.answer(f"oauth.reddit.com{asked.partition('?')[0]}", lambda q: listing())
    crawl(site, store, query)
    assert site.asked[-1] == f"oauth.reddit.com{asked}"


@pytest.mark.parametrize("query", [None, "", "a", "a b/new", "listentothis/best", "listentothis/new piano"])
def test_what_names_no_subreddit_is_refused(site: Site, store: Store, query: str | None) -> None:
    with pytest.raises(UsageError, match=r"give a subreddit, as SUB, SUB/new"):
        site.crawl(store, "reddit", query=query)
    assert site.asked == []


# Tokens


def test_a_token_that_is_over_is_renewed_once_and_then_used(site: Site, store: Store) -> None:
    def over(_query: Query) -> Any:
        site.good.clear()
        return listing(post("p1"))

    site.answer(TOP, over)
    crawl(site, store)
    assert site.given == 2
    assert [stored.list_state for stored in store.tracks()] == [ListState.COMPLETE]
    assert site.count("oauth.reddit.com/comments/p1") == 2


def test_a_token_that_is_given_again_is_read_again(site: Site, store: Store) -> None:
    site.routes["www.reddit.com/api/v1/access_token"] = lambda q: {"access_token": "eyJ-token-1.x"}
    answers = iter([(401, b""), listing()])
    site.routes[TOP] = lambda q: next(answers)
    crawl(site, store)
    assert site.headers[-1]["Authorization"] == "Bearer eyJ-token-1.x"


def test_a_site_that_takes_no_token_at_all_is_asked_twice(site: Site, store: Store) -> None:
    site.routes[TOP] = lambda q: (401, {"message": "Unauthorized", "error": 401})
    with pytest.raises(UsageError, match=r"reddit does not take EMTOOL_REDDIT_.* answers 401 to a new token"):
        crawl(site, store)
    assert (site.given, site.count(TOP)) == (2, 2)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((401, {"message": "Unauthorized", "error": 401}), "answers 401 401"),
        ((401, b"<html>"), "answers 401"),
        ((400, b""), "answers 400"),
        ((200, {"error": "unsupported_grant_type"}), "answers 200 unsupported_grant_type"),
        ((200, {"error": "x y\x1b"}), "answers 200"),
    ],
)
def test_wrong_keys_are_one_line_with_the_way_out(site: Site, store: Store, answer: Any, told: str) -> None:
    site.routes["www.reddit.com/api/v1/access_token"] = lambda q: answer
    with pytest.raises(UsageError) as caught:
        crawl(site, store)
    assert str(caught.value) == (
        "reddit does not take EMTOOL_REDDIT_CLIENT_ID and EMTOOL_REDDIT_CLIENT_SECRET "
        f"(http://www.reddit.com/api/v1/access_token {told}): compare them with https://www.reddit.com/prefs/apps"
    )
    assert site.count("oauth.reddit.com") == 0


@pytest.mark.parametrize(
    "body",
    [b'{"access_token": 5}', b'{"access_token": "a b c d e"}', b'{"token": "eyJ-1"', b"[" * 9_999, b"[]"],
)
def test_an_answer_without_a_token_is_not_shown(site: Site, store: Store, body: bytes) -> None:
    site.routes["www.reddit.com/api/v1/access_token"] = lambda q: body
    with pytest.raises(SourceError, match=rf"no access_token in an answer of {len(body)} bytes") as caught:
        crawl(site, store)
    assert body.decode()[:5] not in str(caught.value)


@pytest.mark.parametrize("name", ["CLIENT_ID", "CLIENT_SECRET"])
def test_a_missing_key_is_told_before_anything_is_asked(
    site: Site, store: Store, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.delenv(f"EMTOOL_REDDIT_{name}")
    with pytest.raises(
        UsageError, match=rf"set EMTOOL_REDDIT_{name}, which you get at https://www\.reddit\.com/prefs"
    ):
        crawl(site, store)
    assert site.asked == []


def test_keys_that_an_answer_gives_back_are_hidden(site: Site, store: Store) -> None:
    site.answer(TOP, lambda q: [ID, SECRET, BASIC, "eyJ-token-1.x"])
    with pytest.raises(SourceError, match=r"'\[\"\*{3}\", \"\*{3}\", \"\*{3}\", \"\*{3}\"\]'"):
        crawl(site, store)


# Refusals


@pytest.mark.parametrize("reason", ["private", "quarantined"])
def test_a_post_that_is_not_for_everybody_is_left_out_with_the_reason(
    site: Site, store: Store, reason: str
) -> None:
    site.answer(TOP, lambda q: listing(post("p0"), post("p1")))
    site.answer("oauth.reddit.com/comments/p0", lambda q: (403, {"reason": reason, "error": 403}))
    summary = crawl(site, store)
    assert summary.reasons == {"forbidden": 1, "licence": 1}
    assert f"not for everybody ({reason!r})" in (next(iter(store.tracks())).reason or "")


def test_a_subreddit_that_is_not_for_everybody_ends_the_run(site: Site, store: Store) -> None:
    site.answer(TOP, lambda q: (403, {"reason": "private", "message": "Forbidden", "error": 403}))
    with pytest.raises(ForbiddenError, match=r"not for everybody \('private'\)"):
        crawl(site, store)


@pytest.mark.parametrize("status", [200, 403])
@pytest.mark.parametrize("place", [TOP, "www.reddit.com/api/v1/access_token"])
def test_an_answer_without_json_sends_the_source_to_rest(
    site: Site, store: Store, status: int, place: str
) -> None:
    page = (
        b'<html><head><meta name="robots" content="noindex"></head><body>whoa there, pardner!</body></html>'
    )
    site.routes[place] = lambda q: (status, page)
    with pytest.raises(
        BlockedError, match=rf"source reddit rests until .* \(http://.* answers {status} without JSON"
    ):
        crawl(site, store, watch=Rests(store, "reddit").watch)
    with pytest.raises(BlockedError, match="rests until"):
        Rests(store, "reddit").check()
    assert site.count(place) == 1


@pytest.mark.parametrize("body", [{"message": "Forbidden", "error": 403}, b"{cut"])
def test_refusals_without_a_reason_are_a_signal_when_they_come_in_a_row(
    site: Site, store: Store, body: Any
) -> None:
    names = [f"p{number}" for number in range(5)]
    site.answer(TOP, lambda q: listing(*map(post, names)))
    for name in names:
        site.answer(f"oauth.reddit.com/comments/{name}", lambda q: (403, body))
    with pytest.raises(BlockedError, match="answers 403 Forbidden"):
        crawl(site, store, watch=Rests(store, "reddit").watch)
    assert site.count("oauth.reddit.com/comments/") == 3


def test_too_many_requests_are_waited_for_as_long_as_the_budget_says(site: Site, store: Store) -> None:
    spent = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "0", "x-ratelimit-used": "1000"}
    answers: Iterator[Any] = iter([(429, {"message": "Too Many Requests"}, spent), listing(post("p1"))])
    site.answer(TOP, lambda q: next(answers))
    crawl(site, store, network={"attempts": 2})
    assert site.count(TOP) == 2
    assert [stored.list_state for stored in store.tracks()] == [ListState.COMPLETE]


def test_a_budget_that_is_spent_for_long_sends_the_source_to_rest(site: Site, store: Store) -> None:
    spent = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "599"}
    site.answer(TOP, lambda q: (200, listing(post("p1")), spent))
    with pytest.raises(BlockedError, match=r"oauth\.reddit\.com wants no request before"):
        crawl(site, store, watch=Rests(store, "reddit").watch)
    assert [stored.state for stored in store.tracks()] == [TrackState.FOUND]


def test_a_run_that_was_cut_off_goes_on_with_the_next_page(site: Site, store: Store) -> None:
    site.answer(
        "oauth.reddit.com/comments/p2", lambda q: [listing(post("p2")), listing(said("c", "piano", 1))]
    )
    pages: dict[str | None, Any] = {None: listing(post("p1"), after="t3_p1"), "t3_p1": (500, {})}
    site.answer(TOP, lambda q: pages[q.get("after")])
    with pytest.raises(FetchError, match="answers 500"):
        crawl(site, store)
    pages["t3_p1"] = listing(post("p1"), post("p2"))
    crawl(site, store)
    assert [stored.track.id for stored in store.tracks()] == ["p1", "p2"]
    assert [one.rpartition("after=")[2] for one in site.asked if one.startswith(TOP)][1:] == [
        "t3_p1",
        "t3_p1",
    ]
    assert site.count("oauth.reddit.com/comments/p1") == 1


def test_a_subreddit_that_is_none_leads_to_the_search_for_one(site: Site, store: Store) -> None:
    site.answer(TOP, lambda q: (302, b"", {"Location": "/subreddits/search?q=listentothis"}))
    site.answer("oauth.reddit.com/subreddits/search", lambda q: listing())
    with pytest.raises(SourceError, match="Reddit knows no subreddit of this name"):
        crawl(site, store)


# Parsers


def answer(value: Any, status: int = 200) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Answer(url="https://oauth.reddit.com/r/x/top", status=status, charset=None, body=body)


def author_hash(source: str, writer: str) -> str:
    return f"{source} {writer}"


ORIGIN = Origin(name="reddit", author_hash=author_hash)


@pytest.mark.parametrize(
    "value", [{}, [], None, listing({"kind": "t5"}), [listing(), listing()], b"nothing", "x"]
)
def test_a_list_that_is_none_is_refused_with_its_beginning(value: Any) -> None:
    with pytest.raises(SourceError, match="not an answer that source reddit knows, it is no"):
        reddit.parse_listing(answer(value))
    with pytest.raises(SourceError) as caught:
        reddit.parse_listing(answer({"x": "y" * 999}))
    assert str(caught.value).count("y") == 200 - len('{"x": "')


@pytest.mark.parametrize("value", [{}, [], listing(), [listing()], [listing(), {}, {}]])
def test_comments_that_are_none_are_refused(value: Any) -> None:
    with pytest.raises(SourceError, match="it is no post with comments"):
        reddit.parse_comments(answer(value), track=track(), origin=ORIGIN)


def test_comments_of_a_post_that_is_not_told_of_leave_the_track_as_it_is() -> None:
    for told in (listing(), listing(post("other")), listing({"kind": "t3", "data": {"id": None}})):
        page = reddit.parse_comments(answer([told, listing()]), track=track(), origin=ORIGIN)
        assert (page.tracks, page.list_state) == ((track(),), ListState.COMPLETE)


NAMES = st.sampled_from(
    [
        "kind",
        "data",
        "children",
        "replies",
        "id",
        "body",
        "score",
        "url",
        "title",
        "after",
        "created_utc",
        "parent_id",
        "author",
        "score_hidden",
        "permalink",
        "link_flair_text",
        "removed_by_category",
        "reason",
        "error",
    ]
)
WORDS = st.sampled_from(
    ["Listing", "t1", "t3", "more", "t1_x", "https://youtu.be/a", "http://[", "[deleted]", "\ud800"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | WORDS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=6),
    max_leaves=25,
)


@settings(max_examples=150, deadline=None)
@given(VALUES, VALUES, st.sampled_from([200, 403]))
def test_parsers_raise_nothing_but_errors_of_ours(one: Any, other: Any, status: int) -> None:
    shapes = [one, listing(*one) if isinstance(one, list) else listing(one, after=str(other))]
    shapes += [[listing({"kind": "t3", "data": one}), listing({"kind": "t1", "data": other})]]
    for shape in shapes:
        with suppress(SourceError, RefusedError, ForbiddenError):
            reddit.look(answer(shape, status))
            page = reddit.parse_listing(answer(shape))
            assert all(found.source == "reddit" for found in page.tracks)
        with suppress(SourceError):
            reddit.parse_comments(answer(shape), track=track(), origin=ORIGIN)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=60))
def test_bytes_raise_nothing_but_errors_of_ours(body: bytes) -> None:
    for read in (reddit.look, reddit.parse_listing):
        with suppress(EmtoolError):
            read(answer(body, 403))
