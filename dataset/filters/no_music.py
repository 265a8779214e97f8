"""Clips of noise: wind, crowds, hiss, broken files."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig

_NO_PARTIALS = 0.04  # of the power: white noise has 0.02, and of real music only ambiences of noise have less


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip where the network hears neither music nor a voice, and no partials stand out of the noise."""
    heard = clip.heard
    if heard is None:
        return None
    sounding = max(heard.music, heard.singing, heard.speech)
    if sounding >= config.min_music or heard.tonal >= _NO_PARTIALS:
        return None
    return f"music {sounding:.2f}, below {config.min_music:g}, and {heard.tonal:.0%} of it in partials: noise"
