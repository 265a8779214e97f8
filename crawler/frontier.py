"""What is left to do: listings that are being read, tracks that were found, and how far each has come."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, and_, func, or_, select, update

from emtool.crawler import optouts, rows, schema
from emtool.crawler.claims import ALONE, NOBODY, Claims
from emtool.crawler.clock import utc_now
from emtool.crawler.database import upsert
from emtool.crawler.errors import LostClaimError
from emtool.crawler.files import fingerprint
from emtool.crawler.records import ListState, Page, Track, TrackState
from emtool.crawler.store import Store

_BATCH = 100
_CLAIMED_AT_ONCE = 5  # few, so that the last ones are spread over all who work

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
    """Hands out the work of one store, and takes in what was found; ``claims`` keeps others from the same work."""

    def __init__(self, store: Store, claims: Claims = ALONE) -> None:
        self._store = store
        self._claims = claims

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

        Raises:
            LostClaimError: Another process reads the listing by now.
        """
        table = schema.listings
        mine = (table.c.id == listing_id, self._claims.hold(table))
        progress = {"next_url": page.next_url, "finished": page.next_url is None}
        with self._store.write() as connection:
            if not connection.execute(update(table).where(*mine).values(progress)).rowcount:
                raise LostClaimError(f"listing {listing_id}: another process reads it now")
            wanted = optouts.wanted_tracks(connection, page.tracks)
            if read_again:
                _read_again(connection, wanted)
            upsert(connection, schema.tracks, [_new_row(track) for track in wanted])
            self._add_found(connection, listing_id, wanted)

    def take_listing(self, listing_id: str) -> bool:
        """Begin to read a listing, unless another process reads it."""
        if self._claims.holder is None:
            return True
        wanted = select(schema.listings).where(schema.listings.c.id == listing_id)
        with self._store.claiming() as connection:
            return bool(self._claims.take(connection, schema.listings, wanted))

    def leave_listing(self, listing_id: str) -> None:
        """End to read a listing; others may go on with it."""
        table = schema.listings
        with self._store.write() as connection:
            connection.execute(
                update(table).where(table.c.id == listing_id, self._claims.hold(table)).values(NOBODY)
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

    def pending(self, listing_id: str, *, limit: int | None) -> list[Pending]:
        """Give some tracks that have something left to do and no other holder, in the order of the listing."""
        table = schema.tracks
        wanted = (
            select(table)
            .join(schema.found, schema.found.c.track_key == table.c.key)
            .where(_LEFT, *_within(listing_id, limit))
            .order_by(schema.found.c.position)
        )
        if self._claims.holder is None:
            with self._store.read() as connection:
                found = connection.execute(wanted.limit(_BATCH)).all()
        else:
            with self._store.claiming() as connection:
                found = self._claims.take(connection, table, wanted.limit(_CLAIMED_AT_ONCE))
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

    def is_held_elsewhere(self, listing_id: str, *, limit: int | None) -> bool:
        """Tell whether other processes still work on tracks of a listing, after ``pending`` had none to give."""
        if self._claims.holder is None:
            return False
        table = schema.tracks
        left = select(table.c.key).join(schema.found, schema.found.c.track_key == table.c.key)
        with self._store.read() as connection:
            return (
                connection.execute(left.where(_LEFT, *_within(listing_id, limit)).limit(1)).first()
                is not None
            )

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
    } | NOBODY
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
