import hashlib
import os
import subprocess
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from emtool.crawler.errors import DatasetError, MissingToolError
from emtool.dataset import sound as sound_module
from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import LOWEST_DBFS, dbfs, decode
from tests.dataset.making import sine, write_sound

CONFIG = BuildConfig()


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def failure(path: Path, config: BuildConfig = CONFIG) -> str | None:
    with decode(path, sha256=sha256(path), declared_s=None, config=config) as sound:
        assert (sound.failure is None) == (sound.samples > 0)
        return sound.failure


@pytest.mark.parametrize(
    ("suffix", "rate_hz", "channels"),
    [
        (".wav", 8_000, 1),
        (".flac", 44_100, 2),
        (".ogg", 48_000, 1),
        (".opus", 48_000, 2),
        (".mp3", 22_050, 2),
    ],
)
def test_every_format_rate_and_channel_count(
    tmp_path: Path, suffix: str, rate_hz: int, channels: int
) -> None:
    path = write_sound(
        tmp_path / f"a{suffix}", np.tile(sine(1.5, rate_hz=rate_hz)[:, None], channels), rate_hz=rate_hz
    )
    with decode(path, sha256=sha256(path), declared_s=9.0, config=CONFIG) as sound:
        assert sound.failure is None
        assert sound.duration_s == pytest.approx(1.5, abs=0.1)
        assert sound.declared_s == 9.0
        middle = sound.read(8_000, 4_000)
    assert middle.shape == (4_000, 1)
    spectrum = np.abs(np.fft.rfft(middle[:, 0]))
    assert spectrum.argmax() * 16_000 / 4_000 == pytest.approx(440, abs=4)
    assert dbfs(float(np.square(middle / 32768).mean())) == pytest.approx(-13.5, abs=0.6)


@pytest.mark.parametrize(("rate_hz", "channels"), [(192_000, 8), (11_025, 6)])
def test_many_channels_and_odd_rates(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = write_sound(
        tmp_path / "a.wav", np.tile(sine(0.5, rate_hz=rate_hz)[:, None], channels), rate_hz=rate_hz
    )
    with decode(path, sha256=sha256(path), declared_s=None, config=BuildConfig(channels=2)) as sound:
        assert sound.read(0, 10**6).shape == (8_000, 2)


def test_levels_follow_the_sound(tmp_path: Path) -> None:
    quiet_then_loud = np.concatenate([np.zeros(16_000, np.float32), sine(1.02, amplitude=1.0)])
    path = write_sound(tmp_path / "a.wav", quiet_then_loud)
    with decode(path, sha256=sha256(path), declared_s=None, config=CONFIG) as sound:
        assert len(sound.levels) == 41  # 20 + 20 frames and a short one
        assert sound.levels[:20].max() == 0
        assert sound.levels[20:40] == pytest.approx(np.full(20, 0.5), abs=0.01)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp3", b""),
        ("text.mp3", "钢琴 is not a sound\n".encode() * 99),
        ("zeros.ogg", bytes(5_000)),
        ("page.wav", b"<!doctype html><html><body>404</body></html>"),
        ("headless.m4a", b"\x00\x00\x00\x20ftypM4A " + bytes(2_000)),
        ("list.m3u8", b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nother.wav\n#EXT-X-ENDLIST\n"),
        ("list.ffconcat", b"ffconcat version 1.0\nfile other.wav\n"),
    ],
)
def test_what_is_no_sound_has_a_reason(tmp_path: Path, name: str, content: bytes) -> None:
    write_sound(tmp_path / "other.wav", sine(5.0))
    (tmp_path / name).write_bytes(content)
    reason = failure(tmp_path / name)
    assert reason
    assert str(tmp_path) not in reason


def test_a_picture_and_a_silent_video_have_no_sound(tmp_path: Path) -> None:
    subprocess.run(
        ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "color=red:s=16x16:d=1", str(tmp_path / "v.mkv")],
        check=True,
    )
    assert failure(tmp_path / "v.mkv")


def test_one_sample_is_a_sound(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", np.array([0.5], np.float32))
    with decode(path, sha256=sha256(path), declared_s=None, config=CONFIG) as sound:
        assert (sound.samples, len(sound.levels)) == (1, 1)


def test_a_truncated_file_gives_what_there_is(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.ogg", np.random.default_rng(0).normal(0, 0.1, 10 * 16_000))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with decode(path, sha256=sha256(path), declared_s=10.0, config=CONFIG) as sound:
        assert 0 < sound.duration_s < 9


def test_an_endless_file_is_read_a_second_beyond_the_limit(tmp_path: Path) -> None:
    path = tmp_path / "day.flac"
    made = ["-f", "lavfi", "-i", "sine=r=8000:d=86400", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", "-t", "90", *made], check=True)
    with decode(path, sha256=sha256(path), declared_s=None, config=BuildConfig(max_track_s=30)) as sound:
        assert sound.duration_s == pytest.approx(31, abs=0.1)


def test_a_lost_and_a_changed_file(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", sine(1.0))
    before = sha256(path)
    write_sound(path, sine(1.0, hertz=300))
    for wanted, lost in (("its hash differs", False), ("lost", True)):
        if lost:
            path.unlink()
        with decode(path, sha256=before, declared_s=None, config=CONFIG) as sound:
            assert wanted in str(sound.failure)


def test_without_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", sine(1.0))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt install ffmpeg"):
        failure(path)


def fake_ffmpeg(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_a_killed_ffmpeg_is_no_verdict_on_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", sine(1.0))
    fake_ffmpeg(tmp_path, "head -c 1000 /dev/zero; kill -9 $$", monkeypatch)
    with pytest.raises(DatasetError, match="signal 9"):
        failure(path)


def test_a_hanging_ffmpeg_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", sine(1.0))
    fake_ffmpeg(tmp_path, "exec sleep 60", monkeypatch)
    monkeypatch.setattr(sound_module, "_LONGEST_DECODING_S", 0.2)
    assert "longer than" in str(failure(path))


def test_a_full_disk_ends_ffmpeg_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sound(tmp_path / "a.wav", sine(1.0))
    fake_ffmpeg(tmp_path, f"echo $$ > {tmp_path}/number; echo started; exec sleep 60", monkeypatch)

    def full(stream: IO[bytes], *_: object) -> None:
        stream.readline()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(sound_module, "_keep", full)
    with pytest.raises(OSError, match="No space left"):
        failure(path)
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "number").read_text()), 0)


def test_silence_has_a_level() -> None:
    assert dbfs(0.0) == dbfs(1e-30) == LOWEST_DBFS
    assert dbfs(0.5) == pytest.approx(-3.01, abs=0.01)


def sides(folder: Path, left: np.ndarray, right: np.ndarray) -> Path:
    return write_sound(folder / "sides.wav", np.stack([left, right], axis=1))


@pytest.mark.parametrize("channels", [1, 2])
def test_the_correlation_of_the_sides_is_known_in_mono_too(tmp_path: Path, channels: int) -> None:
    tone = sine(1.0)
    config = BuildConfig(channels=channels)
    for right, wanted in ((tone, 1.0), (-0.5 * tone, -1.0), (sine(1.0, hertz=660.0), 0.0)):
        path = sides(tmp_path, tone, right)
        with decode(path, sha256=sha256(path), declared_s=None, config=config) as sound:
            assert sound.correlation == pytest.approx(wanted, abs=0.01)


def test_channels_keep_their_level(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "mono.wav", sine(1.0, amplitude=0.5))
    with decode(path, sha256=sha256(path), declared_s=None, config=BuildConfig(channels=2)) as sound:
        twice = sound.read(0, 16_000)
        assert sound.correlation == 1.0
    assert np.array_equal(twice[:, 0], twice[:, 1])
    assert np.abs(twice).max() == pytest.approx(16_384, abs=2)
    path = sides(tmp_path, sine(1.0, amplitude=0.5), np.zeros(16_000, np.float32))
    with decode(path, sha256=sha256(path), declared_s=None, config=CONFIG) as sound:
        assert np.abs(sound.read(0, 16_000)).max() == pytest.approx(8_192, abs=2)
