"""QQ Music: comments of a song, in the old form (``commentlist``) and the newer one (``CmId``).

An answer does not say of which song: ``topid`` in the address of a HAR does, or the first number in the
file's name. Nicknames and avatars are not read, and there is no id of writers beside them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.errors import SourceError
from emtool.crawler.json_fields import identity, items, mapping, moment, text
from emtool.crawler.quantities import count
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "QQ Music: praise (likes) of each comment, replies; audio: all rights reserved, never fetched."
_SERVICE = "qq-music"
_GROUPS = ("hot_comment", "comment")
_DEEPEST = 12  # levels of an answer in the newer form


def knows(value: object) -> bool:
    """Tell these answers from others."""
    answer = mapping(value)
    old = any("commentlist" in mapping(answer.get(name)) for name in _GROUPS)
    return old or any(True for _ in _newer(value, _DEEPEST))


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; raises SourceError if nothing names the song."""
    answer = mapping(value)
    number = re.search(r"\d{1,20}", origin.name)
    song = identity(origin.query.get("topid")) or identity(answer.get("topid")) or (number and number[0])
    if not song:
        raise SourceError(f"{origin.name}: comments of QQ Music, but of which song? Name the file ID.json")
    found: list[Comment | None] = []
    for name in _GROUPS:
        for item in items(mapping(answer.get(name)).get("commentlist")):
            found += [_comment(item, origin), *_replies(item, origin)]
    found += [_newer_comment(item, origin) for item in _newer(value, _DEEPEST)]
    total = count(mapping(answer.get("comment")).get("commenttotal"))
    more = bool(count(answer.get("morecomment"))) or total is None
    return [
        Told(
            source=_SERVICE,
            id=song,
            url=f"https://y.qq.com/n/ryqq/songDetail/{song}",
            comments=tuple(comment for comment in found if comment is not None),
            total=total,
            list_state=ListState.PARTIAL if more else ListState.COMPLETE,
        )
    ]


def _newer(value: object, depth: int) -> Iterator[Mapping[str, Any]]:
    if depth == 0:
        return
    if isinstance(value, dict) and "CmId" in value and "Content" in value:
        yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for one in inner:
        yield from _newer(one, depth - 1)


def _comment(item: Mapping[str, Any], origin: Origin) -> Comment | None:
    return origin.comment(
        _SERVICE,
        VoteKind.LIKES,
        id=item.get("commentid"),
        words=text(item.get("rootcommentcontent")),
        author=None,
        votes=count(item.get("praisenum")),
        written_at=moment(item.get("time")),
    )


def _replies(item: Mapping[str, Any], origin: Origin) -> Iterator[Comment | None]:
    for reply in items(item.get("middlecommentcontent")):
        yield origin.comment(
            _SERVICE,
            VoteKind.LIKES,
            id=reply.get("subcommentid"),
            words=text(reply.get("subcommentcontent")),
            author=None,
            parent_id=identity(item.get("commentid")),
        )


def _newer_comment(item: Mapping[str, Any], origin: Origin) -> Comment | None:
    return origin.comment(
        _SERVICE,
        VoteKind.LIKES,
        id=item.get("CmId"),
        words=text(item.get("Content")),
        author=None,
        votes=count(item.get("PraiseNum")),
        written_at=moment(item.get("PubTime")),
    )
