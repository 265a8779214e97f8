import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from emtool.dataset.hearing import NOTHING, RATE_HZ, listen, swing_db, tonal
from tests.dataset.making import sine

NOISE = np.random.default_rng(0).normal(0, 0.1, 4 * RATE_HZ).astype(np.float32)


def tune(rate_hz: int) -> NDArray[np.float32]:
    """Plucked notes with overtones, as of a harp, for 4 s."""
    notes = []
    for step in (0, 4, 7, 12, 7, 4, 0, 5, 9, 12, 9, 5, 0, 4, 7, 12):
        tones = [
            sine(0.25, hertz=k * 262 * 2 ** (step / 12), amplitude=0.3 / k, rate_hz=rate_hz)
            for k in (1, 2, 3, 4)
        ]
        notes.append(sum(tones) * np.exp(-np.arange(len(tones[0])) / (0.15 * rate_hz)))
    return np.concatenate(notes).astype(np.float32)


def stored(samples: NDArray[np.float32], channels: int = 1) -> NDArray[np.int16]:
    return np.tile((samples * 32767).astype(np.int16)[:, None], channels)


def test_a_tune_is_music_and_noise_is_not() -> None:
    played, noise = listen(stored(tune(RATE_HZ)), RATE_HZ), listen(stored(NOISE), RATE_HZ)
    assert played.music > 0.8
    assert max(played.speech, played.singing) < 0.3
    assert noise.music < 0.2
    assert played.tonal > 0.9
    assert noise.tonal < 0.1


@pytest.mark.parametrize(("rate_hz", "channels"), [(8_000, 1), (44_100, 2), (48_000, 1), (22_050, 2)])
def test_any_rate_and_number_of_channels(rate_hz: int, channels: int) -> None:
    heard = listen(stored(tune(rate_hz), channels), rate_hz)
    assert heard.music > 0.8
    assert heard.tonal > 0.9


@pytest.mark.parametrize("samples", [0, 1, 1599])
def test_next_to_nothing_is_nothing(samples: int) -> None:
    assert listen(np.zeros((samples, 1), np.int16), RATE_HZ) == NOTHING


def test_silence_has_no_partials_and_no_swing() -> None:
    silence = np.zeros(RATE_HZ, np.float32)
    assert (tonal(silence), swing_db(silence), swing_db(silence[:100])) == (0.0, 0.0, 0.0)


def test_the_swing_of_a_level() -> None:
    loud_then_quiet = np.concatenate([sine(1, amplitude=0.5), sine(1, amplitude=0.05)])
    assert swing_db(loud_then_quiet) == pytest.approx(20, abs=0.5)
    assert swing_db(sine(2)) == pytest.approx(0, abs=0.5)


@pytest.mark.skipif(
    shutil.which("espeak-ng") is None, reason="espeak-ng is not installed: apt install espeak-ng"
)
@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("en+f2", "Please leave your name and number after the tone, and somebody will call you back."),
        ("cmn+m1", "今天下午三点钟，我们在图书馆门口见面，然后一起去吃饭。"),
    ],
)
def test_talk_is_speech(tmp_path: Path, voice: str, text: str) -> None:
    path = tmp_path / "talk.wav"
    subprocess.run(["espeak-ng", "-v", voice, "-w", str(path), text], check=True)
    samples, rate_hz = soundfile.read(path, dtype="int16", always_2d=True)
    heard = listen(samples[: 4 * rate_hz], rate_hz)
    assert heard.speech > 0.5
    assert heard.swing_db > 12
