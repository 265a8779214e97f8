"""Files that are not as long as their page says: previews, cut downloads, other tracks."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound

_ROUNDING_S = 1.5  # pages round, and codecs add a little


def reason(sound: Sound, config: BuildConfig) -> str | None:
    """Compare the decoded length with the declared one."""
    if sound.declared_s is None:
        return None
    allowed_s = max(_ROUNDING_S, config.max_duration_error * sound.declared_s)
    if abs(sound.duration_s - sound.declared_s) <= allowed_s:
        return None
    return f"{sound.duration_s:.1f} s of sound, but its page says {sound.declared_s:.1f} s"
