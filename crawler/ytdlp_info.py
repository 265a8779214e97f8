"""What yt-dlp tells of a page (its info dict, or ``.info.json``): YouTube with likes; most other sites without votes.

The media addresses in it expire, and may hold the address of whoever asked: no track keeps one.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.json_fields import identity, items, mapping, moment, text, web
from emtool.crawler.quantities import count, seconds
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

_NAMES = {"archiveorg": "internet-archive", "archive.org": "internet-archive"}


def knows(value: object) -> bool:
    """Tell info dicts from other JSON values."""
    info = mapping(value)
    return "id" in info and ("extractor" in info or "extractor_key" in info or _has_youtube_comments(info))


def read(value: object, origin: Origin) -> list[Told]:
    """Read an info dict; a playlist gives its entries."""
    return [told for one in entries(value) if (told := _told(one, origin)) is not None]


def entries(value: object) -> list[Mapping[str, Any]]:
    """Give the info dicts in a playlist, in its order; what is no playlist is one by itself."""
    info = mapping(value)
    return list(items(info["entries"])) if "entries" in info else [info]


def is_cut(value: object) -> bool:
    """Tell whether some list of comments has ended before its end: such a list has no ``comment_count``."""
    return any(
        isinstance(one.get("comments"), list) and one.get("comment_count") is None for one in entries(value)
    )


def _has_youtube_comments(info: Mapping[str, Any]) -> bool:
    return any("like_count" in item or "parent" in item for item in items(info.get("comments")))


def _told(info: Mapping[str, Any], origin: Origin) -> Told | None:
    track = identity(info.get("id"))
    if track is None:
        return None
    site = (text(info.get("extractor_key")) or text(info.get("extractor")) or "youtube").lower()
    source = _NAMES.get(site.partition(":")[0], site.partition(":")[0])
    comments = tuple(_comments(info, origin, source))
    listed = isinstance(info.get("comments"), list)
    total = count(info.get("comment_count"))
    tags = info.get("tags")
    return Told(
        source=source,
        id=track,
        url=web(info.get("webpage_url")) or web(info.get("original_url")) or _youtube_page(source, track),
        title=text(info.get("track")) or text(info.get("title")),
        artist=text(info.get("artist")) or text(info.get("creator")) or text(info.get("uploader")),
        licence_text=text(info.get("license")),
        duration_s=seconds(info.get("duration")),
        source_tags=tuple(filter(None, map(text, tags))) if isinstance(tags, list) else (),
        comments=comments,
        total=total if listed else None,
        # without comment_count, yt-dlp was interrupted; with it, a list may have ended early all the same
        list_state=None if not listed else ListState.PARTIAL if total is None else ListState.COMPLETE,
    )


def _youtube_page(source: str, track: str) -> str | None:
    return f"https://www.youtube.com/watch?v={track}" if source == "youtube" else None


def _comments(info: Mapping[str, Any], origin: Origin, source: str) -> Iterator[Comment]:
    every = list(items(info.get("comments")))
    kind = VoteKind.LIKES if any(item.get("like_count") is not None for item in every) else VoteKind.NONE
    for item in every:
        parent = identity(item.get("parent"))
        comment = origin.comment(
            source,
            kind,
            id=item.get("id"),
            words=text(item.get("text")),
            author=item.get("author_id"),
            votes=count(item.get("like_count")),
            written_at=moment(item.get("timestamp")),
            parent_id=None if parent == "root" else parent,
            offset_s=seconds(item.get("start_time")),
        )
        if comment is not None:
            yield comment
