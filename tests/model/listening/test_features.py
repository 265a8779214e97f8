import numpy as np
import pytest
from numpy.typing import NDArray

from emtool.model.listening.features import (
    BANDS,
    chroma,
    log_mel,
    mel_edges_hz,
    rhythm,
    spectrum_statistics,
    timbre,
)
from tests.model.orchestra import RATE_HZ, play

ALL = (timbre, spectrum_statistics, rhythm, chroma)


def sine(hertz: float, seconds: float = 1.0, rate_hz: int = RATE_HZ) -> NDArray[np.float32]:
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (0.3 * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


@pytest.mark.parametrize("rate_hz", [8000, 16_000, 44_100])
@pytest.mark.parametrize("hertz", [220, 880, 3000])
def test_a_sine_is_loudest_in_the_band_around_it(rate_hz: int, hertz: float) -> None:
    loudest = int(log_mel(sine(hertz, rate_hz=rate_hz), rate_hz).mean(axis=0).argmax())
    edges = mel_edges_hz(rate_hz, BANDS)
    assert edges[loudest] < hertz < edges[loudest + 2]


@pytest.mark.parametrize("describe", [timbre, spectrum_statistics, chroma])
def test_gain_does_not_count(describe: object) -> None:
    clip = play("violin", np.random.default_rng(0))[0]
    assert callable(describe)
    assert describe(clip * 0.25, RATE_HZ) == pytest.approx(describe(clip, RATE_HZ), abs=0.02)


@pytest.mark.parametrize("describe", ALL)
@pytest.mark.parametrize("length", [0, 10, RATE_HZ])
def test_silence_and_scraps_give_finite_features_of_the_usual_size(describe: object, length: int) -> None:
    assert callable(describe)
    features = describe(np.zeros(length, np.float32), RATE_HZ)
    assert features.shape == describe(sine(440), RATE_HZ).shape
    assert np.isfinite(features).all()


def test_rhythm_counts_notes() -> None:
    random = np.random.default_rng(0)
    rates = [
        np.expm1(rhythm(play("marimba", random, tempo=tempo)[0], RATE_HZ)[2])
        for tempo in ("slow", "medium", "fast")
    ]
    assert rates[0] < rates[1] < rates[2]


def test_rhythm_takes_long_clips() -> None:
    assert rhythm(sine(440, 45), RATE_HZ).shape == rhythm(sine(440, 1), RATE_HZ).shape


def test_chroma_names_the_notes_of_a_chord() -> None:
    chord = sine(261.63) + sine(329.63) + sine(392.0)  # C, E, G
    found = chroma(chord, RATE_HZ)
    assert set(np.argsort(found)[-3:].tolist()) == {0, 4, 7}
    assert np.linalg.norm(found) == pytest.approx(1, abs=1e-5)
