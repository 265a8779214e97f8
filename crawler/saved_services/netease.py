"""NetEase Cloud Music: comments of a song, in both forms, and details of songs.

An answer with comments does not say of which song: the address in a HAR does, or the file's name, such as
``R_SO_4_186016.json`` or ``186016-page2.json``. Nicknames, avatars and places of writers are not read.
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

ABOUT = "NetEase Cloud Music: likes of each comment, replies; audio: all rights reserved, never fetched."
_SERVICE = "netease"
_LISTS = ("topComments", "hotComments", "comments")
_BLOCKED = {-460: "too many requests or odd cookies", -462: "a login is asked for"}


def knows(value: object) -> bool:
    """Tell these answers from others."""
    answer = mapping(value)
    data = mapping(answer.get("data"))
    if count(answer.get("code")) in _BLOCKED and not data:
        return True
    if "code" not in answer:
        return False
    if any(isinstance(holder.get(name), list) for holder in (answer, data) for name in _LISTS):
        return "total" in answer or "hotComments" in answer or "totalCount" in data or "hotComments" in data
    return any("ar" in song or "artists" in song for song in items(answer.get("songs")))


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; raises SourceError if it says that no more requests are wanted, or names no song."""
    answer = mapping(value)
    code = count(answer.get("code"))
    if code in _BLOCKED:
        raise SourceError(
            f"{origin.name}: NetEase refused this request ({code}, {_BLOCKED[code]}): ask no more"
        )
    if "songs" in answer:
        return [told for song in items(answer["songs"]) if (told := _song(song)) is not None]
    holder = mapping(answer.get("data")) or answer
    song = _song_id(origin)
    if song is None:
        raise SourceError(
            f"{origin.name}: comments of NetEase, but of which song? Name the file R_SO_4_ID.json, or save a HAR"
        )
    read_comments = (_comment(item, origin) for name in _LISTS for item in items(holder.get(name)))
    more = holder.get("more") if "more" in holder else holder.get("hasMore")
    return [
        Told(
            source=_SERVICE,
            id=song,
            url=f"https://music.163.com/#/song?id={song}",
            comments=tuple(comment for comment in read_comments if comment is not None),
            total=count(holder.get("total", holder.get("totalCount"))),
            list_state=ListState.PARTIAL if more else ListState.COMPLETE,
        )
    ]


def _song_id(origin: Origin) -> str | None:
    for place in (origin.url or "", origin.name):
        if found := re.search(r"R_SO_4_(\d{1,20})", place):
            return found[1]
    found = re.search(r"\d{1,20}", origin.name)
    return found[0] if found else None


def _song(song: Mapping[str, Any]) -> Told | None:
    song_id = identity(song.get("id"))
    if song_id is None:
        return None
    artists = (text(artist.get("name")) for artist in _artists(song))
    length_ms = count(song.get("dt", song.get("duration")))
    return Told(
        source=_SERVICE,
        id=song_id,
        url=f"https://music.163.com/#/song?id={song_id}",
        title=text(song.get("name")),
        artist=", ".join(filter(None, artists)) or None,
        duration_s=length_ms / 1000 if length_ms and length_ms > 0 else None,
    )


def _artists(song: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    return items(song.get("ar") or song.get("artists"))


def _comment(item: Mapping[str, Any], origin: Origin) -> Comment | None:
    answered = next(items(item.get("beReplied")), {})
    return origin.comment(
        _SERVICE,
        VoteKind.LIKES,
        id=item.get("commentId"),
        words=text(item.get("content")),
        author=mapping(item.get("user")).get("userId"),
        votes=count(item.get("likedCount")),
        written_at=moment(item.get("time"), per_second=1000),
        parent_id=identity(item.get("parentCommentId")) or identity(answered.get("beRepliedCommentId")),
    )
