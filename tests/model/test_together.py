"""Several processes under ``accelerate launch``: DDP and sharded weights on processors, over gloo."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from emtool.crawler.errors import CheckpointError
from emtool.model import checkpoint
from emtool.model.journal import read_metrics
from emtool.model.run import states
from emtool.model.sample import Sampler
from emtool.model.train import train
from tests.model.making import SETTINGS, small_config

QUICK = [part for setting in SETTINGS for part in ("--set", setting)]


def launch(*arguments: str | Path, sharded: bool = False) -> dict[str, object]:
    """Run ``emtool train`` in two processes and return its summary."""
    command = [sys.executable, "-m", "accelerate.commands.launch", "--num_processes", "2"]
    command += ["--use_fsdp", "--fsdp_version", "2"] if sharded else ["--multi_gpu"]
    command += ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    command += ["--num_cpu_threads_per_process", "1", "--main_process_port", "0", "-m", "emtool.cli"]
    done = subprocess.run(
        [*command, "train", *map(str, arguments), "--json"],
        env=os.environ | {"ACCELERATE_USE_CPU": "true"},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()  # only the first process speaks
    summary: dict[str, object] = json.loads(line)
    return summary


@pytest.fixture(scope="module")
def together(tones: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two processes with batches of four."""
    out = tmp_path_factory.mktemp("together") / "ddp"
    summary = launch(tones, "--out", out, "-w", out.parent, *QUICK)
    assert (summary["step"], summary["processes"]) == (6, 2)
    return out


def assert_alike(run: Path, other: Path) -> None:
    one, two = checkpoint.load(states(run)[-1]), checkpoint.load(states(other)[-1])
    assert one.tensors.keys() == two.tensors.keys()
    for name, tensor in one.tensors.items():
        assert torch.allclose(tensor, two.tensors[name], rtol=1e-3, atol=1e-6), name


def test_two_processes_learn_what_one_does_from_doubled_batches(
    tones: Path, together: Path, tmp_path: Path
) -> None:
    train(tones, tmp_path, small_config("batch=8"))
    assert_alike(together, tmp_path)
    ours, theirs = read_metrics(together), read_metrics(tmp_path)
    assert [line.get("heldout") for line in ours] == [
        pytest.approx(line["heldout"], rel=1e-5) if "heldout" in line else None for line in theirs
    ]
    assert ours[1]["loss"] == pytest.approx(theirs[1]["loss"], rel=1e-5)


def test_accumulated_gradients_are_those_of_doubled_batches(
    tones: Path, together: Path, tmp_path: Path
) -> None:
    train(tones, tmp_path, small_config("batch=2", "accumulate=4"))
    assert_alike(together, tmp_path)


def test_sharded_weights_load_a_whole_state_and_save_one(tones: Path, together: Path, tmp_path: Path) -> None:
    """FSDP goes on from a state of DDP, and one process from a state of FSDP."""
    sharded = tmp_path / "fsdp"
    shutil.copytree(together, sharded)
    for later in states(sharded)[1:]:
        later.unlink()
    assert launch("--resume", sharded, "-w", tmp_path, sharded=True)["step"] == 6
    assert_alike(sharded, together)
    assert Sampler.open(sharded).generate(["flute"], steps=2).any()
    states(sharded)[-1].unlink()
    config = checkpoint.load(states(sharded)[-1]).config
    assert train(tones, sharded, config.with_settings({"batch": 2, "accumulate": 4}))["step"] == 6
    assert_alike(sharded, together)
    with pytest.raises(
        CheckpointError, match=r"sees 8 clips, now batch=4 x accumulate=1 x 1 processes make 4"
    ):
        train(tones, sharded, config)
