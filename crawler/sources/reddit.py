"""Reddit through its API: posts that link to music, and their comments, those with the highest score first.

``emtool crawl reddit listentothis`` (its top posts of all time), ``listentothis/new`` (or hot, rising, top), or
``'listentothis ambient cello'`` (a search in it).
"""

import re
from collections.abc import Iterator
from functools import partial
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from emtool.crawler import json_fields
from emtool.crawler.addresses import is_page_of
from emtool.crawler.answers import Answer
from emtool.crawler.errors import ForbiddenError, RefusedError, SourceError, UsageError
from emtool.crawler.json_answers import read_json, refuse
from emtool.crawler.json_fields import mapping, text
from emtool.crawler.oauth import App, AppWeb
from emtool.crawler.paging import follow
from emtool.crawler.records import ListState, Page, Track
from emtool.crawler.reddit_answers import (
    SERVICE,
    children,
    is_gone,
    linked,
    listings,
    post,
    read_comments,
)
from emtool.crawler.saved import Origin
from emtool.crawler.source import SourceContext

ABOUT = {
    "what": "Posts of a subreddit that link to music on other sites, with their comments and replies. Queries: SUB, "
    "SUB/new (hot, rising, top), or 'SUB WORDS' to search in it.",
    "votes": "Net score, unknown while Reddit hides it; the top 500 of a post, 8 levels deep.",
    "credentials": "EMTOOL_REDDIT_CLIENT_ID and EMTOOL_REDDIT_CLIENT_SECRET of an app of yours: "
    "https://www.reddit.com/prefs/apps (type web app or script)",
    "licence": "None is stated, so comments only and no audio. Reddit's terms restrict training on its data: mind "
    "them.",
    "limits": "1 s between two requests; a spent budget (x-ratelimit) is waited for; about 1,000 posts of a list; "
    "private and quarantined subreddits are left out.",
}
APP = App(
    source=SERVICE,
    access_url="https://www.reddit.com/api/v1/access_token",
    api="https://oauth.reddit.com/",
    obtain="https://www.reddit.com/prefs/apps",
    terms="https://redditinc.com/policies/data-api-terms",
)

_QUERY = re.compile(r"(?:/?r/)?([A-Za-z0-9_]{2,21})(?:/(hot|new|rising|top)| +(\S.*))?", re.DOTALL)
_COMMON = {"limit": "100", "raw_json": "1"}  # raw_json: text without HTML entities
_TOP = {"sort": "top", "t": "all"}
_MUSIC_DOMAINS = (
    *(
        "soundcloud.com",
        "bandcamp.com",
        "youtube.com",
        "youtu.be",
        "spotify.com",
        "audius.co",
        "audiomack.com",
    ),
    *(
        "mixcloud.com",
        "hearthis.at",
        "bandlab.com",
        "jamendo.com",
        "freesound.org",
        "ccmixter.org",
        "archive.org",
    ),
    *(
        "freemusicarchive.org",
        "music.apple.com",
        "deezer.com",
        "tidal.com",
        "clyp.it",
        "vocaroo.com",
        "vimeo.com",
    ),
)
_SOUND_FILE = re.compile(r"https?://[^?#]+\.(?:mp3|ogg|oga|opus|flac|wav|m4a|aac)(?:[?#].*)?", re.IGNORECASE)


class Reddit:
    """Reads Reddit."""

    name = SERVICE

    def __init__(self, context: SourceContext) -> None:
        self._web = AppWeb(context.web, APP, look)
        self._origin = Origin(name=self.name, author_hash=context.author_hash)

    def check_query(self, query: str | None) -> None:
        """Refuse what names no subreddit."""
        if query is None or _QUERY.fullmatch(query.strip()) is None:
            raise UsageError(
                f"reddit {query or ''!r}: give a subreddit, as SUB, SUB/new (or hot, rising, top), or 'SUB WORDS' to "
                "search in it"
            )

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List the posts of a subreddit that link to music.

        Raises:
            SourceError: There is no such subreddit, or the answer is unknown.
            FetchError: It could not be had.
        """
        assert query is not None, "check_query refuses it"
        return follow(self._web, resume_from or _address(query), parse_listing)

    def comments(
        self,
        track: Track,
        *,
        resume_from: str | None = None,  # noqa: ARG002 - there is one page
    ) -> Iterator[Page]:
        """Read the comments of a post.

        Raises:
            SourceError: The answer is unknown.
            FetchError: It could not be had.
        """
        # each level of replies has five of JSON, and answers of more than 64 are refused
        more = urlencode({"sort": "top", "depth": "8"} | _COMMON | {"limit": "500"})
        url = f"{APP.api}comments/{quote(track.id, safe='')}?{more}"
        return follow(self._web, url, partial(parse_comments, track=track, origin=self._origin))


def open_source(context: SourceContext) -> Reddit:
    """Open the source; raises UsageError if a key is missing."""
    return Reddit(context)


def parse_listing(answer: Answer) -> Page:
    """Read a page of posts; those that link to no music, and those that are gone, are left out.

    Raises:
        SourceError: It is none.
    """
    if urlsplit(answer.url).path.startswith("/subreddits/search"):  # the answer to a name that is none
        raise SourceError(f"{answer.url}: Reddit knows no subreddit of this name")
    found = listings(read_json(answer, SERVICE))
    posts = [child for listing in found for child in children(listing)]
    if len(found) != 1 or any(child.get("kind") != "t3" for child in posts):
        refuse(answer, SERVICE, "it is no list of posts")
    told = [post(child) for child in posts if _is_music(mapping(child.get("data")))]
    after = text(mapping(found[0].get("data")).get("after"))
    return Page(
        tracks=tuple(one.track() for one in told if one is not None),
        next_url=_with(answer.url, "after", after) if after else None,
    )


def parse_comments(answer: Answer, *, track: Track, origin: Origin) -> Page:
    """Read a post with its comments.

    Raises:
        SourceError: It is none.
    """
    found = listings(read_json(answer, SERVICE))
    if len(found) != 2:
        refuse(answer, SERVICE, "it is no post with comments")
    told = next(filter(None, map(post, children(found[0]))), None)
    comments, all_there = read_comments(children(found[1]), origin)
    return Page(
        tracks=(told.onto(track) if told is not None and told.key == track.key else track,),
        comments=comments,
        list_state=ListState.COMPLETE if all_there else ListState.PARTIAL,
    )


def look(answer: Answer) -> None:
    """Tell an answer of the API from one that keeps us out.

    Raises:
        ForbiddenError: What was asked for is not for everybody.
        RefusedError: Reddit wants no requests of ours.
    """
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.UNAUTHORIZED}:
        return
    if not answer.body.lstrip().startswith((b"{", b"[")):
        raise RefusedError(
            f"{answer.url}: answers {answer.status} without JSON, which is how Reddit bars a network or a program",
            is_signal=True,
        )
    if answer.status == HTTPStatus.FORBIDDEN:
        reason = text(_told(answer.body).get("reason"))
        if reason is None:
            raise RefusedError(f"{answer.url}: answers 403 Forbidden")
        raise ForbiddenError(f"{answer.url}: not for everybody ({reason[:50]!r})")


def _told(body: bytes) -> Any:
    try:
        return mapping(json_fields.load(body))
    except ValueError:
        return {}


def _is_music(data: Any) -> bool:
    url = linked(data)
    gone = (
        data.get("removed_by_category") is not None
        or is_gone(data.get("title"))
        or is_gone(data.get("author"))
    )
    return (
        not gone
        and url is not None
        and (is_page_of(url, *_MUSIC_DOMAINS) or _SOUND_FILE.fullmatch(url) is not None)
    )


def _address(query: str) -> str:
    found = _QUERY.fullmatch(query.strip())
    assert found is not None, "check_query refuses it"
    subreddit, order, words = found.groups()
    if words:
        asked = {"q": words, "restrict_sr": "1", "type": "link"} | _TOP | _COMMON
        return f"{APP.api}r/{subreddit}/search?{urlencode(asked)}"
    order = order or "top"
    asked = ({"t": "all"} if order == "top" else {}) | _COMMON
    return f"{APP.api}r/{subreddit}/{order}?{urlencode(asked)}"


def _with(url: str, name: str, value: str) -> str:
    parts = urlsplit(url)
    query = urlencode(dict(parse_qsl(parts.query)) | {name: value})
    return parts._replace(query=query).geturl()
