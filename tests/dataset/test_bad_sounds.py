"""Files that no build may fall over: each goes through one with a reason of its own, or gives its clip."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.config import BuildConfig
from tests.dataset.making import add_track, comment, sine, track, write_sound

DAY_S = 86_400


def many_channels(folder: Path) -> Path:
    return write_sound(folder / "eight.wav", np.tile(sine(4.5, hertz=300)[:, None], 8))


def low_rate(folder: Path) -> Path:
    return write_sound(folder / "low.wav", sine(4.5, hertz=310, rate_hz=8_000), rate_hz=8_000)


def high_rate(folder: Path) -> Path:
    return write_sound(folder / "high.flac", sine(4.5, hertz=320, rate_hz=192_000), rate_hz=192_000)


def empty(folder: Path) -> Path:
    path = folder / "empty.mp3"
    path.touch()
    return path


def one_sample(folder: Path) -> Path:
    return write_sound(folder / "one.wav", np.array([0.5], np.float32))


def a_day(folder: Path) -> Path:
    """Silence packs well: 24 hours in a megabyte."""
    path = folder / "day.flac"
    made = ["-f", "lavfi", "-i", f"anullsrc=r=1000:cl=mono:d={DAY_S}", "-compression_level", "0", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", *made], check=True)
    return path


def truncated(folder: Path) -> Path:
    path = write_sound(folder / "cut.ogg", np.random.default_rng(0).normal(0, 0.1, 16_000 * 8))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 4])
    return path


def text_as_mp3(folder: Path) -> Path:
    path = folder / "notes.mp3"
    path.write_text("钢琴 is not a sound\n" * 99, encoding="utf-8")
    return path


def playlist(folder: Path) -> Path:
    write_sound(folder / "other.wav", sine(5.0))
    path = folder / "list.m3u8"
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.wav\n#EXT-X-ENDLIST\n")
    return path


def silent_film(folder: Path) -> Path:
    path = folder / "film.mkv"
    made = ["-f", "lavfi", "-i", "testsrc=s=32x32:d=5:r=5", str(path)]
    subprocess.run(["ffmpeg", "-v", "error", *made], check=True)
    return path


def opposed(folder: Path) -> Path:
    tone = sine(4.5, hertz=330)
    return write_sound(folder / "opposed.wav", np.stack([tone, -tone], axis=1))


def noise(folder: Path) -> Path:
    return write_sound(folder / "noise.wav", np.random.default_rng(1).normal(0, 0.1, 16_000 * 5))


def declared_longer(folder: Path) -> Path:
    return write_sound(folder / "preview.wav", sine(5, hertz=340))


WANTED: dict[Callable[[Path], Path], tuple[str, str] | None] = {
    many_channels: None,
    low_rate: None,
    high_rate: None,
    empty: ("unreadable", "the file is empty"),
    one_sample: ("brief", "0.00 s of sound"),
    a_day: ("endless", "longer than 60 s"),
    truncated: ("brief", "shorter than 3.00 s"),
    text_as_mp3: ("unreadable", "ffmpeg finds no sound in it"),
    playlist: ("unreadable", "ffmpeg finds no sound in it"),
    silent_film: ("unreadable", "ffmpeg finds no sound in it"),
    opposed: ("inverted", "correlation -1.00"),
    noise: ("no-music", "noise"),
    declared_longer: ("wrong-duration", "its page says 240.0 s"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], dict[str, list[tuple[str, str]]]]:
    """Ids of the tracks that gave clips, and the reasons against each of the others."""
    folder = tmp_path_factory.mktemp("bad")
    with Store.open(folder / "store", create=True) as store:
        for number, make in enumerate(WANTED):
            one = track(make.__name__, duration_s=240.0 if make is declared_longer else None)
            said = comment("1", f"slow and sad piano melody with soft violin, number {number}", votes=3)
            add_track(store, one, [said], make(folder))
        build(
            store, folder / "songs", BuildConfig(max_copies=99, splits=(100, 0, 0), max_track_s=60), workers=1
        )
    reasons: dict[str, list[tuple[str, str]]] = {}
    for line in (folder / "songs" / "rejected.jsonl").read_text(encoding="utf-8").splitlines():
        told = json.loads(line)
        reasons.setdefault(told["track"].partition(":")[2], []).append((told["filter"], told["reason"]))
    kept = {make.__name__ for make in WANTED} - set(reasons)
    return kept, reasons


@pytest.mark.parametrize("make", WANTED, ids=lambda make: make.__name__)
def test_each_has_one_reason_or_none(
    built: tuple[set[str], dict[str, list[tuple[str, str]]]], make: Callable[[Path], Path]
) -> None:
    kept, reasons = built
    wanted = WANTED[make]
    assert (make.__name__ in kept) == (wanted is None), reasons.get(make.__name__)
    if wanted is not None:
        ((name, reason),) = reasons[make.__name__]
        assert (name, wanted[1] in reason) == (wanted[0], True), reason
