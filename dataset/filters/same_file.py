"""Tracks whose sound is, byte for byte, that of another track."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack


def reason(track: PlannedTrack, _config: BuildConfig) -> str | None:
    """Keep the first track, by key, of those that share a file."""
    return f"the same file as {track.same_file_as}" if track.same_file_as else None
