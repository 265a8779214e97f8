import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from emtool.dataset import fingerprint
from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import LONGEST_S, Print, take, unavailable
from emtool.dataset.sound import decode
from tests.dataset.making import sine, write_sound

needs_chromaprint = pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))


def tune(seconds: float, number: int = 0) -> np.ndarray:
    """Notes of a quarter of a second, drawn by a number."""
    draw = np.random.default_rng(number)
    notes = [sine(0.25, hertz=220 * 2 ** (draw.integers(0, 24) / 12)) for _ in range(round(seconds * 4))]
    return np.concatenate(notes)


def print_of(path: Path, config: BuildConfig | None = None) -> Print:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with decode(path, sha256=sha256, declared_s=None, config=config or BuildConfig()) as sound:
        return take(sound)


@pytest.fixture(autouse=True)
def fresh_taker() -> Iterator[None]:
    fingerprint._taker.cache_clear()
    yield
    fingerprint._taker.cache_clear()


@needs_chromaprint
def test_a_print_has_eight_values_a_second_and_ends_after_two_minutes(tmp_path: Path) -> None:
    assert 85 < len(print_of(write_sound(tmp_path / "a.wav", tune(15)))) < 15 * 8.1
    long = write_sound(tmp_path / "b.flac", tune(LONGEST_S + 20))
    assert len(print_of(long)) < LONGEST_S * 8.1
    assert len(print_of(write_sound(tmp_path / "c.wav", tune(1)))) == 0


@needs_chromaprint
def test_rate_channels_and_level_hardly_matter(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tune(15))
    one = print_of(path)
    other = print_of(path, BuildConfig(sample_rate_hz=44_100, channels=2))
    assert len(one) == len(other)
    assert np.bitwise_count(one ^ other).sum() / (32 * len(one)) < 0.02


@needs_chromaprint
@pytest.mark.skipif(
    shutil.which("fpcalc") is None, reason="fpcalc is not installed: apt install libchromaprint-tools"
)
def test_the_program_gives_what_the_library_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", tune(15))
    by_library = print_of(path)
    fingerprint._taker.cache_clear()
    monkeypatch.setitem(sys.modules, "chromaprint", None)
    by_program = print_of(path)
    assert np.array_equal(by_library, by_program)


def test_without_chromaprint_it_says_so_in_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", tune(4))
    monkeypatch.setitem(sys.modules, "chromaprint", None)
    monkeypatch.setattr("shutil.which", lambda name: None if name == "fpcalc" else f"/usr/bin/{name}")
    reason = unavailable()
    assert reason is not None
    assert "brew install chromaprint" in reason
    assert "\n" not in reason
    assert len(print_of(path)) == 0
