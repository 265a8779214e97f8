"""The parsers of the HTML source: bytes in, records out."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.crawler.answers import Answer
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.recipe import Section
from emtool.crawler.records import Page, VoteKind
from emtool.crawler.selectors import parse_html, select, text
from emtool.crawler.source import SourceContext
from emtool.crawler.sources.html import HtmlSource, parse_listing, parse_track, read_recipe
from emtool.crawler.web import Web
from tests.crawler.making import track

URL = "https://site.test/songs?page=1"
RECIPE = read_recipe(
    "site",
    Section(
        "site.yaml",
        {
            "kind": "html",
            "start": "https://site.test/songs",
            "vote_kind": "likes",
            "listing": {
                "list": "ul.songs",
                "item": "li",
                "next": "a.next @href",
                "fields": {
                    "id": {"select": "a @href", "pattern": r"/songs/(\w+)"},
                    "url": "a @href",
                    "title": "a",
                    "licence": {"value": "CC-BY-4.0"},
                },
            },
            "track": {
                "fields": {
                    "artist": ".artist",
                    "audio_url": "audio @src",
                    "licence": "a[rel=license] @href",
                    "duration_s": ".length",
                    "source_tags": ".tags li",
                    "work_id": "main @class",
                }
            },
            "comments": {
                "list": "ol",
                "item": "li",
                "next": "a.more @href",
                "fields": {
                    "id": "@data-id",
                    "text": "p",
                    "votes": ".votes",
                    "author": ".user",
                    "written_at": "time @datetime",
                    "parent_id": "@data-parent",
                    "offset_s": ".at",
                },
            },
        },
    ),
)


def answer(html: str | bytes, charset: str | None = None) -> Answer:
    return Answer(url=URL, status=200, charset=charset, body=html.encode() if isinstance(html, str) else html)


def listing(html: str | bytes, charset: str | None = None) -> Page:
    return parse_listing(RECIPE, answer(html, charset))


def comments(html: str) -> Page:
    return parse_track(RECIPE, answer(html), track=track(), author_hash=lambda author: f"hash of {author}")


def test_a_listing_gives_its_tracks_and_the_next_page() -> None:
    page = listing(
        '<ul class="songs"><li><a href="/songs/a1">One &amp; <b>Two</b></a></li>'
        '<li><a href="./songs/b2?x=1#top">Three</a></li></ul><a class="next" href="?page=2">next</a>'
    )
    assert [(t.key, t.url, t.title) for t in page.tracks] == [
        ("site:a1", "https://site.test/songs/a1", "One & Two"),
        ("site:b2", "https://site.test/songs/b2?x=1#top", "Three"),
    ]
    assert page.next_url == "https://site.test/songs?page=2"
    assert {(t.licence, t.licence_text) for t in page.tracks} == {("CC-BY-4.0", "CC-BY-4.0")}


def test_an_empty_list_is_an_answer_and_no_list_is_none() -> None:
    assert listing('<ul class="songs"></ul>') == Page()
    with pytest.raises(SourceError, match=r"songs\?page=1: not a page that recipe site knows"):
        listing("<h1>Please log in</h1>")


def test_an_unknown_answer_is_shown_by_its_first_200_characters_on_one_line() -> None:
    with pytest.raises(SourceError) as caught:
        listing('{"code": -460, "msg": "' + "慢\n" * 500)
    told = str(caught.value)
    assert '{"code": -460' in told
    assert "\n" not in told
    assert told.count("慢") == 89  # after 23 characters of JSON, every other one


@pytest.mark.parametrize(
    "body", [b"", b"\xff\xfe\x00", b"%PDF-1.4", b"<?xml version='1.0'?><rss/>", b"http://x"]
)
def test_bytes_that_are_no_page_are_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        listing(body)


def test_items_without_an_id_an_address_or_a_title_are_left_out() -> None:
    page = listing(
        '<ul class="songs"><li>advert</li><li><a href="/songs/a1"></a></li><li><a>No address</a></li>'
        '<li><a href="/albums/7">No id</a></li><li><a href="/songs/ok">Good</a></li></ul>'
    )
    assert [t.id for t in page.tracks] == ["ok"]


def test_the_charset_of_the_header_is_heard() -> None:
    html = '<ul class="songs"><li><a href="/songs/1">忧伤的钢琴</a></li></ul>'
    assert listing(html.encode("gb18030"), "gb18030").tracks[0].title == "忧伤的钢琴"
    assert listing(html.encode(), "no-such-charset").tracks[0].title == "忧伤的钢琴"


def test_a_track_page_adds_to_what_the_listing_told() -> None:
    page = comments(
        '<main class="w 7"><b class="artist">Ann</b><audio src="/a.mp3"></audio><i class="length">3:05</i>'
        '<a rel="license" href="http://creativecommons.org/licenses/by-sa/3.0/de/">free</a>'
        '<ul class="tags"><li>calm</li><li> </li><li>slow</li></ul><ol></ol></main>'
    )
    (one,) = page.tracks
    assert (one.title, one.artist, one.audio_url) == ("Track 1", "Ann", "https://site.test/a.mp3")
    assert (one.licence, one.duration_s, one.work_id) == ("CC-BY-SA-3.0", 185.0, "w 7")
    assert one.licence_text == "http://creativecommons.org/licenses/by-sa/3.0/de/"
    assert one.source_tags == ("calm", "slow")


def test_what_a_track_page_does_not_tell_stays_as_it_was() -> None:
    known = track(artist="Ann", licence="CC0-1.0", duration_s=3.0, source_tags=("calm",))
    page = parse_track(RECIPE, answer('<i class="length">soon</i><ol></ol>'), track=known, author_hash=str)
    assert page.tracks == (known,)


def test_a_licence_that_is_not_known_is_kept_word_for_word() -> None:
    (one,) = comments('<a rel="license" href="/our-terms">terms</a><ol></ol>').tracks
    assert (one.licence, one.licence_text) == (None, "/our-terms")


def test_a_comment_has_everything_but_its_writers_name() -> None:
    page = comments(
        '<ol><li data-id="7" data-parent="3"><b class="user">Ann Onym</b><time datetime="2024-02-01T10:00Z">'
        'Feb</time><i class="votes">1.2k</i><i class="at">1:10</i><p>soft  drums<br>and\na flute</p></li></ol>'
        '<a class="more" href="/songs/1?page=2">more</a>'
    )
    (one,) = page.comments
    assert (one.id, one.text, one.votes, one.vote_kind) == (
        "7",
        "soft drums\nand a flute",
        1200,
        VoteKind.LIKES,
    )
    assert (one.written_at, one.parent_id, one.offset_s) == ("2024-02-01T10:00Z", "3", 70.0)
    assert one.author_hash == "hash of Ann Onym"
    assert "Ann" not in repr(one).replace("hash of Ann Onym", "")
    assert page.next_url == "https://site.test/songs/1?page=2"


def test_missing_fields_are_unknown_and_empty_comments_are_left_out() -> None:
    page = comments('<ol><li><p>nice</p><i class="votes"></i></li><li><p> </p></li><li>advert</li></ol>')
    (one,) = page.comments
    assert (one.votes, one.written_at, one.author_hash, one.parent_id, one.offset_s) == (None,) * 5
    assert one.id  # made from what it says, so that it is the same one the next time
    assert one.id == comments("<ol><li><p>nice</p></li></ol>").comments[0].id


def test_a_page_without_a_list_of_comments_is_refused() -> None:
    with pytest.raises(SourceError, match=r"nothing on it matches 'ol'"):
        comments("<main>comments are closed</main>")


def test_text_is_what_a_reader_sees() -> None:
    deep = "<i>" * 1500 + "deep" + "</i>" * 1500
    page = comments(
        "<ol><li><p>one<!-- not said --> <b>two</b><script>three()</script><style>p {}</style> four</p>"
        f"<li><p>{deep}</p><li><script>p</script><p>last"  # as browsers do, an item ends where the next begins
    )
    assert [one.text for one in page.comments] == ["one two four", "deep", "last"]


def test_a_selector_looks_on_the_whole_page_or_below_an_item() -> None:
    page = parse_html(answer('<html lang="de"><ul class="a"><li class="a"><b>1</b><li><b>2</b></ul>'))
    assert [one.get("lang") for one in select("html", page)] == ["de"]
    (first, second) = select("li", page)
    assert [len(select(css, first)) for css in ("li", "li b", ".a", ".a b", "ul b")] == [0, 1, 0, 1, 0]
    assert [text(one) for one in select("b", second)] == ["2"]


def test_a_page_that_is_nested_too_deep_to_be_read_to_its_end_is_refused() -> None:
    with pytest.raises(SourceError, match=r"songs\?page=1: no page that can be read to its end: '<ul"):
        listing("<ul class=songs>" + "<b>" * 3000 + "</b>" * 3000 + '<li><a href="/songs/a1">lost</a>')


@given(st.text())
def test_any_page_is_records_or_a_source_error(html: str) -> None:
    for wrapped in (html, f"<ul class=songs><li>{html}</ul>"):
        with suppress(SourceError):
            listing(wrapped.encode("utf-8", "surrogatepass"))


def test_a_source_without_search_takes_no_query() -> None:
    web = Web(client=None, permission=None)  # type: ignore[arg-type]  # it must not be asked
    source = HtmlSource(RECIPE, SourceContext(web=web, author_hash=lambda _source, author: author))
    source.check_query(None)
    with pytest.raises(UsageError, match="source site takes no query, not 'piano'"):
        source.check_query("piano")
