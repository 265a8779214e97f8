"""Records as rows of the store's tables, and back."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from emtool.crawler.records import Comment, ListState, RankedComment, Track, TrackState, VoteKind

TRACK_COLUMNS = (
    "source",
    "id",
    "title",
    "url",
    "audio_url",
    "artist",
    "licence",
    "licence_text",
    "duration_s",
    "work_id",
    "source_tags",
)
COMMENT_COLUMNS = ("id", "text", "votes", "vote_kind", "written_at", "author_hash", "parent_id", "offset_s")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredTrack:
    """A track and how far it has come."""

    track: Track
    state: TrackState
    list_state: ListState
    audio_sha256: str | None
    audio_suffix: str | None
    fetched_at: str  # ISO 8601, UTC: the last request that told something new of it
    reason: str | None  # why it was skipped or has failed


def track_row(track: Track) -> dict[str, Any]:
    """Give the columns that a track fills by itself."""
    return {name: getattr(track, name) for name in TRACK_COLUMNS} | {
        "key": track.key,
        "source_tags": list(track.source_tags),
    }


def track(row: Row[Any]) -> Track:
    """Read a track from a row with ``TRACK_COLUMNS``."""
    told = {name: getattr(row, name) for name in TRACK_COLUMNS}
    return Track(**(told | {"source_tags": tuple(row.source_tags)}))


def stored_track(row: Row[Any]) -> StoredTrack:
    """Read a track and its state from a row of tracks joined with audio."""
    return StoredTrack(
        track=track(row),
        state=TrackState(row.state),
        list_state=ListState(row.list_state),
        audio_sha256=row.audio_sha256,
        audio_suffix=row.suffix,
        fetched_at=row.fetched_at,
        reason=row.reason,
    )


def comment_row(track_key: str, comment: Comment) -> dict[str, Any]:
    """Give the columns that a comment fills by itself."""
    return {name: getattr(comment, name) for name in COMMENT_COLUMNS} | {
        "track_key": track_key,
        "vote_kind": str(comment.vote_kind),
    }


def comment(row: Row[Any]) -> Comment:
    """Read a comment from a row with ``COMMENT_COLUMNS``."""
    told = {name: getattr(row, name) for name in COMMENT_COLUMNS}
    return Comment(**(told | {"vote_kind": VoteKind(row.vote_kind)}))


def ranked_comment(row: Row[Any]) -> RankedComment:
    """Read a comment with its place in the vote."""
    return RankedComment(comment=comment(row), rank=row.rank, share=row.share)
