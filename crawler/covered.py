"""What somebody does not want in a store, and what the store holds of it."""

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import Connection, func, select, tuple_

from emtool.crawler import schema
from emtool.crawler.database import in_batches
from emtool.crawler.errors import UsageError
from emtool.crawler.optouts import Wish, WishKind, hidden, wishes_about_track
from emtool.crawler.store import Store

_HASH = re.compile(r"[0-9a-f]{32}")
_DOMAIN = re.compile(r"(?!-)[\w-]+(\.[\w-]+)*\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Covered:
    """What a store holds of something that somebody does not want in it."""

    kind: WishKind
    value: str  # as it was given; of a writer the hash
    tracks: Mapping[str, tuple[str, ...]]  # addresses of its page and its sound, by key
    is_known: bool  # whether the same wish was kept before
    buried: frozenset[str]  # keys, or their hashes, of what it has taken out then
    comments: frozenset[tuple[str, str]]  # of the writer: key of the track, and id
    comment_number: int  # of the tracks, or of the writer
    files: tuple[Path, ...]  # that no other track has

    @property
    def wishes(self) -> set[Wish]:
        """Under which names the wish may be kept."""
        return {(str(self.kind), self.value), (str(self.kind), hidden(self.value))}


def covered(store: Store, kind: WishKind, value: str) -> Covered:
    """Look up what a wish would take out, and change nothing.

    Raises:
        UsageError: The value is none of its kind.
    """
    value = checked(store, kind, value)
    wishes = {(str(kind), value), (str(kind), hidden(value))}
    comments, stones = schema.comments, schema.tombstones
    with store.read() as connection:
        tracks = {} if kind is WishKind.AUTHOR else covered_tracks(connection, wishes)
        own = comments_of(connection, value) if kind is WishKind.AUTHOR else []
        number = len(own)
        for some in in_batches(tracks):
            number += connection.scalar(select(func.count()).where(comments.c.track_key.in_(some))) or 0
        known = connection.scalars(
            select(schema.optouts.c.kind).where(
                tuple_(schema.optouts.c.kind, schema.optouts.c.value).in_(wishes)
            )
        ).first()
        buried = connection.scalars(
            select(stones.c.track_key).where(tuple_(stones.c.kind, stones.c.value).in_(wishes))
        ).all()
        files = tuple(store.audio.path(*one) for one in _audio_of(connection, tracks))
    return Covered(
        kind=kind,
        value=value,
        tracks=tracks,
        is_known=known is not None,
        buried=frozenset(buried),
        comments=frozenset(own),
        comment_number=number,
        files=files,
    )


def lost(store: Store, comments: Collection[tuple[str, str]]) -> set[tuple[str, str]]:
    """Give those comments, by the key of their track and their id, that the store has lost though it has the track."""
    keys = {key for key, _ in comments}
    tracks, table = schema.tracks, schema.comments
    there, kept = set[str](), set[tuple[str, str]]()
    with store.read() as connection:
        for some in in_batches(keys):
            there.update(connection.scalars(select(tracks.c.key).where(tracks.c.key.in_(some))))
            found = connection.execute(
                select(table.c.track_key, table.c.id).where(table.c.track_key.in_(some))
            )
            kept.update((row.track_key, row.id) for row in found)
    return {(key, number) for key, number in comments if key in there} - kept


def guess_kind(value: str) -> WishKind:
    """Tell what a value is: an address, a writer's hash, a track key, or a domain."""
    if value.startswith(("http://", "https://")):
        return WishKind.URL
    if _HASH.fullmatch(value):
        return WishKind.AUTHOR
    return WishKind.TRACK if ":" in value else WishKind.DOMAIN


def checked(store: Store, kind: WishKind, value: str) -> str:
    """Give a value as a wish names it.

    Raises:
        UsageError: It is none of its kind.
    """
    value = value.strip()
    match kind:
        case WishKind.URL if value.startswith(("http://", "https://")) and urlsplit(value).netloc:
            return urldefrag(value).url
        case WishKind.TRACK if all(value.partition(":")):
            return value
        case WishKind.DOMAIN if _DOMAIN.fullmatch(value):
            return value.lower().rstrip(".")
        case WishKind.AUTHOR if _HASH.fullmatch(value):
            return value
        case WishKind.AUTHOR if all(value.partition(":")):
            source, _, name = value.partition(":")
            return store.author_hash(source, name)
    due = {
        WishKind.URL: "http://... or https://...",
        WishKind.TRACK: "SOURCE:ID",
        WishKind.DOMAIN: "a name such as example.org",
        WishKind.AUTHOR: "the hash that `emtool votes TRACK --json` shows, or SOURCE:NAME",
    }
    raise UsageError(f"{value!r} is no {kind}: give {due[kind]}")


def covered_tracks(connection: Connection, wishes: Collection[Wish]) -> dict[str, tuple[str, ...]]:
    """Give the stored tracks that a wish covers, with their addresses, by key."""
    tracks, audio = schema.tracks, schema.audio
    columns = (tracks.c.key, tracks.c.url, tracks.c.audio_url, audio.c.url.label("fetched_from"))
    found = connection.execute(select(*columns).select_from(tracks.outerjoin(audio)))
    return {
        row.key: tuple(dict.fromkeys(url for url in row[1:] if url))
        for row in found
        if not wishes_about_track(*row).isdisjoint(wishes)
    }


def comments_of(connection: Connection, author_hash: str) -> list[tuple[str, str]]:
    """Give the comments of a writer: key of the track, and id."""
    table = schema.comments
    found = connection.execute(
        select(table.c.track_key, table.c.id).where(table.c.author_hash == author_hash)
    )
    return [(row.track_key, row.id) for row in found]


def _audio_of(connection: Connection, keys: Collection[str]) -> list[tuple[str, str]]:
    """Give hash and suffix of the files that these tracks have and no others."""
    tracks, audio = schema.tracks, schema.audio
    users: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    every = select(tracks.c.key, audio.c.sha256, audio.c.suffix).select_from(tracks.join(audio))
    for row in connection.execute(every) if keys else ():
        users[row.sha256, row.suffix].add(row.key)
    return sorted(file for file, using in users.items() if using.issubset(keys))
