"""Recipes of kind json-api: what they may hold, their parsers, and how lists go on."""

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtool.crawler import recipe as recipes
from emtool.crawler.answers import Answer
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.json_answers import MAX_BYTES, MAX_DEPTH
from emtool.crawler.json_parsers import parse_comments, parse_host, parse_listing, parse_track
from emtool.crawler.json_recipe import JsonRecipe, read_recipe
from emtool.crawler.json_values import iso_time, text
from emtool.crawler.recipe import Section
from emtool.crawler.records import ListState, Page, TrackState
from emtool.crawler.store import Store
from tests.crawler.json_site import JsonSite, Query, part
from tests.crawler.making import track

URL = "https://site.test/songs?limit=2"
CONTENT: dict[str, Any] = {
    "kind": "json-api",
    "start": "http://site.test/songs?limit=2",
    "search": "http://site.test/songs?q={query}",
    "vote_kind": "likes",
    "listing": {
        "list": "songs",
        "fields": {
            "id": "id",
            "url": "page",
            "title": "name",
            "licence": "licence",
            "duration_s": "length",
            "source_tags": "tags",
            "work_id": {"value": "all one work"},
        },
    },
    "comments": {
        "address": "http://site.test/songs/{id}/comments?limit=2",
        "list": "comments",
        "replies": "answers",
        "fields": {
            "id": "id",
            "text": "text",
            "votes": "likes",
            "written_at": "at",
            "author": "user",
            "parent_id": "to",
            "offset_s": "point",
        },
    },
}
SHIPPED = [
    read_recipe(name, recipes.read(recipes.path_of(name))) for name in recipes.shipped() if name != "demo"
]


def changed(path: str, value: Any) -> dict[str, Any]:
    """The recipe with one key at another value; ... takes it away."""
    content = copy.deepcopy(CONTENT)
    *sections, last = path.split(".")
    place = content
    for section in sections:
        place = place[section]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return content


def read(content: dict[str, Any]) -> JsonRecipe:
    return read_recipe("site", Section("site.yaml", content))


RECIPE = read(CONTENT)


def answer(told: Any, url: str = URL) -> Answer:
    body = told if isinstance(told, bytes) else json.dumps(told).encode()
    return Answer(url=url, status=200, charset=None, body=body)


def comments(*told: Any, recipe: JsonRecipe = RECIPE) -> Page:
    return parse_comments(
        recipe,
        answer({"comments": list(told)}),
        track=track(),
        author_hash=lambda writer: f"hash of {writer}",
    )


@pytest.mark.parametrize(
    ("path", "value", "told"),
    [
        ("listings", {}, r"site\.yaml: no key 'listings' is known \(it takes about, comments, credentials, "),
        ("listing.fields.vote", "b", r"listing, fields: no key 'vote' is known"),
        ("listing.fields.title", ..., r"listing, fields: the key 'title' is missing"),
        ("listing.list", "songs[", r"listing: list 'songs\[' is no JMESPath: "),
        ("listing.list", "nothing(songs", r"listing: list .* is no JMESPath: "),
        ("vote_kind", "hearts", r"vote_kind 'hearts' is none of likes, score, "),
        ("search", "http://site.test", r"search 'http://site\.test' has no {query} in it"),
        ("listing.fields.url", {"select": "id", "address": "http://a"}, r"address 'http://a' has no {} for"),
        ("listing.paging", {}, r"paging: one of cursor, next, offset, page is due here"),
        (
            "listing.paging",
            {"next": "n", "page": "p"},
            r"paging: one of cursor, next, offset, page is due here",
        ),
        ("listing.paging", {"cursor": "c"}, r"paging: the key 'select' is missing"),
    ],
)
def test_what_a_recipe_should_not_hold_is_one_line(path: str, value: Any, told: str) -> None:
    with pytest.raises(UsageError, match=told) as caught:
        read(changed(path, value))
    assert "\n" not in str(caught.value)


def test_a_recipe_needs_a_way_in() -> None:
    content = changed("start", ...)
    del content["search"]
    with pytest.raises(UsageError, match="start or search is due"):
        read(content)


def test_a_listing_gives_its_tracks_whatever_the_types() -> None:
    page = parse_listing(
        RECIPE,
        answer(
            {
                "songs": [
                    {"id": 7, "page": "/7", "name": ["A", "B"], "licence": "CC-BY-4.0", "length": "3:05"},
                    {"id": "8", "page": "/8", "name": 12.0, "tags": ["x", 1, None, ["y"], {}], "length": -1},
                    {"id": 9, "name": "no page"},
                    {"page": "/10", "name": "no id"},
                    {"id": 11, "page": "/11", "name": " "},
                    {"id": True, "page": "/12", "name": "no id"},
                    None,
                    "advert",
                ]
            }
        ),
    )
    assert [(t.id, t.url, t.title, t.duration_s) for t in page.tracks] == [
        ("7", "https://site.test/7", "A, B", 185.0),
        ("8", "https://site.test/8", "12", None),
    ]
    assert (page.tracks[0].licence, page.tracks[1].licence) == ("CC-BY-4.0", None)
    assert page.tracks[1].source_tags == ("x", "1", "y")
    assert page.tracks[0].work_id == "all one work"


def test_a_licence_that_is_no_longer_known_takes_the_place_of_an_earlier_one() -> None:
    recipe = read(CONTENT | {"track": {"fields": {"licence": "licence", "title": "name"}}})
    known = track(licence="CC0-1.0", licence_text="CC0-1.0")
    now = parse_track(recipe, answer({"licence": "all rights reserved"}), track=known)
    assert (now.licence, now.licence_text) == (None, "all rights reserved")
    assert parse_track(recipe, answer({"licence": None, "name": ""}), track=known) == known


@pytest.mark.parametrize(
    ("told", "votes"),
    [
        ("1.2k", 1200),
        ("1.2万", 12_000),
        ("10万+", 100_000),
        ("1,234", 1234),
        (-3, -3),
        ("0", 0),
        (0, 0),
        (7.0, 7),
        (None, None),
        ("", None),
        ("many", None),
        (4.5, None),
        (True, None),
        ([5], None),
        ({"n": 1}, None),
        (10**30, None),
    ],
)
def test_votes_are_read_as_sites_write_them_and_unknown_is_not_zero(told: Any, votes: int | None) -> None:
    (one,) = comments({"text": "piano", "likes": told}).comments
    assert one.votes == votes


def test_a_comment_has_everything_but_its_writers_name() -> None:
    page = comments(
        {"id": 5, "text": "soft", "at": 1700000000, "user": "Ann", "point": "1:10"}
        | {"answers": [{"id": 6, "text": "yes", "answers": [{"id": 7, "text": "no", "to": 5}]}, None]}
    )
    one, reply, deeper = page.comments
    assert (one.id, one.written_at, one.offset_s) == ("5", "2023-11-14T22:13:20+00:00", 70.0)
    assert (one.author_hash, one.parent_id) == ("hash of Ann", None)
    assert (reply.parent_id, deeper.parent_id) == ("5", "5")
    assert "Ann" not in repr(page).replace("hash of Ann", "")


def test_a_comment_without_an_id_is_the_same_one_the_next_time() -> None:
    (one,), (again,) = (comments({"text": "nice", "at": "2020"}).comments for _ in range(2))
    assert one.id == again.id
    assert comments({"text": "nice"}, {"text": "nice"}, {"text": " "}, {"id": 3}, 4).comments[1:] == ()


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is no JSON"),
        (b"<h1>Please log in</h1>", "it is no JSON"),
        (b"\xff\xfe\x00\xd8", "it is no JSON"),
        (b'{"comments": [], "mean": NaN}', "NaN is no number"),
        (b'{"comments": [], "mean": -Infinity}', "-Infinity is no number"),
        (b'{"comments": [], "mean": 1e999}', "1e999 is too large"),
        (b'{"comments": [], "n": ' + b"9" * 5000 + b"}", "it is no JSON"),
        (b'{"comments": [' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]}", "deeper than 64 levels"),
        (b"[" * 200_000, "deeper than 64 levels"),
        (b'{"comments": {}}', "no list at 'comments'"),
        (b'{"code": -460, "msg": "Cheating"}', "no list at 'comments'"),
        (b"null", "no list at 'comments'"),
        (b" " * (MAX_BYTES + 1), "more than 16777216"),
    ],
)
def test_an_answer_that_is_not_known_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(SourceError, match="not an answer that source site knows") as caught:
        parse_comments(RECIPE, answer(body), track=track(), author_hash=str)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_refused_answer_is_shown_by_its_first_200_characters() -> None:
    with pytest.raises(SourceError) as caught:
        parse_listing(RECIPE, answer(b'{"msg": "' + "慢".encode() * 500))
    assert str(caught.value).count("慢") == 191


def test_answers_of_the_allowed_depth_are_read() -> None:
    inside = b"[" * (MAX_DEPTH - 2) + b"]" * (MAX_DEPTH - 2)
    body = b'{"comments": [' + inside + b"]}"
    assert parse_comments(RECIPE, answer(body), track=track(), author_hash=str).comments == ()


@pytest.mark.parametrize(
    ("value", "time"),
    [
        ("2025-02-01 10:00:00", "2025-02-01T10:00:00"),
        ("2014-03-15T14:06:48.5Z", "2014-03-15T14:06:48.5Z"),
        ("2019-03-02", "2019-03-02"),
        ("1700000002", "2023-11-14T22:13:22+00:00"),
        (1430864801561, "2015-05-05T22:26:41+00:00"),
        ("2 years ago", None),
        ("nan", None),
        (0, None),
        (10**25, None),
        (["2019"], None),
        (None, None),
    ],
)
def test_times_become_iso_8601(value: Any, time: str | None) -> None:
    assert iso_time(value) == time


def test_texts_are_ones_that_a_database_takes() -> None:
    assert text("a\ud800b\0c ") == "a?bc"
    assert text(10**5000) is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
NAMES = [
    "id",
    "title",
    "name",
    "text",
    "agreecnt",
    "dateadded",
    "user_id",
    "results",
    "headers",
    "status",
    "audiodownload",
    "musicinfo",
    "tags",
    "data",
    "message",
    "react_count",
    "reply_count",
    "replies",
    "created_at",
    "track_timestamp_s",
    "license",
    "permalink",
    "is_downloadable",
    "items",
    "cursor",
    "identifier",
    "metadata",
    "reviews",
    "files",
    "length",
    "stars",
    "reviewbody",
    "topic_text",
    "topic_id",
    "download_url",
    "comment",
    "next",
    "previews",
    "gen_ai_preference",
    "created",
    "url",
    "upload_id",
    "upload_name",
    "file_page_url",
    "error",
    "songs",
    "page",
    "comments",
    "likes",
    "answers",
]
shaped = st.recursive(
    json_values,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(NAMES), inner, max_size=8),
    max_leaves=20,
)


def parsers(recipe: JsonRecipe) -> Iterator[Callable[[Answer], Any]]:
    yield lambda told: parse_listing(recipe, told)
    yield lambda told: parse_track(recipe, told, track=track())
    yield lambda told: parse_comments(recipe, told, track=track(), author_hash=lambda writer: writer)
    if recipe.host is not None:
        yield lambda told: parse_host(recipe, told)


@pytest.mark.parametrize("recipe", [RECIPE, *SHIPPED], ids=lambda recipe: recipe.name)
@settings(max_examples=80)  # for each of six recipes
@given(told=shaped, name=st.sampled_from(["results", "data", "items", "songs", "comments"]))
def test_any_value_is_records_or_a_source_error(recipe: JsonRecipe, told: Any, name: str) -> None:
    for value in (told, {name: [told]}):
        for parse in parsers(recipe):
            with suppress(SourceError):
                repr(parse(answer(json.dumps(value, ensure_ascii=True).encode())))


@given(st.binary(max_size=300))
def test_any_bytes_are_records_or_a_source_error(body: bytes) -> None:
    for parse in parsers(RECIPE):
        with suppress(SourceError):
            parse(answer(body))


# How lists go on, through the real crawl


@pytest.fixture
def site() -> Iterator[JsonSite]:
    with JsonSite({}) as running:
        yield running


def crawl(site: JsonSite, store: Store, paging: Any, **options: Any) -> dict[str, Any]:
    """Crawl one track whose comments go on in that way."""
    content = changed("comments.paging", paging)
    path = store.folder / "site.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    song = {"id": 1, "page": "/1", "name": "Song"}
    site.routes |= {"site.test/songs": lambda q: {"songs": [song]}}
    site.crawl(store, str(path), query=None, **options)
    (one,) = store.tracks()
    return {"track": one, "ids": [comment.id for comment in store.comments("site:1")]}


SAID = [{"id": number, "text": f"piano {number}"} for number in range(5)]


def by_offset(query: Query) -> Any:
    return {"comments": part(SAID, query)}


def by_page(query: Query) -> Any:
    number = int(query.get("page", "1"))
    return {"comments": SAID[2 * number - 2 : 2 * number], "end": number == 3}


def by_next(query: Query) -> Any:
    first = int(query.get("from", "0"))
    following = f"/songs/1/comments?from={first + 2}" if first < 4 else None
    return {"comments": SAID[first : first + 2], "next": following, "mark": first + 2 if first < 4 else ""}


@pytest.mark.parametrize(
    ("paging", "route", "requests"),
    [
        ({"offset": "offset"}, by_offset, 4),  # an empty page is the end
        ({"offset": "offset", "size": 2}, by_offset, 3),  # a short page is
        ({"page": "page", "last": "end"}, by_page, 3),
        ({"page": "page"}, by_page, 4),
        ({"next": "next"}, by_next, 3),
        ({"cursor": "from", "select": "mark"}, by_next, 3),
    ],
)
def test_lists_are_read_to_their_end(
    site: JsonSite, store: Store, paging: Any, route: Any, requests: int
) -> None:
    site.routes["site.test/songs/1/comments"] = route
    told = crawl(site, store, paging)
    assert told["ids"] == ["0", "1", "2", "3", "4"]
    assert told["track"].list_state is ListState.COMPLETE
    assert site.count("site.test/songs/1/comments") == requests


def test_a_site_that_gives_the_first_page_again_and_again_is_left(site: JsonSite, store: Store) -> None:
    site.routes["site.test/songs/1/comments"] = lambda q: {"comments": SAID[:2]}
    told = crawl(site, store, {"page": "page"})
    assert (told["ids"], told["track"].list_state) == (["0", "1"], ListState.PARTIAL)
    assert site.count("site.test/songs/1/comments") == 2


def test_an_address_that_is_none_is_refused(site: JsonSite, store: Store) -> None:
    site.routes["site.test/songs/1/comments"] = lambda q: {"comments": SAID, "next": "http://[broken"}
    told = crawl(site, store, {"next": "next"})
    assert told["track"].state is TrackState.FAILED
    assert "where it goes on is no address" in told["track"].reason


def test_the_pages_that_are_read_have_a_number(site: JsonSite, store: Store) -> None:
    site.routes["site.test/songs/1/comments"] = by_offset
    told = crawl(site, store, {"offset": "offset"}, max_pages=2)
    assert (told["ids"], told["track"].list_state) == (["0", "1", "2", "3"], ListState.PARTIAL)


def test_a_source_says_what_it_needs_before_anything_is_asked(site: JsonSite, store: Store) -> None:
    with pytest.raises(UsageError, match="source freesound needs something to search for"):
        site_query(site, store, "freesound", None)
    path = store.folder / "closed.yaml"
    path.write_text(json.dumps(changed("search", ...)), encoding="utf-8")
    with pytest.raises(UsageError, match="source closed takes no query, not 'piano'"):
        site_query(site, store, str(path), "piano")
    assert site.asked == []


def site_query(site: JsonSite, store: Store, source: str, query: str | None) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("EMTOOL_FREESOUND_API_KEY", "0123456789")
        site.crawl(store, source, query=query)


def test_a_listing_that_begins_again_and_again_ends(site: JsonSite, store: Store) -> None:
    content = changed("listing.paging", {"page": "page"})
    path = store.folder / "site.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    site.routes |= {
        "site.test/songs": lambda q: {"songs": [{"id": 1, "page": "/1", "name": "Song"}]},
        "site.test/songs/1/comments": lambda q: {"comments": SAID},
    }
    site.crawl(store, str(path), query=None)
    assert site.count("site.test/songs?") == 2
    assert site.count("site.test/songs/1/comments") == 1
