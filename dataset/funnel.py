"""What went in, what came out, and why the rest did not."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One line of ``rejected.jsonl``."""

    track: str
    comment: str | None = None  # the comment's id; None where the whole track or a clip of it went
    filter: str
    reason: str
    text: str | None = None  # without personal data

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value without the fields that say nothing."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(slots=True, kw_only=True)
class Funnel:
    """Counts of one step or of many added together."""

    counts: Counter[str] = field(default_factory=Counter)  # tracks, comments, accepted_comments, ...
    rejected: Counter[str] = field(default_factory=Counter)  # by filter
    private: Counter[str] = field(default_factory=Counter)  # personal data taken out, by kind

    def reject(self, rejections: Iterable[Rejection]) -> None:
        """Count reasons."""
        self.rejected.update(rejection.filter for rejection in rejections)

    def add(self, other: "Funnel") -> None:
        """Add the counts of another part of the work."""
        self.counts.update(other.counts)
        self.rejected.update(other.rejected)
        self.private.update(other.private)

    def to_json(self) -> dict[str, dict[str, int]]:
        """Give sorted JSON objects, so that equal funnels give equal bytes."""
        return {name: dict(sorted(getattr(self, name).items())) for name in ("counts", "rejected", "private")}

    @classmethod
    def from_json(cls, value: Mapping[str, Mapping[str, int]]) -> Self:
        """Inverse of ``to_json``."""
        return cls(**{name: Counter(counts) for name, counts in value.items()})
