"""Clips in which somebody talks: readings, radio, announcements."""

from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig
from emtool.dataset.hearing import Heard

_SWING_DB = 12.0  # of syllables and pauses; a flute that the network takes for speech has less
_LITTLE_MUSIC, _NO_MUSIC = 0.1, 0.03
_VOICE = 0.7


def reason(clip: Clip, config: BuildConfig) -> str | None:
    """Drop a clip that is mostly speech, or a voice without music that is half speech, as slow talk is heard."""
    heard = clip.heard
    if heard is None or not (_talk(heard, config) or _slow_talk(heard, config)):
        return None
    return f"speech {heard.speech:.2f}, singing {heard.singing:.2f}, music {heard.music:.2f}"


def _talk(heard: Heard, config: BuildConfig) -> bool:
    """Much speech, and a level that swings as that of speech, or no music beside it."""
    return heard.speech >= config.max_speech and (heard.swing_db >= _SWING_DB or heard.music < _LITTLE_MUSIC)


def _slow_talk(heard: Heard, config: BuildConfig) -> bool:
    alone = heard.speech + heard.singing >= _VOICE and heard.music < _NO_MUSIC
    return alone and heard.speech >= config.max_speech / 2 and heard.swing_db >= _SWING_DB
