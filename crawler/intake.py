"""What was learnt of a track goes into the store: comments, the vote, audio, or why it was left out."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, func, select, update

from emtool.crawler import optouts, rows, schema
from emtool.crawler.claims import ALONE, NOBODY, Claims
from emtool.crawler.clock import utc_now
from emtool.crawler.database import storable, upsert
from emtool.crawler.errors import LostClaimError
from emtool.crawler.media import Sound
from emtool.crawler.records import Comment, ListState, RankedComment, Track, TrackState
from emtool.crawler.store import Store


class Intake:
    """Writes one step of one track at a time; a step is in the store before the next begins.

    Each raises LostClaimError if the track was taken out of the store meanwhile, or is no longer held by ``claims``.
    """

    def __init__(self, store: Store, claims: Claims = ALONE) -> None:
        self._store = store
        self._claims = claims

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
            "comment_pages": schema.tracks.c.comment_pages + 1,
            "comments_read": next_url is None,
            "fetched_at": now,
        }
        table = schema.comments
        next_position = select(func.coalesce(func.max(table.c.position) + 1, 0)).where(
            table.c.track_key == track.key
        )
        with self._store.write() as connection:
            self._update(connection, track.key, rows.track_row(track) | progress)
            first = connection.scalar(next_position) or 0
            new = [
                rows.comment_row(track.key, comment) | {"position": position, "fetched_at": now}
                for position, comment in enumerate(optouts.wanted_comments(connection, comments), start=first)
            ]
            upsert(connection, table, new, update=("text", "votes", "fetched_at"))

    def save_vote(self, track_key: str, ranked: Sequence[RankedComment]) -> None:
        """Keep who won the vote of a track, which is VOTED from now on."""
        table = schema.comments
        of_track = table.c.track_key == track_key
        with self._store.write() as connection:
            connection.execute(update(table).where(of_track).values(rank=None, share=None))
            for one in ranked:
                place = {"rank": one.rank, "share": one.share}
                connection.execute(update(table).where(of_track, table.c.id == one.comment.id).values(place))
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

    def _update(self, connection: Connection, track_key: str, values: Mapping[str, Any]) -> None:
        table = schema.tracks
        mine = (table.c.key == track_key, self._claims.hold(table))
        if not connection.execute(update(table).where(*mine).values(storable(values))).rowcount:
            raise LostClaimError(
                f"track {track_key} was taken out of the store, or another process has it now"
            )
