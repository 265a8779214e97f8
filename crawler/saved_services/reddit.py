"""Reddit: a post with its tree of comments, or a listing of posts."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.json_fields import identity, items, mapping, moment, text, web
from emtool.crawler.quantities import count
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = (
    "Reddit: net score of each comment (unknown while hidden), replies; audio is on other hosts, not fetched."
)
_SERVICE = "reddit"
_GONE = {"[deleted]", "[removed]"}
_DEEPEST = 50  # levels of replies


def knows(value: object) -> bool:
    """Tell these answers from others."""
    return any(listing.get("kind") == "Listing" for listing in _listings(value))


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; comments whose post is not in it go to the post that they name."""
    children = [child for listing in _listings(value) for child in _children(listing)]
    posts = [told for child in children if child.get("kind") == "t3" and (told := _post(child)) is not None]
    listed = [child for child in children if child.get("kind") != "t3"]
    if not listed:
        return posts
    linked = (mapping(child.get("data")).get("link_id") for child in listed)
    post = posts[0].id if posts else next(filter(None, map(_short, linked)), None)
    if post is None:
        return posts
    partial: list[bool] = []
    comments = tuple(_comments(listed, origin, _DEEPEST, partial))
    told = Told(
        source=_SERVICE,
        id=post,
        url=f"https://www.reddit.com/comments/{post}/",
        comments=comments,
        list_state=ListState.PARTIAL if partial or not posts else ListState.COMPLETE,
    )
    return [*posts, told]


def _listings(value: object) -> list[Mapping[str, Any]]:
    return list(items(value if isinstance(value, list) else [value]))


def _children(listing: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return items(mapping(listing.get("data")).get("children"))


def _post(child: Mapping[str, Any]) -> Told | None:
    data = mapping(child.get("data"))
    post = identity(data.get("id"))
    if post is None:
        return None
    return Told(
        source=_SERVICE,
        id=post,
        url=web(f"https://www.reddit.com{text(data.get('permalink')) or f'/comments/{post}/'}"),
        title=text(data.get("title")),
    )


def _short(name: object) -> str | None:
    """Give the id of a full name such as t1_abc."""
    full = identity(name)
    return re.sub(r"^t\d_", "", full) or None if full else None


def _comments(
    children: list[Mapping[str, Any]], origin: Origin, depth: int, partial: list[bool]
) -> Iterator[Comment]:
    """Give the comments of a tree; ``partial`` grows where some are missing."""
    for child in children:
        data = mapping(child.get("data"))
        if child.get("kind") == "more" or not depth:
            partial.append(True)
            continue
        words, parent = text(data.get("body")), text(data.get("parent_id")) or ""
        author = data.get("author_fullname") or data.get("author")
        comment = origin.comment(
            _SERVICE,
            VoteKind.SCORE,
            id=data.get("id"),
            words=None if words in _GONE else words,
            author=None if author in _GONE else author,
            votes=None if data.get("score_hidden") is True else count(data.get("score")),
            written_at=moment(data.get("created_utc")),
            parent_id=_short(parent) if parent.startswith("t1_") else None,
        )
        if comment is not None:
            yield comment
        yield from _comments(list(_children(mapping(data.get("replies")))), origin, depth - 1, partial)
