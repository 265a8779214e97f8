"""Takes out of a store what somebody does not want in it, and sees to it that it stays out.

The wish and the deletion are one transaction. Sound that no track refers to any more goes afterwards: if that
is cut off, the next wish, or the same one again, ends it.
"""

from collections.abc import Collection, Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Connection, and_, delete, false, func, or_, select, update

from emtool.crawler import schema, traces
from emtool.crawler.clock import utc_now
from emtool.crawler.covered import checked, comments_of, covered_tracks
from emtool.crawler.database import in_batches, upsert
from emtool.crawler.optouts import HIDDEN, Wish, WishKind, hidden, spoken, wishes_about_track
from emtool.crawler.store import Store


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


def add(store: Store, kind: WishKind, value: str, *, traceless: bool = False) -> TakenOut:
    """Keep a wish and apply it at once; the same wish again finds nothing more to do.

    Args:
        store: Where it holds.
        kind: What is to be left out.
        value: An address, a track key, a domain, or a writer: its hash, or SOURCE:NAME, of which only the hash is kept.
        traceless: Leave nothing that tells what it was: keys and addresses become hashes, and the evidence about it
            goes. The bytes are gone from the database's files after ``store.compact()``.

    Raises:
        UsageError: The value is none of its kind.
        StoreError: The store cannot be written.
    """
    value = checked(store, kind, value)
    kept = hidden(value) if traceless and kind in (WishKind.URL, WishKind.TRACK) else value
    wishes = {(str(kind), value), (str(kind), kept)}
    with store.write() as connection:
        upsert(connection, schema.optouts, [{"kind": str(kind), "value": kept, "added_at": utc_now()}])
        comments = _remove_author(connection, value) if kind is WishKind.AUTHOR else 0
        tracks = {} if kind is WishKind.AUTHOR else covered_tracks(connection, wishes)
        comments += _remove_tracks(connection, tracks, kind, kept, traceless=traceless)
        urls = [url for addresses in tracks.values() for url in addresses]
        urls += [value] if kind is WishKind.URL else []
        if traceless:
            traces.remove(connection, traces.Addresses(urls))
            _hide(connection, kind, value, kept)
    return TakenOut(
        kind=str(kind), value=kept, tracks=len(tracks), comments=comments, files=_drop_audio(store)
    )


def adopt(store: Store, wishes: Sequence[Mapping[str, Any]], stones: Sequence[Mapping[str, Any]]) -> None:
    """Keep rows of wishes and tombstones from another store, and take out what they cover in this one."""
    with store.write() as connection:
        told: set[Wish] = {(row["kind"], row["value"]) for row in wishes}
        new = told - spoken(connection, told)
        upsert(connection, schema.optouts, wishes)
        upsert(connection, schema.tombstones, stones)
        _delete(connection, _buried(connection, {row["track_key"] for row in stones}))
        for kind, value in new:
            if kind == WishKind.AUTHOR:
                _remove_author(connection, value)
        for key, urls in covered_tracks(connection, new).items():
            kind, value = min(wishes_about_track(key, *urls) & new)
            traceless = value.startswith(HIDDEN)
            _remove_tracks(connection, [key], WishKind(kind), value, traceless=traceless)
            if traceless:
                traces.remove(connection, traces.Addresses(urls))
    _drop_audio(store)


def _buried(connection: Connection, told: Set[str]) -> list[str]:
    """Keys of the stored tracks that tombstones tell, some of them by hashes."""
    if not any(key.startswith(HIDDEN) for key in told):
        return list(told)
    return [key for key in connection.scalars(select(schema.tracks.c.key)) if {key, hidden(key)} & told]


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


def _remove_tracks(
    connection: Connection, keys: Collection[str], kind: WishKind, value: str, *, traceless: bool
) -> int:
    """Put tombstones in the place of tracks, and give the number of their comments."""
    now = utc_now()
    for some in in_batches(keys):
        stones = [
            {
                "track_key": hidden(key) if traceless else key,
                "kind": str(kind),
                "value": value,
                "removed_at": now,
            }
            for key in some
        ]
        upsert(connection, schema.tombstones, stones)
    return _delete(connection, keys)


def _delete(connection: Connection, keys: Collection[str]) -> int:
    """Delete tracks, and give the number of their comments."""
    comments = 0
    for some in in_batches(keys):
        of_track = schema.comments.c.track_key.in_(some)
        comments += connection.execute(delete(schema.comments).where(of_track)).rowcount
        connection.execute(delete(schema.found).where(schema.found.c.track_key.in_(some)))
        connection.execute(delete(schema.tracks).where(schema.tracks.c.key.in_(some)))
    return comments


def _hide(connection: Connection, kind: WishKind, value: str, kept: str) -> None:
    """Let what an earlier wish has left in clear be kept as a hash."""
    wishes, stones = schema.optouts, schema.tombstones
    if kept != value:
        connection.execute(delete(wishes).where(wishes.c.kind == str(kind), wishes.c.value == value))
    of_wish = and_(stones.c.kind == str(kind), stones.c.value.in_([value, kept]))
    of_track = stones.c.track_key == value if kind is WishKind.TRACK else false()
    for stone in connection.execute(select(stones).where(or_(of_wish, of_track))).all():
        key = stone.track_key if stone.track_key.startswith(HIDDEN) else hidden(stone.track_key)
        connection.execute(delete(stones).where(stones.c.track_key == stone.track_key))
        told = {"track_key": key, "value": kept if stone.kind == kind else stone.value}
        upsert(connection, stones, [{**stone._mapping, **told}])


def _remove_author(connection: Connection, author_hash: str) -> int:
    table = schema.comments
    keys = dict(comments_of(connection, author_hash))
    removed = connection.execute(delete(table).where(table.c.author_hash == author_hash)).rowcount
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
