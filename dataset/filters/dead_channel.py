"""Stereo clips of which one side is silent."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip with a channel below the level of silence."""
    levels = clip.channel_dbfs
    if len(levels) < 2 or min(levels) >= config.silence_dbfs:
        return None
    return f"channel {levels.index(min(levels)) + 1} of {len(levels)} is silent"
