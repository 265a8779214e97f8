"""Tracks whose sound was not fetched."""

from emtool.crawler.store import StoredTrack
from emtool.dataset.config import BuildConfig


def reason(track: StoredTrack, _config: BuildConfig) -> str | None:
    """Drop a track without audio in the store."""
    if track.audio_sha256:
        return None
    return f"no audio in the store, state {track.state}" + (f": {track.reason}" if track.reason else "")
