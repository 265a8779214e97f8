"""A store with everything that a build meets, made once; each test reads a copy or leaves it as it is."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emtool.crawler.store import Store
from tests.dataset.making import add_track, comment, sine, track, write_sound

GOOD = ("2", "14", "15", "16", "a", "b", "c", "d")
"""Tracks that every build keeps: three of the train split, three of validation, two of test."""
ARTISTS = {"2": "Artist 3", "15": "Artist 18", "14": "Artist 5", "16": "Artist 43", "a": "Artist 47"}
"""Artists whose hashes lie so."""


@pytest.fixture(scope="session")
def store_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight good tracks, and one for every reason to drop a track; read it, never write to it."""
    folder = tmp_path_factory.mktemp("world")
    sounds = folder / "sounds"
    sounds.mkdir()
    with Store.open(folder / "store", create=True) as store:
        for number, name in enumerate(GOOD):
            suffix = (".wav", ".flac", ".ogg", ".opus")[number % 4]
            sound = write_sound(sounds / f"{name}{suffix}", sine(4.6, hertz=220 + 20 * number))
            add_track(
                store,
                track(
                    name,
                    licence="CC-BY-4.0" if name == "a" else "CC0-1.0",
                    artist=ARTISTS.get(name, f"Artist {name}"),
                ),
                [
                    comment("1", "FIRST!!", votes=900),
                    comment("2", f"slow and sad piano melody, soft violin {number}", votes=80),
                    comment("3", f"鋼琴曲節奏很慢，小提琴很溫柔😀{number}", votes=50),
                    comment("4", "write to jane.doe@example.org, or call 13812345678", votes=9),
                    comment("5", "the guitar solo is fast and happy @someone_else", votes=None),
                ],
                sound,
            )
        _add_faulty(store, sounds)
    return folder / "store"


def _add_faulty(store: Store, sounds: Path) -> None:
    def add(
        name: str,
        sound: Path | None,
        text: str = "slow and sad piano melody, soft violin",
        **more: Any,
    ) -> None:
        add_track(store, track(name, **more), [comment("1", f"{text}, {name}", votes=7)], sound)

    add("chatter", write_sound(sounds / "chatter.wav", sine(5)), text="check out my channel")
    add("silent", write_sound(sounds / "silent.wav", np.zeros(80_000, np.float32)))
    add("short", write_sound(sounds / "short.wav", sine(2.5)))
    add("lost", write_sound(sounds / "lost.wav", sine(5, hertz=111)))
    add("z-again", sounds / "2.wav")  # the file of "2", whose key comes first
    add("no-derivatives", write_sound(sounds / "5.wav", sine(5)), licence="CC-BY-ND-4.0")
    add("preview", write_sound(sounds / "6.wav", sine(5, hertz=99)), duration_s=240.0)
    (sounds / "page.mp3").write_text("not found\n" * 50)
    add("page", sounds / "page.mp3")
    add("voted", None)
    lost = next(stored for stored in store.tracks() if stored.track.id == "lost")
    store.audio_path(str(lost.audio_sha256)).unlink()


@pytest.fixture
def store(store_folder: Path) -> Iterator[Store]:
    with Store.open(store_folder, create=False) as opened:
        yield opened


@pytest.fixture
def workspace(store_folder: Path, tmp_path: Path) -> Path:
    """A workspace of one's own with that store in it."""
    shutil.copytree(store_folder, tmp_path / "w" / "store")
    return tmp_path / "w"
