"""Which filters are asked, in which order, and what each group looks at."""

from functools import cache
from typing import Any, Protocol, cast

from emtool.crawler import registry
from emtool.dataset.config import BuildConfig

FILTERS = "emtool.dataset.filters"

STORED = ("no-audio", "licence")
"""Look at a ``StoredTrack``."""
CHEAP = (
    "unsafe", "empty", "few-votes", "repeated", "too-short", "too-long", "language", "advert", "chatter", "copied",
)  # fmt: skip
"""Look at a ``Candidate`` before it is judged."""
JUDGED = ("not-describing",)
"""Look at a ``Candidate`` with its relevance and tags."""
TEXTED = ("no-caption", "no-tags")
"""Look at a ``PlannedTrack`` once its comments are chosen."""
PLANNED = ("same-file",)
"""Look at a ``PlannedTrack`` among all that have captions."""
SOUND = ("unreadable", "endless", "brief", "wrong-duration", "inverted")
"""Look at a ``Sound``: a decoded file."""
CLIP = ("silent", "clipped", "shifted", "dead-channel", "speech", "no-music", "uncaptioned")
"""Look at a ``Clip``."""
PLACED = ("same-recording", "artist-full", "tying")
"""Look at a ``Placed`` track among all that gave clips."""

GROUPS = {
    "stored": STORED, "cheap": CHEAP, "judged": JUDGED, "texted": TEXTED, "planned": PLANNED,
    "sound": SOUND, "clip": CLIP, "placed": PLACED,
}  # fmt: skip


class Filter(Protocol):
    """What every file of ``emtool.dataset.filters`` holds."""

    def reason(self, subject: Any, config: BuildConfig, /) -> str | None:
        """Say why the subject goes, or None to keep it."""


def first_reason(names: tuple[str, ...], subject: Any, config: BuildConfig) -> tuple[str, str] | None:
    """Ask filters in order; give the name and the reason of the first that drops the subject."""
    for name in names:
        reason = _filter(name).reason(subject, config)
        if reason is not None:
            return name, reason
    return None


@cache
def _filter(name: str) -> Filter:
    return cast(Filter, registry.load(FILTERS, name))
