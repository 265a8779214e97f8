"""SoundCloud's API: timed comments of a track, and tracks. A comment has no votes, but a point in the track."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emtool.crawler.json_fields import date, identity, items, mapping, text, web
from emtool.crawler.quantities import count
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "SoundCloud: timed comments without votes; audio: mostly all rights reserved, not fetched."
_SERVICE = "soundcloud"


def knows(value: object) -> bool:
    """Tell these answers from others."""
    first = next(iter(_items(value)), {})
    return _is_comment(first) or _is_track(first)


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer; comments without the id of their track take it from the address in a HAR, or the name."""
    more = bool(mapping(value).get("next_href"))
    state = ListState.PARTIAL if more else ListState.COMPLETE
    found = re.search(r"tracks[/:](?:soundcloud:tracks:)?(\d{1,20})", origin.url or "")
    number = found[1] if found else next(iter(re.findall(r"\d{1,20}", origin.name)), None)
    every = (
        _track(item) if _is_track(item) else _commented(item, number, state, origin) for item in _items(value)
    )
    return [told for told in every if told is not None]


def _items(value: object) -> Iterator[Mapping[str, Any]]:
    collection = mapping(value).get("collection")
    return items(collection if collection is not None else value if isinstance(value, list) else [value])


def _is_comment(item: Mapping[str, Any]) -> bool:
    return "body" in item and "timestamp" in item and "created_at" in item


def _is_track(item: Mapping[str, Any]) -> bool:
    return item.get("kind") == "track" or {"permalink_url", "title", "license"} <= item.keys()


def _track(item: Mapping[str, Any]) -> Told | None:
    track, length_ms = identity(item.get("id")), count(item.get("duration"))
    if track is None:
        return None
    return Told(
        source=_SERVICE,
        id=track,
        url=web(item.get("permalink_url")),
        title=text(item.get("title")),
        artist=text(mapping(item.get("user")).get("username")),
        licence_text=text(item.get("license")),
        duration_s=length_ms / 1000 if length_ms and length_ms > 0 else None,
    )


def _commented(item: Mapping[str, Any], number: str | None, state: ListState, origin: Origin) -> Told | None:
    track = identity(item.get("track_id")) or number
    comment = _comment(item, origin) if _is_comment(item) else None
    if track is None or comment is None:
        return None
    return Told(source=_SERVICE, id=track, comments=(comment,), list_state=state)


def _comment(item: Mapping[str, Any], origin: Origin) -> Comment | None:
    at_ms = count(item.get("timestamp"))
    return origin.comment(
        _SERVICE,
        VoteKind.NONE,
        id=item.get("id"),
        words=text(item.get("body")),
        author=mapping(item.get("user")).get("id") or item.get("user_id"),
        written_at=date(item.get("created_at")),
        offset_s=at_ms / 1000 if at_ms is not None and at_ms >= 0 else None,
    )
