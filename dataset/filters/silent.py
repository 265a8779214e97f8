"""Clips with too little sound in them."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip that is mostly below the level of silence."""
    if clip.silence <= config.max_silence:
        return None
    return f"{clip.silence:.0%} of the clip is below {config.silence_dbfs:g} dBFS"
