"""Tracks of which no comment was accepted."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack


def reason(track: PlannedTrack, _config: BuildConfig) -> str | None:
    """Drop a track without captions."""
    return None if track.captions else f"none of its {track.comments} comments was accepted"
