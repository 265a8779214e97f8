"""Files that are lost, changed, or no sound at all."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound


def reason(sound: Sound, _config: BuildConfig) -> str | None:
    """Drop what ffmpeg could not decode."""
    return sound.failure
