"""Text states on disk: a caption is encoded once, and nothing wrong is ever read back."""

import errno
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from emtool.model import text_cache, text_encoder
from emtool.model.text_cache import States, TextCache
from emtool.model.text_encoder import TextEncoder

TEXTS = [f"caption {number}" for number in range(5)]


def states(number: int) -> States:
    return np.full(4, number, np.float32), np.full((number + 1, 4), -number, np.float32)


def filled(folder: Path, encoder: str = "use", **options: int) -> TextCache:
    cache = TextCache(folder, encoder, **options)
    cache.write({text: states(number) for number, text in enumerate(TEXTS)})
    cache.flush()
    return cache


def test_what_is_written_is_read_by_the_next(tmp_path: Path) -> None:
    for cache in (filled(tmp_path), TextCache(tmp_path, "use")):
        for number, text in enumerate(TEXTS):
            found = cache.read(text)
            assert found is not None
            assert all(np.array_equal(got, wanted) for got, wanted in zip(found, states(number), strict=True))
        assert cache.read("another") is None
    assert TextCache(tmp_path, "another encoder").read(TEXTS[0]) is None
    assert len(list(tmp_path.iterdir())) == 1


def test_a_damaged_shard_is_as_if_it_was_not_there(tmp_path: Path) -> None:
    cache = filled(tmp_path)
    (shard,) = tmp_path.iterdir()
    shard.write_bytes(shard.read_bytes()[:100])
    assert cache.read(TEXTS[0]) is None
    assert TextCache(tmp_path, "use").read(TEXTS[0]) is None
    assert filled(tmp_path).read(TEXTS[0]) is not None


def test_the_oldest_shards_make_room(tmp_path: Path) -> None:
    cache = TextCache(tmp_path, "use", limit=3000)
    for number in range(6):
        cache.write({str(number): (np.zeros(4, np.float32), np.zeros((50, 4), np.float32))})
        cache.flush()
        newest = cache._where[cache._key(str(number))]
        os.utime(newest, (number, number))
    assert sum(path.stat().st_size for path in tmp_path.iterdir()) <= 3000
    assert [cache.read(str(number)) is not None for number in range(6)] == [False] * 4 + [True] * 2


class Counting:
    """An encoder that counts."""

    dim = 3

    def __init__(self, model: str = "") -> None:
        self.encoded: list[str] = []

    def encode(self, texts: Sequence[str]) -> list[tuple[NDArray[np.float32], NDArray[np.float32]]]:
        self.encoded += texts
        return [(np.full(3, len(text), np.float32), np.ones((2, 3), np.float32)) for text in texts]


@pytest.fixture
def counting(monkeypatch: pytest.MonkeyPatch) -> list[Counting]:
    made: list[Counting] = []

    class Plugin:
        @staticmethod
        def Encoder(model: str) -> Counting:  # noqa: N802 - the name that plug-ins have
            made.append(Counting(model))
            return made[-1]

    monkeypatch.setattr("emtool.crawler.registry.load", lambda _package, _name: Plugin)
    return made


def test_a_second_run_encodes_nothing(tmp_path: Path, counting: list[Counting]) -> None:
    first = TextEncoder("use", tmp_path)
    before = first(["a", "bb", "a"])
    first.flush()
    second = TextEncoder("use", tmp_path)
    after = second(["a", "bb", "a"])
    assert [encoder.encoded for encoder in counting] == [["a", "bb"], []]
    assert all(torch.equal(one, other) for one, other in zip(before, after, strict=True))


def test_another_model_in_the_same_folder_is_another_encoder(
    tmp_path: Path, counting: list[Counting]
) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for content in (b"weights", b"other weights"):
        (model / "model.safetensors").write_bytes(content)
        encoder = TextEncoder(f"transformers:{model},pool=mean", tmp_path / "cache")
        encoder(["a"])
        encoder.flush()
    assert [encoder.encoded for encoder in counting] == [["a"], ["a"]]


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch, counting: list[Counting]) -> None:
    monkeypatch.setattr(text_encoder, "_MEMORY", 100)  # a text of this encoder takes 36 bytes
    encoder = TextEncoder("use")
    for text in ("a", "b", "c", "a"):
        encoder([text])
    assert counting[0].encoded == ["a", "b", "c", "a"]
    encoder(["c"])
    assert len(counting[0].encoded) == 4


def test_a_full_disk_is_told_as_one_and_what_was_kept_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(tensors: object, path: Path) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    cache = filled(tmp_path)
    monkeypatch.setattr(text_cache, "save_file", full)
    cache.write({"one more": states(1)})
    with pytest.raises(OSError, match="No space left") as told:
        cache.flush()
    assert told.value.errno == errno.ENOSPC
    assert len(list(tmp_path.iterdir())) == 1
