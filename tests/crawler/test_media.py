import subprocess
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emtool.crawler.errors import MissingToolError, SourceError
from emtool.crawler.media import probe
from tests.crawler.making import write_sine


def test_sound_is_known_by_its_content_and_not_by_its_name(tmp_path: Path) -> None:
    sound = probe(write_sine(tmp_path / "clip.mp3", seconds=0.5, channels=2))
    assert (sound.suffix, sound.codec, sound.sample_rate_hz, sound.channels) == (".opus", "opus", 48_000, 2)
    assert sound.duration_s == pytest.approx(0.5, abs=0.02)


@pytest.mark.parametrize(
    ("container", "subtype", "suffix"),
    [
        ("WAV", "PCM_16", ".wav"),
        ("FLAC", "PCM_16", ".flac"),
        ("OGG", "VORBIS", ".ogg"),
        ("MP3", None, ".mp3"),
    ],
)
def test_each_container_has_its_suffix(
    tmp_path: Path, container: str, subtype: str | None, suffix: str
) -> None:
    path = tmp_path / "sound.part"
    wave = 0.1 * np.sin(np.arange(22_050) / 10)
    soundfile.write(path, wave, 22_050, format=container, subtype=subtype)
    sound = probe(path)
    assert (sound.suffix, sound.sample_rate_hz, sound.channels) == (suffix, 22_050, 1)
    assert sound.duration_s == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("content", [b"", b"<html>please log in</html>", bytes(5000), b"OggS" + bytes(100)])
def test_what_is_no_sound_is_refused_and_shown(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "clip.opus"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="no sound that ffprobe knows") as caught:
        probe(path)
    assert repr(content[:5].decode())[1:-1] in str(caught.value)
    assert len(str(caught.value)) < 1000


@pytest.mark.parametrize(
    "playlist",
    [
        "ffconcat version 1.0\nfile secret.opus\n",
        "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.opus\n",
    ],
)
def test_a_playlist_does_not_make_ffprobe_open_other_files(tmp_path: Path, playlist: str) -> None:
    write_sine(tmp_path / "secret.opus")
    path = tmp_path / "clip.m3u8"
    path.write_text(playlist)
    with pytest.raises(SourceError, match="no sound that ffprobe knows"):
        probe(path)


def test_a_film_without_sound_is_no_sound(tmp_path: Path) -> None:
    path = tmp_path / "silent.mkv"
    film = ["-f", "lavfi", "-i", "color=size=16x16:duration=0.1", "-c:v", "ffv1", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", *film], check=True)
    with pytest.raises(SourceError, match="no sound that ffprobe knows"):
        probe(path)


def test_without_ffprobe_the_way_out_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sine(tmp_path / "clip.opus")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="apt install ffmpeg"):
        probe(path)


def test_an_endless_look_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_sine(tmp_path / "clip.opus")
    sleeper = tmp_path / "ffprobe"
    sleeper.write_text("#!/bin/sh\nexec sleep 30\n")
    sleeper.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr("emtool.crawler.media._TIMEOUT_S", 0.05)
    with pytest.raises(SourceError, match="without an end"):
        probe(path)
