"""Clips that no comment speaks of: all accepted ones speak of another point of the track."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig


def reason(clip: Clip, _config: BuildConfig) -> str | None:
    """Drop a clip without a caption."""
    return None if clip.captions else "every accepted comment speaks of another point of the track"
