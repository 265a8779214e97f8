"""Files of which one side is the other upside down: played in mono, nothing is left of them."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound

_OPPOSED = -0.9


def reason(sound: Sound, _config: BuildConfig) -> str | None:
    """Drop a file whose sides cancel each other."""
    if sound.correlation > _OPPOSED:
        return None
    return f"its channels cancel each other: correlation {sound.correlation:.2f}"
