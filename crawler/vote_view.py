"""The vote of one stored track as a person reads it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from emtool.crawler import schema
from emtool.crawler.errors import UsageError
from emtool.crawler.records import Comment
from emtool.crawler.store import Store
from emtool.crawler.voting import rank

_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A comment in the ranking."""

    rank: int
    votes: int | None
    share: float | None  # of all known votes of the track
    vote_kind: str
    age_days: float | None  # when it was fetched; None where the site does not tell when it was written
    text: str
    id: str
    author_hash: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """The comments of a track, most voted first."""

    track: str
    title: str
    url: str
    state: str
    list_state: str  # complete, partial, blocked or disabled
    comments: int  # stored, also those that are not shown
    known_votes: int  # their sum
    placed: tuple[Placed, ...]

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self) | {"placed": [asdict(one) for one in self.placed]}


def ranking(store: Store, name: str, *, top: int) -> Ranking:
    """Rank the stored comments of a track, as a crawl with ``--top TOP`` and no floor does.

    Args:
        store: What was collected.
        name: The key of the track, or the address of its page.
        top: Comments to give at most.

    Raises:
        UsageError: The store has no such track.
    """
    tracks, table = schema.tracks, schema.comments
    with store.read() as connection:
        row = connection.execute(
            select(tracks).where((tracks.c.key == name) | (tracks.c.url == name))
        ).first()
        if row is None:
            raise UsageError(
                f"no track {name!r} in {store.folder}: give its key, SOURCE:ID, or the address of its page"
            )
        times = select(table.c.id, table.c.fetched_at).where(table.c.track_key == row.key)
        fetched = {one.id: one.fetched_at for one in connection.execute(times)}
    comments = store.comments(row.key)
    placed = [
        Placed(
            rank=one.rank,
            votes=one.comment.votes,
            share=one.share,
            vote_kind=str(one.comment.vote_kind),
            age_days=age_days(one.comment.written_at, fetched[one.comment.id]),
            text=one.comment.text,
            id=one.comment.id,
            author_hash=one.comment.author_hash,
        )
        for one in rank(comments, top=top)
    ]
    return Ranking(
        track=row.key,
        title=row.title,
        url=row.url,
        state=row.state,
        list_state=row.list_state,
        comments=len(comments),
        known_votes=_known(comments),
        placed=tuple(placed),
    )


def age_days(written_at: str | None, fetched_at: str) -> float | None:
    """Give the days between writing and fetching; None where either is no date of ISO 8601."""
    try:
        written, fetched = (_moment(text) for text in (written_at or "", fetched_at))
    except ValueError:
        return None
    return round((fetched - written).total_seconds() / _DAY_S, 1)


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _known(comments: Sequence[Comment]) -> int:
    return sum(max(comment.votes, 0) for comment in comments if comment.votes is not None)
