"""Rows whose sound cannot be decoded: training goes on with others, counts them and names them."""

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emtool.crawler.errors import DatasetError
from emtool.dataset.load import open_dataset
from emtool.model.data import Batches, Clips
from emtool.model.journal import read_metrics
from emtool.model.run import states
from emtool.model.train import fit_to_dataset, train
from tests.model.making import small_config, write_dataset
from tests.model.test_train import timeless


def damage(dataset: Path, split: str, rows: dict[int, bytes]) -> Path:
    """Replace the sound of some rows."""
    path = dataset / "data" / f"{split}-00000-of-00001.parquet"
    table = pq.read_table(path)
    sounds = table["audio"].to_pylist()
    for row, content in rows.items():
        sounds[row]["bytes"] = content
    kind = table.schema.field("audio").type
    column = table.schema.get_field_index("audio")
    pq.write_table(table.set_column(column, table.schema.field("audio"), pa.array(sounds, kind)), path)
    return dataset


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    dataset = write_dataset(tmp_path / "damaged")
    flac = open_dataset(dataset).split("train")._sound(0, 0)[7].as_py()["bytes"]
    damage(dataset, "validation", {1: b"no sound"})
    return damage(dataset, "train", {2: b"no sound", 5: b"", 7: flac[: len(flac) // 3]})


def test_training_goes_on_and_names_them(damaged: Path, tmp_path: Path) -> None:
    summary = train(damaged, tmp_path / "run", small_config("steps=9"))
    assert summary["step"] == 9
    assert summary["unreadable"] == ["train-2", "train-5", "train-7"]
    told = {
        name: why
        for line in read_metrics(tmp_path / "run")
        for name, why in line.get("unreadable", {}).items()
    }
    assert sorted(told) == summary["unreadable"]
    assert all("holds no readable FLAC" in why for why in told.values())


def test_a_stopped_run_names_each_once(damaged: Path, tmp_path: Path) -> None:
    config = small_config("steps=9", "keep=9")
    train(damaged, tmp_path / "whole", config)
    train(damaged, tmp_path / "cut", config)
    for path in states(tmp_path / "cut")[1:]:
        path.unlink()
    train(damaged, tmp_path / "cut", config)
    whole, cut = ([without_reasons(line) for line in timeless(tmp_path / name)] for name in ("whole", "cut"))
    assert cut == whole


def without_reasons(line: dict[str, Any]) -> dict[str, Any]:
    """A line of metrics without the words of a decoder, which name places in memory."""
    return {key: sorted(value) if key == "unreadable" else value for key, value in line.items()}


def test_another_clip_takes_the_place_of_one_that_cannot_be_read(damaged: Path) -> None:
    dataset = open_dataset(damaged)
    config = fit_to_dataset(small_config("batch=12"), dataset)
    batch = Batches(Clips(dataset.split("train")), config.model, config.train)(0)[0]
    assert batch.unreadable.keys() == {"train-2", "train-5", "train-7"}
    assert len(batch.ids) == 12
    assert not batch.unreadable.keys() & set(batch.ids)


def test_a_dataset_without_any_sound_is_refused(tmp_path: Path) -> None:
    dataset = damage(write_dataset(tmp_path / "broken"), "train", dict.fromkeys(range(12), b"no sound"))
    with pytest.raises(DatasetError, match=r"none of 12 clips of broken can be read; the first: "):
        train(dataset, tmp_path / "run", small_config())
    opened = open_dataset(dataset)
    config = fit_to_dataset(small_config(), opened)
    with pytest.raises(DatasetError, match=r"100 clips of broken in a row cannot be read, such as train-"):
        Batches(Clips(opened.split("train")), config.model, config.train)(0)
