"""Bandcamp: what the buyers of an album or a track write about it.

``emtool crawl bandcamp https://ARTIST.bandcamp.com/album/NAME``, or the address of a track; several at once. The page
holds the first reviews, an undocumented interface the others.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

from emtool.crawler.addresses import is_page_of
from emtool.crawler.answers import Answer, Download, Question
from emtool.crawler.errors import ForbiddenError, SourceError, UsageError
from emtool.crawler.json_answers import read_json, refuse
from emtool.crawler.json_fields import identity, items, load, mapping, text, web
from emtool.crawler.quantities import seconds
from emtool.crawler.records import Comment, ListState, Page, Track, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.selectors import Element, parse_html, select
from emtool.crawler.selectors import text as shown
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told

ABOUT = {
    "what": "Reviews of albums and tracks by those who bought them. Queries are addresses of their pages.",
    "votes": "None on a review, so all of them are equal; they come in the order of the site.",
    "credentials": "none",
    "licence": "Creative Commons where the page of a track states it (its 128 kbit/s stream then); else, and of an "
    "album, text only.",
    "limits": "2 s between two requests; reviews behind the page come from an undocumented interface, and a list whose "
    "rest may not be asked for is partial.",
}
MIN_INTERVAL_S = 2.0

_NAME = "bandcamp"
_REVIEWS_URL = "https://bandcamp.com/api/tralbumcollectors/2/reviews"
_REVIEWS_AT_ONCE = 50
_LICENCE = "#license a[href*='creativecommons.org/'], a[rel~='license'][href*='creativecommons.org/']"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviews:
    """Some of the reviews of a release."""

    comments: tuple[Comment, ...]
    more: bool  # there are others
    token: str | None  # what they are asked for with; it holds the id of a fan, so it is not stored


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """A page of an album or a track."""

    kind: str  # a or t
    number: str
    told: Told
    stream_url: str | None  # of a single recording; it expires
    reviews: Reviews


class Bandcamp:
    """Reads Bandcamp."""

    name = _NAME

    def __init__(self, context: SourceContext) -> None:
        self._web = context.web
        self._origin = Origin(name=self.name, author_hash=context.author_hash)
        self._last: Release | None = None

    def check_query(self, query: str | None) -> None:
        """Refuse what is no address of an album or a track."""
        path = urlsplit(query).path if query is not None and is_page_of(query) else ""
        if not path.startswith(("/album/", "/track/")):
            raise UsageError(
                f"bandcamp {query or ''!r}: give the address of an album or a track, such as "
                "https://ARTIST.bandcamp.com/album/NAME"
            )

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:  # noqa: ARG002 - one page
        """Read a page.

        Raises:
            SourceError: It is of no album or track.
            FetchError: It could not be had.
        """
        assert query is not None, "check_query refuses it"
        yield Page(tracks=(self._open(query).told.track(),))

    def comments(
        self,
        track: Track,
        *,
        resume_from: str | None = None,  # noqa: ARG002 - where a list goes on is not stored
    ) -> Iterator[Page]:
        """Give the reviews on the page, and then the others.

        Raises:
            SourceError: An answer is unknown.
            FetchError: It could not be had.
        """
        release = self._release(track)
        now, reviews = release.told.onto(track), release.reviews
        asked: set[str] = set()
        while reviews.token is not None and reviews.token not in asked:
            yield Page(tracks=(now,), comments=reviews.comments, next_url=track.url)
            asked.add(reviews.token)
            try:
                reviews = self._more(release, reviews.token)
            except ForbiddenError:  # by robots.txt: what was on the page is kept
                reviews = Reviews(comments=(), more=True, token=None)
        state = ListState.PARTIAL if reviews.more else ListState.COMPLETE
        yield Page(tracks=(now,), comments=reviews.comments, list_state=state)

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Bring the stream of a track, from the address that its page has now.

        Raises:
            SourceError: The page has none any more.
            FetchError: It could not be had, or is not wanted.
        """
        stream_url = self._release(track).stream_url
        if stream_url is None:
            raise SourceError(f"{track.url}: the page has no stream any more")
        return replace(self._web.download(stream_url, path), url=track.url)

    def _release(self, track: Track) -> Release:
        release = self._last
        if release is None or release.told.key != track.key:
            release = self._open(track.url)
        if release.told.key != track.key:
            raise SourceError(f"{track.url}: the page does not tell of {track.key} any more")
        return release

    def _open(self, url: str) -> Release:
        self._last = parse_page(self._web.get(url), self._origin)
        return self._last

    def _more(self, release: Release, token: str) -> Reviews:
        asked = {"tralbum_type": release.kind, "tralbum_id": int(release.number), "token": token}
        body = json.dumps(asked | {"count": _REVIEWS_AT_ONCE, "exclude_fan_ids": []}).encode()
        answer = self._web.get(_REVIEWS_URL, question=Question(body=body, content_type="application/json"))
        return parse_reviews(answer, self._origin)


def open_source(context: SourceContext) -> Bandcamp:
    """Open the source."""
    return Bandcamp(context)


def parse_page(answer: Answer, origin: Origin) -> Release:
    """Read the page of an album or a track; one without a list of buyers has no reviews.

    Raises:
        SourceError: It is none.
    """
    page = parse_html(answer)
    release = _attribute(page, "[data-tralbum]", "data-tralbum")
    stated = _attribute(page, "meta[name='bc-page-properties'][content]", "content")
    kind = (text(stated.get("item_type")) or text(release.get("item_type")) or "")[:1]
    number = identity(stated.get("item_id")) or identity(release.get("id"))
    if kind not in {"a", "t"} or number is None or not number.isascii() or not number.isdecimal():
        refuse(answer, _NAME, "it is no page of an album or a track")
    recordings = list(items(release.get("trackinfo")))
    single = recordings[0] if kind == "t" and len(recordings) == 1 else {}
    stream = text(mapping(single.get("file")).get("mp3-128"))
    stream_url = _absolute(answer.url, stream) if stream else None
    licences = select(_LICENCE, page)
    return Release(
        kind=kind,
        number=number,
        told=Told(
            source=_NAME,
            id=f"{kind}{number}",
            url=answer.url,
            title=text(mapping(release.get("current")).get("title")),
            artist=text(release.get("artist")),
            audio_url=answer.url
            if stream_url
            else None,  # the page stands for it: the stream's address expires
            licence_text=text(licences[0].get("href")) if licences else None,
            duration_s=seconds(single.get("duration")),
            source_tags=tuple(filter(None, map(shown, select("a.tag", page)))),
        ),
        stream_url=stream_url,
        reviews=_first_reviews(answer, page, origin),
    )


def parse_reviews(answer: Answer, origin: Origin) -> Reviews:
    """Read an answer with further reviews.

    Raises:
        SourceError: It is none.
    """
    told = mapping(read_json(answer, _NAME))
    if not isinstance(told.get("results"), list):
        refuse(answer, _NAME, "it has no list of results")
    return _reviews(told["results"], told.get("more_available"), origin)


def _first_reviews(answer: Answer, page: Element, origin: Origin) -> Reviews:
    if not select("#collectors-data", page):
        return Reviews(comments=(), more=False, token=None)
    told = _attribute(page, "#collectors-data[data-blob]", "data-blob")
    if not isinstance(told.get("reviews"), list):
        refuse(answer, _NAME, "its #collectors-data has no list of reviews")
    return _reviews(told["reviews"], told.get("more_reviews_available"), origin)


def _reviews(listed: list[Any], more: object, origin: Origin) -> Reviews:
    every = list(items(listed))
    comments = [comment for one in every if (comment := _review(one, origin)) is not None]
    token = text(every[-1].get("token")) if every and more is True else None
    return Reviews(comments=tuple(comments), more=more is True, token=token)


def _review(one: Mapping[str, Any], origin: Origin) -> Comment | None:
    fan = identity(one.get("fan_id")) or identity(one.get("username"))
    return origin.comment(
        _NAME,
        VoteKind.NONE,
        id=origin.author_hash(_NAME, fan) if fan else None,  # a fan writes one review of a release
        words=text(one.get("why")),
        author=fan,
        written_at=_moment(one.get("mod_date")),
    )


def _attribute(page: Element, css: str, name: str) -> Mapping[str, Any]:
    """Read the JSON in an attribute of the first element that matches; nothing if there is none."""
    with suppress(ValueError):
        return next(
            (mapping(load(one.get(name).encode("utf-8", "replace"))) for one in select(css, page)), {}
        )
    return {}


def _absolute(page_url: str, address: str) -> str | None:
    with suppress(ValueError):
        return web(urljoin(page_url, address))
    return None


def _moment(value: object) -> str | None:
    """Read a date such as 13 Oct 2019 04:25:24 GMT."""
    with suppress(ValueError, TypeError, IndexError, OverflowError):
        return parsedate_to_datetime(text(value) or "").isoformat()
    return None
