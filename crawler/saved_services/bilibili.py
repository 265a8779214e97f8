"""Bilibili: replies under a video, with replies to them, and what a video says of itself."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.errors import SourceError
from emtool.crawler.json_fields import identity, items, mapping, moment, text
from emtool.crawler.quantities import count, seconds
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "Bilibili: likes of each reply, replies to them; audio: all rights reserved, never fetched."
_SERVICE = "bilibili"
_CLOSED = 12002
_REFUSED = {-352: "too many requests", -401: "not let in", -412: "too many requests", 12009: "bad type"}
_DEEPEST = 5  # levels of replies


def knows(value: object) -> bool:
    """Tell these answers from others."""
    answer = mapping(value)
    data = mapping(answer.get("data"))
    if "code" not in answer:
        return False
    if "rpid" in next(items(data.get("replies")), {}) or "aid" in data:
        return True
    has_list = "replies" in data and ("page" in data or "cursor" in data)
    return has_list or (count(answer["code"]) in {_CLOSED, *_REFUSED} and "message" in answer)


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; raises SourceError if the request was refused, or nothing names the video."""
    answer = mapping(value)
    code, data = count(answer.get("code")), mapping(answer.get("data"))
    if code in _REFUSED:
        raise SourceError(
            f"{origin.name}: Bilibili refused this request ({code}, {_REFUSED[code]}): ask no more"
        )
    if "aid" in data:
        return _video(data)
    hot = [*items(data.get("hots")), *items(data.get("top_replies"))]
    replies = [*hot, *items(data.get("replies"))]
    number = re.search(r"\d{1,20}", origin.name)
    video = next((found for item in replies if (found := identity(item.get("oid")))), None)
    video = video or identity(origin.query.get("oid")) or (number and number[0])
    if not video:
        raise SourceError(f"{origin.name}: replies of Bilibili, but under which video? Name the file ID.json")
    page = mapping(data.get("page"))
    comments = tuple(_comments(replies, origin, _DEEPEST))
    every = count(page.get("acount"))
    whole = mapping(data.get("cursor")).get("is_end") is True or (
        every is not None and len(comments) >= every
    )
    state = ListState.COMPLETE if whole else ListState.PARTIAL
    return [
        Told(
            source=_SERVICE,
            id=video,
            url=f"https://www.bilibili.com/video/av{video}",
            comments=comments,
            total=every,
            list_state=ListState.DISABLED if code == _CLOSED else state,
        )
    ]


def _video(data: Mapping[str, Any]) -> list[Told]:
    video = identity(data.get("aid"))
    if video is None:
        return []
    return [
        Told(
            source=_SERVICE,
            id=video,
            url=f"https://www.bilibili.com/video/av{video}",
            title=text(data.get("title")),
            artist=text(mapping(data.get("owner")).get("name")),
            duration_s=seconds(data.get("duration")),
        )
    ]


def _comments(replies: list[Mapping[str, Any]], origin: Origin, depth: int) -> Iterator[Comment]:
    for item in replies:
        comment = origin.comment(
            _SERVICE,
            VoteKind.LIKES,
            id=item.get("rpid"),
            words=text(mapping(item.get("content")).get("message")),
            author=mapping(item.get("member")).get("mid") or item.get("mid"),
            votes=count(item.get("like")),
            written_at=moment(item.get("ctime")),
            parent_id=identity(item.get("parent")),
        )
        if comment is not None:
            yield comment
        if depth:
            yield from _comments(list(items(item.get("replies"))), origin, depth - 1)
