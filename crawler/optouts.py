"""Who does not want to be in a store: addresses, tracks, domains and writers, asked about at every change.

A wish stays for good. What was taken out because of it leaves a tombstone, the key of the track alone. Where nothing of
a track may be left, its key and its address are kept as hashes, which tell it again but do not tell what it was.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from enum import StrEnum
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import Connection, bindparam, select, tuple_

from emtool.crawler import schema
from emtool.crawler.database import in_batches
from emtool.crawler.records import Comment, Track

Wish = tuple[str, str]  # kind and value
_COLUMNS = schema.optouts.c["kind", "value"]
_SPOKEN = select(*_COLUMNS).where(tuple_(*_COLUMNS).in_(bindparam("wishes", expanding=True)))

HIDDEN = "sha256:"
"""What a key or an address that is kept as a hash begins with."""


class WishKind(StrEnum):
    """What is to be left out."""

    URL = "url"  # this page or file
    TRACK = "track"  # this key
    DOMAIN = "domain"  # every address of this host and those below it
    AUTHOR = "author"  # comments of the writer with this hash


def hidden(value: str) -> str:
    """Give what stands in the place of an address or a key that may not be kept."""
    return HIDDEN + hashlib.sha256(value.encode()).hexdigest()


def wishes_about(url: str) -> set[Wish]:
    """Name every wish that would cover an address."""
    try:
        host = (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        host = ""
    labels = host.split(".")
    domains = {(str(WishKind.DOMAIN), ".".join(labels[first:])) for first in range(len(labels)) if host}
    page = urldefrag(url).url
    return {(str(WishKind.URL), page), (str(WishKind.URL), hidden(page)), *domains}


def wishes_about_track(key: str, *urls: str | None) -> set[Wish]:
    """Name every wish that would cover a track with these addresses."""
    covering = (wishes_about(url) for url in urls if url)
    return {(str(WishKind.TRACK), key), (str(WishKind.TRACK), hidden(key))}.union(*covering)


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
        for some in in_batches(wishes)
        for row in connection.execute(_SPOKEN, {"wishes": some})
    }


def _buried(connection: Connection, keys: Sequence[str]) -> set[str]:
    table = schema.tombstones
    named = {key: key for key in keys} | {hidden(key): key for key in keys}
    return {
        named[found]
        for some in in_batches(named)
        for found in connection.scalars(select(table.c.track_key).where(table.c.track_key.in_(some)))
    }
