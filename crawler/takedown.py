"""Takes out of a store what somebody does not want in it, and sees to it that it stays out.

The wish and the deletion are one transaction. Sound that no track refers to any more goes afterwards: if that
is cut off, the next wish, or the same one again, ends it.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import urldefrag, urlsplit

from sqlalchemy import Connection, delete, func, select, update

from emtool.crawler import schema
from emtool.crawler.clock import utc_now
from emtool.crawler.database import upsert
from emtool.crawler.errors import UsageError
from emtool.crawler.optouts import Wish, WishKind, spoken, wishes_about_track
from emtool.crawler.store import Store

_BATCH = 500
_HASH = re.compile(r"[0-9a-f]{32}")
_DOMAIN = re.compile(r"(?!-)[\w-]+(\.[\w-]+)*\.?")


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenOut:
    """What a wish has taken out of the store."""

    kind: str
    value: str  # as it is kept
    tracks: int
    comments: int
    files: int

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self)


def add(store: Store, kind: WishKind, value: str) -> TakenOut:
    """Keep a wish and apply it at once; the same wish again finds nothing more to do.

    Args:
        store: Where it holds.
        kind: What is to be left out.
        value: An address, a track key, a domain, or a writer: its hash, or SOURCE:NAME, of which only the hash is kept.

    Raises:
        UsageError: The value is none of its kind.
    """
    value = _checked(store, kind, value.strip())
    with store.write() as connection:
        upsert(connection, schema.optouts, [{"kind": str(kind), "value": value, "added_at": utc_now()}])
        comments = _remove_author(connection, value) if kind is WishKind.AUTHOR else 0
        keys = list(_covered(connection, {(str(kind), value)}))
        comments += _remove_tracks(connection, keys, (str(kind), value))
    return TakenOut(
        kind=str(kind), value=value, tracks=len(keys), comments=comments, files=_drop_audio(store)
    )


def adopt(store: Store, wishes: Sequence[Mapping[str, Any]], stones: Sequence[Mapping[str, Any]]) -> None:
    """Keep rows of wishes and tombstones from another store, and take out what they cover in this one."""
    with store.write() as connection:
        told: set[Wish] = {(row["kind"], row["value"]) for row in wishes}
        new = told - spoken(connection, told)
        upsert(connection, schema.optouts, wishes)
        upsert(connection, schema.tombstones, stones)
        _remove_tracks(connection, [row["track_key"] for row in stones])
        for kind, value in new:
            if kind == WishKind.AUTHOR:
                _remove_author(connection, value)
        for key, (kind, value) in _covered(connection, new).items():
            _remove_tracks(connection, [key], (kind, value))
    _drop_audio(store)


def wishes(store: Store) -> list[dict[str, Any]]:
    """List all wishes, oldest first, each with the number of tracks that it has taken out."""
    table, buried = schema.optouts, schema.tombstones
    number = (
        select(func.count())
        .where(buried.c.kind == table.c.kind, buried.c.value == table.c.value)
        .scalar_subquery()
        .label("tracks")
    )
    with store.read() as connection:
        found = connection.execute(
            select(table, number).order_by(table.c.added_at, table.c.kind, table.c.value)
        )
        return [dict(row) for row in found.mappings()]


def guess_kind(value: str) -> WishKind:
    """Tell what a value is: an address, a writer's hash, a track key, or a domain."""
    if value.startswith(("http://", "https://")):
        return WishKind.URL
    if _HASH.fullmatch(value):
        return WishKind.AUTHOR
    return WishKind.TRACK if ":" in value else WishKind.DOMAIN


def _checked(store: Store, kind: WishKind, value: str) -> str:
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


def _covered(connection: Connection, wishes: Set[Wish]) -> dict[str, Wish]:
    """Keys of the stored tracks that some wishes cover, each with one of those wishes."""
    tracks, audio = schema.tracks, schema.audio
    columns = (tracks.c.key, tracks.c.url, tracks.c.audio_url, audio.c.url.label("fetched_from"))
    found = connection.execute(select(*columns).select_from(tracks.outerjoin(audio)))
    covering = (
        (row.key, wishes_about_track(row.key, row.url, row.audio_url, row.fetched_from) & wishes)
        for row in found
    )
    return {key: min(some) for key, some in covering if some}


def _remove_tracks(connection: Connection, keys: Collection[str], wish: Wish | None = None) -> int:
    """Put tombstones that tell the wish in the place of tracks, and give the number of their comments."""
    now, comments = utc_now(), 0
    for some in _batches(keys):
        if wish is not None:
            stone = {"kind": wish[0], "value": wish[1], "removed_at": now}
            upsert(connection, schema.tombstones, [stone | {"track_key": key} for key in some])
        of_track = schema.comments.c.track_key.in_(some)
        comments += connection.execute(delete(schema.comments).where(of_track)).rowcount
        connection.execute(delete(schema.found).where(schema.found.c.track_key.in_(some)))
        connection.execute(delete(schema.tracks).where(schema.tracks.c.key.in_(some)))
    return comments


def _remove_author(connection: Connection, author_hash: str) -> int:
    table = schema.comments
    of_author = table.c.author_hash == author_hash
    keys = connection.scalars(select(table.c.track_key).where(of_author).distinct()).all()
    removed = connection.execute(delete(table).where(of_author)).rowcount
    for key in keys:
        close_ranks(connection, key)
    return removed


def close_ranks(connection: Connection, track_key: str) -> None:
    """Let the other winners of a vote move up, with shares of the votes that are left."""
    table = schema.comments
    rows = connection.execute(
        select(table.c.id, table.c.votes, table.c.rank).where(table.c.track_key == track_key)
    ).all()
    total = sum(max(row.votes or 0, 0) for row in rows)
    winners = sorted((row for row in rows if row.rank is not None), key=lambda row: int(row.rank))
    for place, row in enumerate(winners, start=1):
        share = None if row.votes is None else max(row.votes, 0) / total if total else 0.0
        connection.execute(
            update(table)
            .where(table.c.track_key == track_key, table.c.id == row.id)
            .values(rank=place, share=share)
        )


def _drop_audio(store: Store) -> int:
    """Delete sound that no track refers to, and cut downloads; no crawl takes a file in meanwhile."""
    store.audio.drop_parts()
    audio, tracks = schema.audio, schema.tracks
    unused = select(audio.c.sha256, audio.c.suffix).where(
        ~select(tracks.c.key).where(tracks.c.audio_sha256 == audio.c.sha256).exists()
    )
    with store.audio.taking(), store.write() as connection:
        files = connection.execute(unused).all()
        for file in files:
            store.audio.path(file.sha256, file.suffix).unlink(missing_ok=True)
            connection.execute(delete(audio).where(audio.c.sha256 == file.sha256))
    return len(files)


def _batches(keys: Collection[str]) -> Iterable[list[str]]:
    every = list(keys)
    return (every[first : first + _BATCH] for first in range(0, len(every), _BATCH))
