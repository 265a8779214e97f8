"""Clips with a constant offset (DC): a fault of the recording that a model would learn."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip whose mean is far from zero."""
    if clip.dc <= config.max_dc:
        return None
    return f"constant offset of {clip.dc:.3f} of full scale"
