import io

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from emtool.dataset.clip import Clip, cut
from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound
from tests.dataset.making import RATE_HZ, accepted, sine

CONFIG = BuildConfig(seconds=1.0)


def clip_of(samples: NDArray[np.float32], start: int = 0, config: BuildConfig = CONFIG) -> Clip:
    stored = (np.atleast_2d(samples.T).T * 32767).astype(np.int16)
    sound = Sound(
        sample_rate_hz=RATE_HZ,
        channels=stored.shape[1],
        declared_s=None,
        correlation=1.0,
        failure=None,
        samples=len(stored),
        levels=np.zeros(1, np.float32),
        pcm=io.BytesIO(stored.tobytes()),
    )
    return cut(sound, start, (accepted("warm"),), config)


def test_measures_of_a_sine() -> None:
    clip = clip_of(sine(3.0, amplitude=0.5), start=8_000)
    assert (clip.start_s, clip.duration_s) == (0.5, 1.0)
    assert clip.level_dbfs == pytest.approx(-9.03, abs=0.05)
    assert clip.peak_dbfs == pytest.approx(-6.02, abs=0.05)
    assert (clip.silence, clip.clipped) == (0.0, 0.0)
    assert clip.dc < 0.001


def test_flac_keeps_every_sample() -> None:
    clip = clip_of(np.stack([sine(1.0), sine(1.0, hertz=300)], axis=1))
    samples, rate_hz = soundfile.read(io.BytesIO(clip.flac(RATE_HZ)), dtype="int16")
    assert rate_hz == RATE_HZ
    assert np.array_equal(samples, clip.samples)
    assert len(clip.channel_dbfs) == 2


def test_short_sound_is_padded_at_its_end() -> None:
    clip = clip_of(sine(0.8))
    assert clip.duration_s == pytest.approx(0.8)
    assert clip.samples.shape == (16_000, 1)
    assert not clip.samples[12_800:].any()


@pytest.mark.parametrize(("silent_s", "share"), [(0.0, 0.0), (0.5, 0.5), (1.0, 1.0)])
def test_silence(silent_s: float, share: float) -> None:
    loud = sine(1.0 - silent_s)
    clip = clip_of(np.concatenate([loud, np.zeros(RATE_HZ - len(loud), np.float32)]))
    assert clip.silence == pytest.approx(share, abs=0.11)


def test_silence_is_a_matter_of_the_level() -> None:
    whisper = sine(1.0, amplitude=0.001)  # -63 dBFS
    assert clip_of(whisper).silence == 1.0
    assert clip_of(whisper, config=BuildConfig(seconds=1.0, silence_dbfs=-70.0)).silence == 0.0


def test_clipping() -> None:
    assert clip_of(np.clip(sine(1.0, amplitude=3.0), -1, 1)).clipped > 0.5
    assert clip_of(sine(1.0, amplitude=0.98)).clipped == 0


def test_a_constant_offset() -> None:
    assert clip_of(sine(1.0) + np.float32(0.2)).dc == pytest.approx(0.2, abs=0.01)


def test_loudness_is_measured_and_left_alone() -> None:
    clip = clip_of(sine(1.0, hertz=997.0, amplitude=0.1))
    assert clip.loudness_lufs == pytest.approx(-23.0, abs=0.3)
    assert clip.gain_db == 0
    assert clip_of(np.zeros(RATE_HZ, np.float32)).loudness_lufs is None


@pytest.mark.parametrize(("amplitude", "gain_db"), [(0.1, 9.0), (0.7, -7.9)])
def test_loudness_is_brought_to_what_is_asked_for(amplitude: float, gain_db: float) -> None:
    config = BuildConfig(seconds=1.0, normalise_lufs=-14.0)
    clip = clip_of(sine(1.0, hertz=997.0, amplitude=amplitude), config=config)
    assert clip.gain_db == pytest.approx(gain_db, abs=0.4)
    samples, _ = soundfile.read(io.BytesIO(clip.flac(RATE_HZ)))
    expected = amplitude * 10 ** (clip.gain_db / 20)
    assert np.abs(samples).max() == pytest.approx(expected, abs=0.001)


def test_normalising_never_lifts_a_peak_above_the_ceiling() -> None:
    click = sine(1.0, hertz=997.0, amplitude=0.01)
    click[8_000] = 0.8
    clip = clip_of(click, config=BuildConfig(seconds=1.0, normalise_lufs=-14.0))
    samples, _ = soundfile.read(io.BytesIO(clip.flac(RATE_HZ)))
    assert np.abs(samples).max() == pytest.approx(10 ** (-1 / 20), abs=0.001)
