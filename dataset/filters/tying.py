"""Tracks that would put one work, artist or recording into two splits."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.placing import Placed


def reason(track: Placed, _config: BuildConfig) -> str | None:
    """Drop what ties two splits together."""
    return track.ties_splits
