"""Tracks whose comments name nothing that the tag vocabulary knows."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack


def reason(track: PlannedTrack, config: BuildConfig) -> str | None:
    """Drop a track without tags where tags are to be a text."""
    if config.format == "free-form" or any(caption.tags for caption in track.captions):
        return None
    return f"no tag in its comments, and --format {config.format} needs one"
