"""What the crawler collects: frozen records, units in the names, JSON in and out.

A *track key* is ``source:id``; it is the one name of a track in the store, the dataset and the reports.
"""

from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any, Self


class VoteKind(StrEnum):
    """What a vote of a source says; votes of different kinds or sources are never compared unnormalised."""

    LIKES = "likes"
    SCORE = "score"
    AGREEMENTS = "agreements"
    REACTIONS = "reactions"
    STARS = "stars"
    NONE = "none"


class ListState(StrEnum):
    """How much of a track's comment list was seen."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    BLOCKED = "blocked"
    DISABLED = "disabled"


class TrackState(StrEnum):
    """How far a track has come; every state is written before the next step begins."""

    FOUND = "found"  # its page is known, its comments are not read yet
    VOTED = "voted"  # comments stored and ranked, audio not fetched yet
    DONE = "done"  # audio stored
    SKIPPED = "skipped"  # too few votes, no describing comment, or no licence: the reason is stored
    FAILED = "failed"  # an error ended it: the reason is stored, a later run tries again


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """One piece of music as a site presents it."""

    source: str
    id: str  # the source's own id
    title: str
    url: str  # the page that a person can open
    audio_url: str | None = None
    artist: str | None = None
    licence: str | None = None  # SPDX, or None where the site states none that is known
    licence_text: str | None = None  # what the site said, word for word
    duration_s: float | None = None
    work_id: str | None = None  # the composition; tracks that share it never stand in two splits
    source_tags: tuple[str, ...] = ()  # the site's own tags, kept apart from tags drawn from comments

    @property
    def key(self) -> str:
        """``source:id``."""
        return f"{self.source}:{self.id}"

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value that ``from_json`` turns back into an equal record."""
        return asdict(self) | {"source_tags": list(self.source_tags)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of ``to_json``."""
        return cls(**(value | {"source_tags": tuple(value.get("source_tags", ()))}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment:
    """One comment under a track; the writer is known only by a keyed hash."""

    id: str
    text: str
    votes: int | None = None  # None is unknown, which is not zero
    vote_kind: VoteKind = VoteKind.NONE
    written_at: str | None = None  # ISO 8601, as exact as the site tells
    author_hash: str | None = None
    parent_id: str | None = None  # the comment that this one answers
    offset_s: float | None = None  # the point of the track that it speaks of

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value that ``from_json`` turns back into an equal record."""
        return asdict(self) | {"vote_kind": str(self.vote_kind)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of ``to_json``."""
        return cls(**(value | {"vote_kind": VoteKind(value.get("vote_kind", "none"))}))


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedComment:
    """A comment with its place in the vote of its track."""

    comment: Comment
    rank: int  # 1 is the most voted
    share: float | None  # its part of all known votes of the track, 0 to 1; None where no vote is known


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Why a request was allowed or not."""

    url: str
    checked_at: str  # ISO 8601, UTC
    allowed: bool
    rule: str  # which check decided: "robots.txt", "ai.txt", "licence", ...
    detail: str = field(default="")  # the raw line that decided


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One parsed answer of a site: tracks or comments, and where the next one is."""

    tracks: tuple[Track, ...] = ()
    comments: tuple[Comment, ...] = ()
    next_url: str | None = None
    list_state: ListState = ListState.COMPLETE
