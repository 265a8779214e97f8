"""Who does not want to be in a store: addresses, tracks, domains and writers, asked about at every change.

A wish stays for good. What was taken out because of it leaves a tombstone, the key of the track alone.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import TypeVar
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import Connection, bindparam, select, tuple_

from emtool.crawler import schema
from emtool.crawler.records import Comment, Track

Wish = tuple[str, str]  # kind and value
_Value = TypeVar("_Value")
_BATCH = 10_000
_COLUMNS = schema.optouts.c["kind", "value"]
_SPOKEN = select(*_COLUMNS).where(tuple_(*_COLUMNS).in_(bindparam("wishes", expanding=True)))


class WishKind(StrEnum):
    """What is to be left out."""

    URL = "url"  # this page or file
    TRACK = "track"  # this key
    DOMAIN = "domain"  # every address of this host and those below it
    AUTHOR = "author"  # comments of the writer with this hash


def wishes_about(url: str) -> set[Wish]:
    """Name every wish that would cover an address."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        host = ""
    labels = host.split(".")
    domains = {(str(WishKind.DOMAIN), ".".join(labels[first:])) for first in range(len(labels)) if host}
    return {(str(WishKind.URL), urldefrag(url).url), *domains}


def wishes_about_track(key: str, *urls: str | None) -> set[Wish]:
    """Name every wish that would cover a track with these addresses."""
    covering = (wishes_about(url) for url in urls if url)
    return {(str(WishKind.TRACK), key)}.union(*covering)


def refusal(connection: Connection, url: str) -> str | None:
    """Give the wish that covers an address, or None."""
    found = spoken(connection, wishes_about(url))
    return " ".join(min(found)) if found else None


def wanted_tracks(connection: Connection, tracks: Sequence[Track]) -> list[Track]:
    """Leave out tracks that a wish covers, and those that have a tombstone."""
    places = {track.key: (track.url, track.audio_url) for track in tracks}
    unwanted = unwanted_keys(connection, places)
    return [track for track in tracks if track.key not in unwanted]


def unwanted_keys(connection: Connection, places: Mapping[str, Collection[str | None]]) -> set[str]:
    """Give those of some track keys that have a tombstone, or whose addresses a wish covers."""
    covering = {key: wishes_about_track(key, *urls) for key, urls in places.items()}
    heard = spoken(connection, set().union(*covering.values()))
    return _buried(connection, list(places)) | {key for key, wishes in covering.items() if wishes & heard}


def wanted_comments(connection: Connection, comments: Sequence[Comment]) -> list[Comment]:
    """Leave out comments of writers who do not want to be read."""
    authors = {(str(WishKind.AUTHOR), one.author_hash) for one in comments if one.author_hash}
    heard = spoken(connection, authors)
    return [one for one in comments if (str(WishKind.AUTHOR), one.author_hash) not in heard]


def spoken(connection: Connection, wishes: Collection[Wish]) -> set[Wish]:
    """Give those of some wishes that hold."""
    return {
        (row.kind, row.value)
        for some in _batches(wishes)
        for row in connection.execute(_SPOKEN, {"wishes": some})
    }


def _buried(connection: Connection, keys: Sequence[str]) -> set[str]:
    table = schema.tombstones
    return {
        key
        for some in _batches(keys)
        for key in connection.scalars(select(table.c.track_key).where(table.c.track_key.in_(some)))
    }


def _batches(values: Collection[_Value]) -> Iterator[list[_Value]]:
    """Cut what one statement cannot hold: PostgreSQL takes 65,535 values in one."""
    every = list(values)
    return (every[first : first + _BATCH] for first in range(0, len(every), _BATCH))
