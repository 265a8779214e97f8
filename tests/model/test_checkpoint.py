"""Checkpoints: whole, self-explaining, and refused with a reason where they are not ours."""

import errno
import json
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from emtool.crawler.errors import CheckpointError
from emtool.model import checkpoint
from tests.model.making import small_config

TENSORS = {"weight": torch.arange(6.0).reshape(2, 3), "step": torch.tensor(3)}


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "checkpoint.safetensors"
    checkpoint.save(path, TENSORS, small_config(), {"step": 3, "dataset": {"name": "音"}})
    return path


def test_what_is_saved_is_loaded(saved: Path) -> None:
    loaded = checkpoint.load(saved)
    assert loaded.config == small_config()
    assert loaded.about == {"step": 3, "dataset": {"name": "音"}}
    assert all(torch.equal(loaded.tensors[name], tensor) for name, tensor in TENSORS.items())


@pytest.mark.parametrize("kept", [0, 7, 200, -1])
def test_a_cut_file_is_refused(saved: Path, kept: int) -> None:
    saved.write_bytes(saved.read_bytes()[:kept])
    with pytest.raises(CheckpointError, match="is cut off or no safetensors file"):
        checkpoint.load(saved)


def test_a_foreign_file_is_refused(tmp_path: Path) -> None:
    save_file({"x": torch.zeros(1)}, tmp_path / "foreign.safetensors")
    with pytest.raises(CheckpointError, match="is no checkpoint of emtool"):
        checkpoint.load(tmp_path / "foreign.safetensors")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "2"}, "has checkpoint version 2.*upgrade emtool"),
        ({"config": json.dumps({"model": {"colour": 1}})}, "config that this emtool does not know.*colour"),
        ({"config": "{"}, "config that this emtool does not know"),
    ],
)
def test_another_version_is_refused(tmp_path: Path, change: dict[str, str], said: str) -> None:
    header = {"format": "emtool-checkpoint", "version": "1", "config": "{}", "about": "{}"}
    save_file({"x": torch.zeros(1)}, tmp_path / "other.safetensors", header | change)
    with pytest.raises(CheckpointError, match=said):
        checkpoint.load(tmp_path / "other.safetensors")


def test_a_write_that_fails_leaves_the_old_file(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(tensors: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise OSError(28, "No space left on device", str(path))

    before = saved.read_bytes()
    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(saved, TENSORS, small_config(), {})
    assert saved.read_bytes() == before
    assert list(saved.parent.iterdir()) == [saved]


def test_a_full_disk_keeps_its_number_and_the_path(saved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(tensors: object, path: Path, metadata: object) -> None:
        raise SafetensorError("Error while serializing: I/O error: No space left on device (os error 28)")

    monkeypatch.setattr(checkpoint, "save_file", full)
    with pytest.raises(OSError, match="No space left") as told:
        checkpoint.save(saved, TENSORS, small_config(), {})
    assert (told.value.errno, told.value.filename) == (errno.ENOSPC, str(saved))


def test_find_knows_files_folders_and_what_ships(saved: Path, tmp_path: Path) -> None:
    assert checkpoint.find(saved) == saved
    assert checkpoint.find(tmp_path) == saved
    assert checkpoint.find("demo").name == "demo.safetensors"
    (tmp_path / "empty").mkdir()
    with pytest.raises(CheckpointError, match=r"neither checkpoint.safetensors nor model.safetensors: train"):
        checkpoint.find(tmp_path / "empty")
    with pytest.raises(CheckpointError, match=r"no checkpoint at .*nowhere"):
        checkpoint.load(checkpoint.find(tmp_path / "nowhere"))
