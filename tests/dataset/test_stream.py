from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import fsspec
import numpy as np
import pytest

from emtool.crawler.errors import DatasetError, UsageError
from emtool.dataset import stream
from emtool.dataset.schema import MARK
from emtool.dataset.stream import Sample, Stream
from tests.dataset.rows import row, samples, write_dataset


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stream, "GROUPS_MIXED", 2)
    return write_dataset(tmp_path / "songs", {"train": 41, "test": 2}, shards=3)


def take(opened: Stream, count: int) -> list[Sample]:
    return list(islice(opened, count))


def same(one: list[Sample], other: list[Sample]) -> bool:
    return len(one) == len(other) and all(
        (a.place, a.id, a.first, a.text) == (b.place, b.id, b.first, b.text)
        and np.array_equal(a.audio, b.audio)
        for a, b in zip(one, other, strict=True)
    )


def test_every_pass_gives_every_row_once_in_another_order(folder: Path) -> None:
    found = take(Stream(folder), 82)
    first, second = [s.id for s in found[:41]], [s.id for s in found[41:]]
    assert sorted(first) == sorted(second) == sorted(f"site:{number}#0" for number in range(41))
    assert first != second
    assert first != sorted(first, key=lambda name: int(name[5:-2]))
    assert len(Stream(folder)) == 41
    assert [s.id for s in take(Stream(folder, seed=1), 41)] != first


def test_crops_are_the_stored_samples(folder: Path) -> None:
    found = take(Stream(folder, samples=400), 41)
    for sample in found:
        whole = samples(int(sample.id[5:-2]))[:, 0] / np.float32(32768)
        assert np.array_equal(sample.audio[0], whole[sample.first : sample.first + 400])
    assert len({sample.first for sample in found}) > 30
    assert max(sample.first for sample in found) > 1000


def test_a_crop_longer_than_the_clip_ends_in_silence(folder: Path) -> None:
    sample = take(Stream(folder, samples=2_000), 1)[0]
    assert sample.first == 0
    assert sample.audio.shape == (1, 2_000)
    assert sample.audio[0, :1_600].any()
    assert not sample.audio[0, 1_600:].any()


@pytest.mark.parametrize("place", [1, 17, 41, 60])
def test_a_stop_and_the_number_of_workers_change_nothing(folder: Path, place: int) -> None:
    whole = take(Stream(folder, samples=300), 90)
    opened = Stream(folder, samples=300, workers=3)
    before = take(opened, place)
    assert opened.place == place
    assert same(before, whole[:place])
    assert same(take(Stream(folder, samples=300, place=opened.place), 30), whole[place : place + 30])


def test_processes_share_the_order(folder: Path) -> None:
    whole = take(Stream(folder), 50)
    shares = [take(Stream(folder, rank=rank, processes=3, workers=rank), 10) for rank in range(3)]
    assert all(same(share, whole[rank:30:3]) for rank, share in enumerate(shares))


def test_captions_are_drawn_by_weight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def two(number: int) -> dict[str, Any]:
        made = row(number)
        said = made["captions"][0]
        return made | {
            "captions": [said | {"text": "often", "weight": 0.9}, said | {"text": "rarely", "weight": 0.1}]
        }

    monkeypatch.setattr("tests.dataset.rows.row", two)
    folder = write_dataset(tmp_path / "d", {"train": 10})
    drawn = Counter(sample.text for sample in take(Stream(folder), 400))
    assert 20 <= drawn["rarely"] <= 65
    assert drawn["often"] == 400 - drawn["rarely"]
    assert {sample.text for sample in take(Stream(folder, text="text_tags"), 10)} == {"piano, slow"}


def test_it_comes_from_any_file_system_of_fsspec(folder: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.put(str(folder), "/bucket/songs", recursive=True)
    try:
        there = take(Stream("memory://bucket/songs", samples=500), 50)
        assert same(there, take(Stream(folder, samples=500), 50))
        with pytest.raises(DatasetError, match="no finished dataset is at memory://bucket/nowhere"):
            Stream("memory://bucket/nowhere")
        memory.rm("/bucket/songs/data/train-00001-of-00003.parquet")
        with pytest.raises(DatasetError, match="cannot read memory://bucket/songs/data/train-00001"):
            take(Stream("memory://bucket/songs"), 41)
    finally:
        memory.rm("/bucket", recursive=True)


def test_what_cannot_be_read_is_named(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"no split 'validation' \(there are: train, test\)"):
        Stream(folder, "validation")
    with pytest.raises(UsageError, match="text='title'"):
        Stream(folder, text="title")
    (folder / MARK).unlink()
    with pytest.raises(DatasetError, match="no finished dataset"):
        Stream(folder)
    with pytest.raises(DatasetError, match="no finished dataset is at nobody/nothing"):
        Stream("nobody/nothing")


def test_fewer_rows_than_promised_are_noticed(folder: Path) -> None:
    with_more = write_dataset(folder.with_name("more"), {"train": 60}, shards=3)
    (folder / MARK).write_bytes((with_more / MARK).read_bytes())
    with pytest.raises(DatasetError, match=r"has fewer rows than build.json says"):
        take(Stream(folder), 60)


def test_a_sound_that_is_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tests.dataset.rows.row", lambda number: row(number, audio={"bytes": b"fLaC?", "path": "a.flac"})
    )
    with pytest.raises(DatasetError, match=r"clip site:0#0 holds no readable FLAC"):
        take(Stream(write_dataset(tmp_path / "d", {"train": 1})), 1)
