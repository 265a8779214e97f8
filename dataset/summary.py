"""What a build tells its caller."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Self


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildSummary:
    """A finished dataset in numbers; the same as its ``build.json`` tells."""

    folder: Path
    name: str
    format: str
    fingerprint: str
    splits: Mapping[str, int]
    hours: float
    funnel: Mapping[str, Mapping[str, int]]  # counts, rejected, private
    reused: bool  # it was there already, so nothing was done

    @property
    def clips(self) -> int:
        """Rows of all splits."""
        return sum(self.splits.values())

    @classmethod
    def of(cls, folder: Path, build: Mapping[str, Any], *, reused: bool) -> Self:
        """Read it out of ``build.json``."""
        kept = ("name", "format", "fingerprint", "splits", "hours", "funnel")
        return cls(folder=folder, reused=reused, **{key: build[key] for key in kept})

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self) | {"folder": str(self.folder), "clips": self.clips}
