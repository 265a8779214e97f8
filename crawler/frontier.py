"""What is left to do: listings that are being read, tracks that were found, and how far each has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from emtool.crawler import optouts, rows, schema
from emtool.crawler.clock import utc_now
from emtool.crawler.database import upsert
from emtool.crawler.files import fingerprint
from emtool.crawler.records import ListState, Page, Track, TrackState
from emtool.crawler.store import Store

# A track that is VOTED for a reason stays so: it is text without audio.
_LEFT = or_(
    schema.tracks.c.state == str(TrackState.FOUND),
    and_(schema.tracks.c.state == str(TrackState.VOTED), schema.tracks.c.reason.is_(None)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A list of tracks on a site, for one query, and how much of it was read."""

    id: str
    next_url: str | None  # where it goes on; None is its first page, or none at all if it is finished
    tracks: int  # found on it so far
    finished: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A track with something left to do."""

    track: Track
    comments_read: bool
    comment_pages: int  # read so far
    next_comments_url: str | None  # where an interrupted list of comments goes on
    has_audio: bool  # from the address that it has now: its comments alone are read again


class Frontier:
    """Hands out the work of one store, and takes in what was found."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def open_listing(self, source: str, query: str | None, *, refresh: bool) -> Listing:
        """Give the listing of a query as it stands; ``refresh`` starts it again from its first page."""
        listing_id = fingerprint([source, query])
        table = schema.listings
        with self._store.write() as connection:
            row = {"id": listing_id, "source": source, "query": query, "finished": False}
            upsert(connection, table, [row])
            if refresh:
                again = update(table).where(table.c.id == listing_id)
                connection.execute(again.values(finished=False, next_url=None))
        return self.listing(listing_id)

    def listing(self, listing_id: str) -> Listing:
        """Give a listing as it stands now."""
        table = schema.listings
        number = select(func.count()).where(schema.found.c.listing_id == listing_id)
        with self._store.read() as connection:
            row = connection.execute(select(table).where(table.c.id == listing_id)).one()
            tracks = connection.scalar(number) or 0
        return Listing(id=listing_id, next_url=row.next_url, tracks=tracks, finished=row.finished)

    def add_page(self, listing_id: str, page: Page, *, read_again: bool = False) -> None:
        """Keep the tracks of one page of a listing, and where the listing goes on.

        ``read_again`` takes up tracks that were finished; their audio stays if its address is the same.
        """
        table = schema.listings
        with self._store.write() as connection:
            wanted = optouts.wanted_tracks(connection, page.tracks)
            if read_again:
                _read_again(connection, wanted)
            upsert(connection, schema.tracks, [_new_row(track) for track in wanted])
            self._add_found(connection, listing_id, wanted)
            connection.execute(
                update(table)
                .where(table.c.id == listing_id)
                .values(next_url=page.next_url, finished=page.next_url is None)
            )

    def reopen(self, listing_id: str, *, limit: int | None, decided_by: str) -> int:
        """Take up what failed and what other options than ``decided_by`` skipped; give their number."""
        table = schema.tracks
        failed = table.c.state == str(TrackState.FAILED)
        settled = table.c.state.in_([str(TrackState.SKIPPED), str(TrackState.VOTED)])
        skipped = and_(settled, table.c.reason.is_not(None), table.c.decided_by != decided_by)
        keys = select(schema.found.c.track_key).where(*_within(listing_id, limit))
        with self._store.write() as connection:
            changed = connection.execute(
                update(table)
                .where(or_(failed, skipped), table.c.key.in_(keys))
                .values(state=str(TrackState.FOUND), reason=None)
            )
        return changed.rowcount

    def pending(self, listing_id: str, *, limit: int | None, batch: int = 100) -> list[Pending]:
        """Give tracks that have something left to do, in the order in which they were found."""
        table = schema.tracks
        wanted = (
            select(table)
            .join(schema.found, schema.found.c.track_key == table.c.key)
            .where(_LEFT, *_within(listing_id, limit))
            .order_by(schema.found.c.position)
            .limit(batch)
        )
        with self._store.read() as connection:
            found = connection.execute(wanted).all()
        return [
            Pending(
                track=rows.track(row),
                comments_read=row.comments_read,
                comment_pages=row.comment_pages,
                next_comments_url=row.next_comments_url,
                has_audio=row.audio_sha256 is not None,
            )
            for row in found
        ]

    def outcome(
        self, listing_ids: Collection[str], *, limit: int | None
    ) -> list[tuple[TrackState, str | None, int]]:
        """Count the tracks of some listings by state and reason; a track on two of them counts once."""
        table = schema.tracks
        within = or_(*(and_(*_within(listing_id, limit)) for listing_id in listing_ids))
        keys = select(schema.found.c.track_key).where(within)
        group = (table.c.state, table.c.reason)
        wanted = select(*group, func.count()).where(table.c.key.in_(keys)).group_by(*group).order_by(*group)
        with self._store.read() as connection:
            return [
                (TrackState(state), reason, number) for state, reason, number in connection.execute(wanted)
            ]

    @staticmethod
    def _add_found(connection: Connection, listing_id: str, tracks: Sequence[Track]) -> None:
        table = schema.found
        next_position = select(func.coalesce(func.max(table.c.position) + 1, 0)).where(
            table.c.listing_id == listing_id
        )
        known = select(table.c.track_key).where(table.c.listing_id == listing_id)
        first = connection.scalar(next_position) or 0
        seen = set(connection.scalars(known.where(table.c.track_key.in_([track.key for track in tracks]))))
        new = [key for key in dict.fromkeys(track.key for track in tracks) if key not in seen]
        upsert(
            connection,
            table,
            [
                {"listing_id": listing_id, "track_key": key, "position": position}
                for position, key in enumerate(new, start=first)
            ],
        )


def _within(listing_id: str, limit: int | None) -> list[ColumnElement[bool]]:
    of_listing = schema.found.c.listing_id == listing_id
    return [of_listing] if limit is None else [of_listing, schema.found.c.position < limit]


def _read_again(connection: Connection, tracks: Sequence[Track]) -> None:
    table = schema.tracks
    beginning = {
        "state": str(TrackState.FOUND),
        "reason": None,
        "comments_read": False,
        "comment_pages": 0,
        "next_comments_url": None,
    }
    connection.execute(
        update(table).where(table.c.key.in_([track.key for track in tracks])).values(beginning)
    )
    for track in tracks:
        moved = table.c.audio_url.is_distinct_from(track.audio_url)
        connection.execute(update(table).where(table.c.key == track.key, moved).values(audio_sha256=None))


def _new_row(track: Track) -> dict[str, object]:
    return rows.track_row(track) | {
        "state": str(TrackState.FOUND),
        "list_state": str(ListState.PARTIAL),
        "comments_read": False,
        "comment_pages": 0,
        "fetched_at": utc_now(),
    }
