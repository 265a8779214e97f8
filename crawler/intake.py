"""What was learnt of a track goes into the store: comments, the vote, audio, or why it was left out."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import BindParameter, Connection, Update, bindparam, func, select, update

from emtool.crawler import optouts, rows, schema
from emtool.crawler.claims import ALONE, NOBODY, Claims
from emtool.crawler.clock import utc_now
from emtool.crawler.database import storable, upsert
from emtool.crawler.errors import LostClaimError
from emtool.crawler.media import Sound
from emtool.crawler.records import Comment, ListState, RankedComment, Track, TrackState
from emtool.crawler.store import Store

_KEY: BindParameter[str] = bindparam(
    "of_track"
)  # statements are built once: a crawl says the same ones for each track
_COMMENTS = schema.comments.c
_NEXT_POSITION = select(func.coalesce(func.max(_COMMENTS.position) + 1, 0)).where(_COMMENTS.track_key == _KEY)
_NO_RANKS = update(schema.comments).where(_COMMENTS.track_key == _KEY).values(rank=None, share=None)
_RANK = (
    update(schema.comments)
    .where(_COMMENTS.track_key == _KEY, _COMMENTS.id == bindparam("of_comment"))
    .values(rank=bindparam("its_rank"), share=bindparam("its_share"))
)


class Intake:
    """Writes one step of one track at a time; a step is in the store before the next request.

    Each raises LostClaimError if the track was taken out of the store meanwhile, or is no longer held by ``claims``.
    """

    def __init__(self, store: Store, claims: Claims = ALONE) -> None:
        self._store = store
        self._claims = claims
        self._updates: dict[tuple[str, ...], Update] = {}  # by the columns that they change

    def add_comments(
        self, track: Track, comments: Sequence[Comment], *, next_url: str | None, list_state: ListState
    ) -> None:
        """Keep one page of a track's comments, and what the page told of the track.

        Args:
            track: The track with everything that is known of it now.
            comments: A comment that is there already gets the text and the votes that it has now.
            next_url: Where the list goes on; None ends it.
            list_state: How much of the list was seen, this page included.
        """
        now = utc_now()
        progress = {
            "list_state": str(list_state),
            "next_comments_url": next_url,
            "comments_read": next_url is None,
            "fetched_at": now,
        }
        with self._store.write() as connection:
            self._update(connection, track.key, rows.track_row(track) | progress, pages=1)
            first = connection.scalar(_NEXT_POSITION, {"of_track": track.key}) or 0
            new = [
                rows.comment_row(track.key, comment) | {"position": position, "fetched_at": now}
                for position, comment in enumerate(optouts.wanted_comments(connection, comments), start=first)
            ]
            upsert(connection, schema.comments, new, update=("text", "votes", "fetched_at"))

    def save_vote(self, track_key: str, ranked: Sequence[RankedComment]) -> None:
        """Keep who won the vote of a track, which is VOTED from now on."""
        with self._store.write() as connection:
            connection.execute(_NO_RANKS, {"of_track": track_key})
            if ranked:
                connection.execute(_RANK, [_place(track_key, one) for one in ranked])
            self._update(connection, track_key, {"state": str(TrackState.VOTED), "reason": None})

    def skip(self, track_key: str, reason: str, *, decided_by: str) -> None:
        """Leave a track out; ``decided_by`` names the options: a run with others looks at it again."""
        told = {"state": str(TrackState.SKIPPED), "reason": reason, "decided_by": decided_by}
        with self._store.write() as connection:
            self._end(connection, track_key, told)

    def keep_text(self, track_key: str, reason: str, *, decided_by: str) -> None:
        """Let a track stay VOTED, as text without audio; ``decided_by`` as in ``skip``."""
        told = {"state": str(TrackState.VOTED), "reason": reason, "decided_by": decided_by}
        with self._store.write() as connection:
            self._end(connection, track_key, told)

    def finish(self, track_key: str) -> None:
        """Call a track DONE whose audio is in the store already."""
        with self._store.write() as connection:
            self._end(connection, track_key, {"state": str(TrackState.DONE), "reason": None})

    def fail(self, track_key: str, reason: str) -> None:
        """Note the error that ended a track for this run; a later run tries again."""
        with self._store.write() as connection:
            self._end(connection, track_key, {"state": str(TrackState.FAILED), "reason": reason})

    def add_audio(self, track_key: str, part: Path, *, sha256: str, url: str, sound: Sound) -> None:
        """Take a whole download in, under its hash; the track is DONE."""
        now = utc_now()
        row = {
            "sha256": sha256,
            "suffix": sound.suffix,
            "size_bytes": part.stat().st_size,
            "codec": sound.codec,
            "sample_rate_hz": sound.sample_rate_hz,
            "channels": sound.channels,
            "duration_s": sound.duration_s,
            "url": url,
            "fetched_at": now,
        }
        told = {"state": str(TrackState.DONE), "reason": None, "audio_sha256": sha256, "fetched_at": now}
        with self._store.audio.taking(), self._store.write() as connection:
            upsert(connection, schema.audio, [row])
            self._end(connection, track_key, told)
            self._store.audio.take(part, sha256, sound.suffix)

    def _end(self, connection: Connection, track_key: str, values: Mapping[str, Any]) -> None:
        self._update(connection, track_key, {**values, **NOBODY})

    def _update(
        self, connection: Connection, track_key: str, values: Mapping[str, Any], *, pages: int = 0
    ) -> None:
        told = {f"new_{name}": value for name, value in storable(values).items()}
        names = tuple(values)
        statement = self._updates.get(names)
        if statement is None:
            statement = self._updates[names] = self._updating(names)
        if not connection.execute(statement, told | {"of_track": track_key, "more_pages": pages}).rowcount:
            raise LostClaimError(
                f"track {track_key} was taken out of the store, or another process has it now"
            )

    def _updating(self, names: Iterable[str]) -> Update:
        table = schema.tracks
        new = {name: bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        pages = table.c.comment_pages + bindparam("more_pages")
        return (
            update(table)
            .where(table.c.key == _KEY, self._claims.hold(table))
            .values(new | {"comment_pages": pages})
        )


def _place(track_key: str, ranked: RankedComment) -> dict[str, object]:
    row = {"of_track": track_key, "of_comment": ranked.comment.id}
    return row | {"its_rank": ranked.rank, "its_share": ranked.share}
