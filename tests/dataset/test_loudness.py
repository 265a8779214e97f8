import math

import numpy as np
import pytest

from emtool.dataset.loudness import amplified, gain_db, lufs
from tests.dataset.making import sine


def stored(amplitude: float, *, seconds: float = 4, rate_hz: int = 48_000, channels: int = 1) -> np.ndarray:
    tone = sine(seconds, hertz=997, amplitude=amplitude, rate_hz=rate_hz)
    return np.tile(np.rint(tone * 32767).astype(np.int16)[:, None], channels)


@pytest.mark.parametrize(("rate_hz", "abs_lu"), [(48_000, 0.1), (16_000, 0.2), (8_000, 0.5)])
def test_the_reference_tone_of_the_standard(rate_hz: int, abs_lu: float) -> None:
    """BS.1770: 997 Hz at 0 dBFS in one channel reads -3.01 LUFS, and a gain shifts the reading by itself."""
    assert lufs(stored(0.999, rate_hz=rate_hz), rate_hz) == pytest.approx(-3.01, abs=abs_lu)
    assert lufs(stored(0.0999, rate_hz=rate_hz), rate_hz) == pytest.approx(-23.01, abs=abs_lu)


def test_two_channels_are_3_lu_louder_than_one() -> None:
    one, two = lufs(stored(0.1), 48_000), lufs(stored(0.1, channels=2), 48_000)
    assert one is not None
    assert two == pytest.approx(one + 10 * math.log10(2), abs=0.01)


def test_what_has_no_loudness() -> None:
    assert lufs(np.zeros((64_000, 1), np.int16), 16_000) is None
    assert lufs(stored(0.5, seconds=0.39), 48_000) is None
    assert lufs(stored(0.5, rate_hz=3_000), 3_000) is None
    assert lufs(np.ones((64_000, 1), np.int16), 16_000) is None  # -90 dBFS, below the absolute gate
    assert lufs(np.empty((0, 1), np.int16), 16_000) is None


def test_a_gain_stops_at_the_peak() -> None:
    assert gain_db(-20.0, -12.0, None) == 0
    assert gain_db(None, -120.0, -14.0) == 0
    assert gain_db(-20.0, -12.0, -14.0) == 6
    assert gain_db(-20.0, -3.0, -14.0) == 2
    assert gain_db(-10.0, 0.0, -14.0) == -4


def test_a_gain_is_applied_without_overflow() -> None:
    samples = np.array([[-32768], [0], [100], [20_000]], np.int16)
    assert amplified(samples, 0.0) is samples
    assert amplified(samples, -6.0206).ravel().tolist() == [-16384, 0, 50, 10_000]
    assert amplified(samples, 20.0).ravel().tolist() == [-32768, 0, 1000, 32767]
