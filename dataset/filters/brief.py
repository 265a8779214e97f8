"""Files that are shorter than a clip."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound


def reason(sound: Sound, config: BuildConfig) -> str | None:
    """Drop a file that would have to be padded with too much silence."""
    needed_s = config.seconds * config.min_filled
    if sound.samples >= round(needed_s * sound.sample_rate_hz):
        return None
    return f"{sound.duration_s:.2f} s of sound, shorter than {needed_s:.2f} s"
