"""Tracks of an artist who has given as many as the build takes."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.placing import Placed


def reason(track: Placed, config: BuildConfig) -> str | None:
    """Drop what is less voted than the tracks that fill an artist's share."""
    if not track.of_full_artist:
        return None
    return f"its artist has {config.max_per_artist} tracks with more votes already"
