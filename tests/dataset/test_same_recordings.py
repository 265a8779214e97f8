"""One recording through a whole build: one copy stays, at any number of workers, and all do without Chromaprint."""

import json
import subprocess
from pathlib import Path

import pytest

from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import unavailable
from emtool.dataset.load import open_dataset
from tests.dataset.making import add_track, comment, track, write_sound
from tests.dataset.test_fingerprint import tune

CONFIG = BuildConfig(splits=(100, 0, 0), max_copies=99, shard_mb=1, channels=2, sample_rate_hz=44_100)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with a recording, three copies of it by other uploaders, and another recording."""
    folder = tmp_path_factory.mktemp("copied")
    original = write_sound(folder / "original.flac", tune(20))
    made = {
        "mp3": ["-b:a", "64k"],
        "opus": ["-b:a", "64k", "-af", "volume=-12dB"],
        "wav": ["-ss", "5", "-ar", "22050"],
    }
    with Store.open(folder / "store", create=True) as store:
        paths = {"1": original, "5": write_sound(folder / "other.flac", tune(20, number=1))}
        for number, (suffix, options) in enumerate(made.items()):
            paths[str(number + 2)] = folder / f"copy.{suffix}"
            command = ["ffmpeg", "-v", "error", "-i", str(original), *options, str(folder / f"copy.{suffix}")]
            subprocess.run(command, check=True)
        for name, path in paths.items():
            votes = 50 if name == "3" else 7
            told = comment("1", f"slow and sad piano melody with soft violin, number {name}", votes=votes)
            add_track(store, track(name), [told], path)
    return folder / "store"


def built(store: Path, out: Path, workers: int = 1) -> dict[str, str]:
    with Store.open(store, create=False) as opened:
        build(opened, out, CONFIG, workers=workers)
    lines = (out / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    told = [json.loads(line) for line in lines]
    return {line["track"]: line["reason"] for line in told if line["filter"] == "same-recording"}


@pytest.mark.skipif(unavailable() is not None, reason=str(unavailable()))
def test_the_most_voted_copy_stays_whatever_the_workers(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reasons = built(copied, tmp_path / "one")
    assert set(reasons) == {"site:1", "site:2", "site:4"}
    assert all(reason.startswith("the same recording as site:3") for reason in reasons.values())
    assert "shifted by 5.0 s" in reasons["site:4"]
    assert [name.partition("#")[0] for name in open_dataset(tmp_path / "one").split("train").ids] == [
        "site:3",
        "site:5",
    ]
    monkeypatch.setattr("emtool.dataset.build._SOUNDS_PER_WORKER", 1)
    assert built(copied, tmp_path / "two", workers=2) == reasons
    for path in sorted((tmp_path / "one" / "data").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / "data" / path.name).read_bytes()


def test_without_chromaprint_the_card_says_what_was_not_checked(
    copied: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emtool.dataset.fingerprint._taker", lambda: None)
    assert built(copied, tmp_path / "all") == {}
    assert len(open_dataset(tmp_path / "all").split("train")) == 5
    card = (tmp_path / "all" / "README.md").read_text(encoding="utf-8")
    assert "Not checked: same recordings are not looked for" in card
