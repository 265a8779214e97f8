"""Jamendo's API: reviews of tracks, and tracks."""

from collections.abc import Mapping
from typing import Any

from emtool.crawler.json_fields import date, identity, items, mapping, plain, text, web
from emtool.crawler.quantities import count, seconds
from emtool.crawler.records import Comment, ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

ABOUT = "Jamendo: agreements with each review; audio: Creative Commons, where the artist allows the download."
_SERVICE = "jamendo"


def knows(value: object) -> bool:
    """Tell these answers from others."""
    answer = mapping(value)
    first = next(items(answer.get("results")), {})
    return "headers" in answer and ("agreecnt" in first or "track_id" in first or "artist_name" in first)


def read(value: object, origin: Origin) -> list[Told]:
    """Read an answer."""
    every = (_told(item, origin) for item in items(mapping(value).get("results")))
    return [told for told in every if told is not None]


def _told(item: Mapping[str, Any], origin: Origin) -> Told | None:
    """Read a review with its track, or a track."""
    is_review = "track_id" in item
    prefix = "track_" if is_review else ""
    track = identity(item.get(f"{prefix}id"))
    if track is None:
        return None
    allowed = item.get(f"{prefix}audiodownload_allowed")
    review = _review(item, origin) if is_review else None
    return Told(
        source=_SERVICE,
        id=track,
        url=web(item.get("shareurl")) or f"https://www.jamendo.com/track/{track}",
        title=text(item.get(f"{prefix}name")),
        artist=text(item.get("artist_name")),
        audio_url=web(item.get(f"{prefix}audiodownload")) if allowed is True else None,
        licence_text=text(item.get("track_license_ccurl" if is_review else "license_ccurl")),
        duration_s=seconds(item.get("duration")),
        comments=(review,) if review else (),
        list_state=ListState.PARTIAL if is_review else None,  # an answer is a page, without a total
    )


def _review(item: Mapping[str, Any], origin: Origin) -> Comment | None:
    words = [plain(item.get("title")), plain(item.get("text"))]
    return origin.comment(
        _SERVICE,
        VoteKind.AGREEMENTS,
        id=item.get("id"),
        words="\n".join(filter(None, words)),
        author=item.get("user_id"),
        votes=count(item.get("agreecnt")),
        written_at=date(item.get("dateadded")),
    )
