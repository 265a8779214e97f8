import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emtool.crawler.errors import DatasetError
from emtool.dataset import load
from emtool.dataset.load import Caption, open_dataset
from emtool.dataset.schema import BUILD_FOLDER, MARK
from tests.dataset.rows import row, samples, write_dataset


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "songs", {"train": 21, "test": 2}, shards=2)


def test_info(folder: Path) -> None:
    info = open_dataset(str(folder)).info
    assert (info.name, info.folder, info.splits) == ("songs", folder, {"train": 21, "test": 2})
    assert (info.sample_rate_hz, info.channels, info.samples, info.format) == (16_000, 1, 1_600, "free-form")


def test_texts(folder: Path) -> None:
    split = open_dataset(folder).split("train")
    assert len(split) == 21
    assert split.ids == [f"site:{n}#0" for n in range(21)]
    assert split.texts == split.free_form == [f"text {n}" for n in range(21)]
    assert split.works[4] == "site:work-2"
    assert split.tags[20] == ("piano", "slow")
    assert split.captions[20] == (Caption(text="text 20", weight=1.0, language="en"),)
    assert split.column("votes")[4:6] == [None, 5]


def test_sound_in_any_order(folder: Path) -> None:
    split = open_dataset(folder).split("train")
    for number in (20, 0, 11, 3, 20, 7, 15, 0):
        sound = split.audio(number)
        assert sound.shape == (1, 1_600)
        assert sound.dtype == np.float32
        assert np.array_equal(sound[0], samples(number)[:, 0] / np.float32(32768))
    with pytest.raises(IndexError):
        split.audio(21)


def test_few_row_groups_stay_in_memory(folder: Path) -> None:
    split = open_dataset(folder).split("train")
    for number in range(21):
        split.audio(number)
    assert len(split._groups) == load.KEPT_GROUPS


def test_a_split_goes_to_another_process(folder: Path) -> None:
    split = open_dataset(folder).split("train")
    split.audio(5)
    there = pickle.loads(pickle.dumps(split))
    assert np.array_equal(there.audio(6), split.audio(6))


def test_a_folder_is_read_without_the_datasets_library(folder: Path) -> None:
    program = (
        "import sys; from emtool.dataset.load import open_dataset;"
        f"open_dataset({str(folder)!r}).split('test').audio(1);"
        "sys.exit(bool({'datasets', 'torch', 'huggingface_hub'} & set(sys.modules)))"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("make", "wanted"),
    [
        (lambda folder: None, "is not there"),
        (lambda folder: folder.write_text("x"), "is a file"),
        (lambda folder: folder.mkdir(), "is not a dataset folder"),
        (lambda folder: (folder / BUILD_FOLDER).mkdir(parents=True), "has not finished"),
        (lambda folder: (folder / "data").mkdir(parents=True), f"without {MARK}"),
        (lambda folder: write_dataset(folder, {"train": 1}, schema=99), "install a newer emtool"),
        (lambda folder: write_dataset(folder, {"train": 1}, schema="x"), "build the dataset again"),
        (
            lambda folder: (write_dataset(folder, {"train": 1}) / MARK).write_text("{"),
            "build the dataset again",
        ),
        (
            lambda folder: (write_dataset(folder, {"train": 1}) / MARK).write_text("[]"),
            "build the dataset again",
        ),
    ],
)
def test_what_is_no_dataset_is_named(tmp_path: Path, make: Any, wanted: str) -> None:
    make(tmp_path / "d")
    with pytest.raises(DatasetError, match=wanted) as caught:
        open_dataset(tmp_path / "d")
    assert str(tmp_path / "d") in str(caught.value)


def test_a_split_that_is_not_there(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"no split 'validation' \(there are: train, test\)"):
        open_dataset(folder).split("validation")


def test_lost_rows_are_noticed(folder: Path) -> None:
    (folder / "data" / "train-00001-of-00002.parquet").unlink()
    with pytest.raises(DatasetError, match=r"has 10 rows, but build.json says 21"):
        open_dataset(folder).split("train")


def test_a_cut_file_is_noticed(folder: Path) -> None:
    path = folder / "data" / "train-00000-of-00002.parquet"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(DatasetError, match="cannot read"):
        open_dataset(folder).split("train")


def test_sound_that_is_none_is_noticed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {"bytes": b"fLaC, or not", "path": "a.flac"}
    monkeypatch.setattr("tests.dataset.rows.row", lambda number: row(number, audio=broken))
    split = open_dataset(write_dataset(tmp_path / "d", {"train": 1})).split("train")
    with pytest.raises(DatasetError, match="no readable FLAC"):
        split.audio(0)


def test_an_address_that_is_neither_folder_nor_hub_name() -> None:
    with pytest.raises(DatasetError, match=r"no dataset folder '\./nowhere'"):
        open_dataset("./nowhere")


def test_a_hub_that_cannot_be_reached_is_one_line() -> None:
    """The tests run offline, as a person without a network does."""
    with pytest.raises(
        DatasetError, match="'someone/songs' is no folder here, and the Hub does not give it"
    ) as caught:
        open_dataset("someone/songs")
    assert "\n" not in str(caught.value)


def test_a_hub_name_is_downloaded_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    def snapshot_download(name: str, *, repo_type: str) -> str:
        asked.append((name, repo_type))
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", snapshot_download)
    assert open_dataset("someone/songs").info.name == "songs"
    assert asked == [("someone/songs", "dataset")]


def test_the_mark_may_hold_more_than_we_know(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "d", {"train": 1}, hours=1.5, later="field")
    assert json.loads((folder / MARK).read_text())["later"] == "field"
    assert len(open_dataset(folder).split("train")) == 1
