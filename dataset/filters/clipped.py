"""Clips that were recorded or mixed too loud."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip with too many samples at full scale."""
    if clip.clipped <= config.max_clipped:
        return None
    return f"{clip.clipped:.1%} of the samples stand at full scale"
