"""Reddit's answers, saved or live: listings of posts, and trees of comments."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.addresses import is_page_of
from emtool.crawler.json_fields import identity, items, mapping, moment, text, web
from emtool.crawler.quantities import count
from emtool.crawler.records import Comment, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

SERVICE = "reddit"
_GONE = re.compile(r"\[ ?(?:deleted|removed)(?: by \w+)? ?\]", re.IGNORECASE)
_OWN_DOMAINS = ("reddit.com", "redd.it")
_DEEPEST = 50  # levels of replies


def listings(value: object) -> list[Mapping[str, Any]]:
    """Give the listings of an answer; what is none is left out."""
    found = items(value if isinstance(value, list) else [value])
    return [listing for listing in found if listing.get("kind") == "Listing"]


def children(listing: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Give what a listing holds: posts (t3), comments (t1), places where comments are missing (more)."""
    return list(items(mapping(listing.get("data")).get("children")))


def post(child: Mapping[str, Any]) -> Told | None:
    """Read a post; None if it has no id. Two posts that link to one address are of one work."""
    data = mapping(child.get("data"))
    found, flair = identity(data.get("id")), text(data.get("link_flair_text"))
    if found is None:
        return None
    return Told(
        source=SERVICE,
        id=found,
        url=web(f"https://www.reddit.com{text(data.get('permalink')) or f'/comments/{found}/'}"),
        title=text(data.get("title")),
        work_id=linked(data),
        source_tags=(flair,) if flair else (),
    )


def linked(data: Mapping[str, Any]) -> str | None:
    """Give the address that a post links to, None if that is on Reddit."""
    url = web(data.get("url_overridden_by_dest")) or web(data.get("url"))
    return url if url and is_page_of(url) and not is_page_of(url, *_OWN_DOMAINS) else None


def is_gone(words: object) -> bool:
    """Tell whether a text, a title or a name stands for what was deleted or removed."""
    return isinstance(words, str) and _GONE.fullmatch(words.strip()) is not None


def short(name: object) -> str | None:
    """Give the id of a full name such as t1_abc."""
    full = identity(name)
    return re.sub(r"^t\d_", "", full) or None if full else None


def read_comments(tree: list[Mapping[str, Any]], origin: Origin) -> tuple[tuple[Comment, ...], bool]:
    """Give the comments of a tree, replies behind what they answer, and whether all are there.

    What moderators have pinned is left out: it stands on top without votes.
    """
    missing: list[bool] = []
    return tuple(_comments(tree, origin, _DEEPEST, missing)), not missing


def _comments(
    tree: list[Mapping[str, Any]], origin: Origin, depth: int, missing: list[bool]
) -> Iterator[Comment]:
    for child in tree:
        data = mapping(child.get("data"))
        if child.get("kind") == "more" or not depth:
            missing.append(True)
            continue
        words, parent = text(data.get("body")), text(data.get("parent_id")) or ""
        author = data.get("author_fullname") or data.get("author")
        comment = origin.comment(
            SERVICE,
            VoteKind.SCORE,
            id=data.get("id"),
            words=None if is_gone(words) or data.get("stickied") is True else words,
            author=None if is_gone(author) else author,
            votes=None if data.get("score_hidden") is True else count(data.get("score")),
            written_at=moment(data.get("created_utc")),
            parent_id=short(parent) if parent.startswith("t1_") else None,
        )
        if comment is not None:
            yield comment
        yield from _comments(children(mapping(data.get("replies"))), origin, depth - 1, missing)
