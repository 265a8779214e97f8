"""Files that are mixes, streams or broadcasts."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound


def reason(sound: Sound, config: BuildConfig) -> str | None:
    """Drop a file that goes on for too long."""
    if sound.duration_s <= config.max_track_s:
        return None
    return f"longer than {config.max_track_s:g} s"
