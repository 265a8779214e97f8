"""YouTube's own API: commentThreads, comments (replies) and videos. For yt-dlp's files see ``yt_dlp``."""

from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.json_fields import date, identity, items, mapping, plain, text
from emtool.crawler.quantities import count
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "YouTube's API (commentThreads): likes of each comment, replies; audio: the terms forbid fetching it."
_SERVICE = "youtube"
_KINDS = {"youtube#commentThreadListResponse", "youtube#commentListResponse", "youtube#videoListResponse"}
_LICENCES = {"creativeCommon": "Creative Commons Attribution license (reuse allowed)"}


def knows(value: object) -> bool:
    """Tell these answers from others."""
    return text(mapping(value).get("kind")) in _KINDS


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; replies without the id of their video take it from the address in a HAR."""
    answer = mapping(value)
    state = ListState.PARTIAL if answer.get("nextPageToken") else ListState.COMPLETE
    return [told for item in items(answer.get("items")) if (told := _item(item, origin, state)) is not None]


def _item(item: Mapping[str, Any], origin: Origin, state: ListState) -> Told | None:
    snippet = mapping(item.get("snippet"))
    if text(item.get("kind")) == "youtube#video" or "channelTitle" in snippet:
        return _video(item, snippet)
    thread = mapping(snippet.get("topLevelComment"))
    video = (
        identity(snippet.get("videoId"))
        or identity(mapping(thread.get("snippet")).get("videoId"))
        or identity(origin.query.get("videoId"))
    )
    if video is None:
        return None
    replies = list(items(mapping(item.get("replies")).get("comments")))
    every = [thread, *replies] if thread else [item]
    missing = (count(snippet.get("totalReplyCount")) or 0) > len(replies)
    return Told(
        source=_SERVICE,
        id=video,
        url=f"https://www.youtube.com/watch?v={video}",
        comments=tuple(_comments(every, origin)),
        list_state=ListState.PARTIAL if missing or not thread else state,
    )


def _video(item: Mapping[str, Any], snippet: Mapping[str, Any]) -> Told | None:
    video = identity(item.get("id"))
    if video is None:
        return None
    licence = text(mapping(item.get("status")).get("license"))
    tags = snippet.get("tags")
    return Told(
        source=_SERVICE,
        id=video,
        url=f"https://www.youtube.com/watch?v={video}",
        title=text(snippet.get("title")),
        artist=text(snippet.get("channelTitle")),
        licence_text=_LICENCES.get(licence, licence) if licence else None,
        source_tags=tuple(filter(None, map(text, tags))) if isinstance(tags, list) else (),
    )


def _comments(every: list[Mapping[str, Any]], origin: Origin) -> Iterator[Comment]:
    for item in every:
        snippet = mapping(item.get("snippet"))
        comment = origin.comment(
            _SERVICE,
            VoteKind.LIKES,
            id=item.get("id"),
            words=text(snippet.get("textOriginal")) or plain(snippet.get("textDisplay")),
            author=mapping(snippet.get("authorChannelId")).get("value"),
            votes=count(snippet.get("likeCount")),
            written_at=date(snippet.get("publishedAt")),
            parent_id=identity(snippet.get("parentId")),
        )
        if comment is not None:
            yield comment
