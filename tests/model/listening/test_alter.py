import numpy as np
import pytest

from emtool.model.listening.alter import add_noise, low_pass, rms, white_noise, with_low_pass, with_noise
from tests.model.listening.test_features import sine
from tests.model.orchestra import RATE_HZ, sounds


@pytest.mark.parametrize("tilt", [0.0, -0.5, 0.5])
@pytest.mark.parametrize("snr_db", [0, 20])
def test_noise_has_the_level_that_was_asked_for(snr_db: float, tilt: float) -> None:
    clip = sine(440)
    noise = add_noise(clip, snr_db, np.random.default_rng(0), tilt=tilt) - clip
    assert 20 * np.log10(rms(clip) / rms(noise)) == pytest.approx(snr_db, abs=0.2)


def test_tilt_moves_the_noise_down_or_up() -> None:
    def share_below_1_khz(tilt: float) -> float:
        noise = add_noise(sine(440), 0, np.random.default_rng(0), tilt=tilt) - sine(440)
        power = np.abs(np.fft.rfft(noise)) ** 2
        return float(power[:1000].sum() / power.sum())

    assert share_below_1_khz(-0.5) > 1.3 * share_below_1_khz(0) > 1.5 * share_below_1_khz(0.5)


def test_low_pass_dulls() -> None:
    assert rms(low_pass(sine(500), 1000, RATE_HZ)) == pytest.approx(rms(sine(500)), rel=0.01)
    assert rms(low_pass(sine(2000), 1000, RATE_HZ)) < 0.1 * rms(sine(2000))


def test_altered_sounds_are_the_same_every_time() -> None:
    clips = sounds(2, 0)
    noisy = with_noise(clips, 20, seed=1)
    assert np.array_equal(noisy.read(1), noisy.read(1))
    assert not np.array_equal(noisy.read(1), clips.read(1))
    assert not np.array_equal(noisy.read(1), with_noise(clips, 20, seed=2).read(1))
    assert with_low_pass(clips, 500).read(0).shape == clips.read(0).shape


def test_white_noise_is_another_for_every_clip() -> None:
    noise = white_noise(3, 0.5, RATE_HZ, seed=0)
    assert len(noise) == 3
    assert noise.read(0).shape == (1, RATE_HZ // 2)
    assert noise.read(0).dtype == np.float32
    assert not np.array_equal(noise.read(0), noise.read(1))


def test_rms_of_nothing_is_0() -> None:
    assert rms(np.zeros(0, np.float32)) == 0
