"""kill -9 at any moment, also in the middle of a write: the run goes on and ends like one that nobody killed."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from emtool.model import checkpoint
from emtool.model.journal import read_metrics
from emtool.model.run import states
from emtool.model.train import train
from tests.conftest import CHECKOUT
from tests.model.making import small_config
from tests.model.test_train import timeless

STEPS = 60
SETTINGS = (f"steps={STEPS}", "save_every=2", "eval_every=20")

# Training in a process of its own that kills itself so many milliseconds after its first step.
KILLED = """
import os, signal, sys, threading
from pathlib import Path
from emtool.model.run import Run
from emtool.model.train import train
from tests.model.making import small_config
dataset, out, after_s, *settings = sys.argv[1:]
learn = Run.learn
def first(self, batches):
    Run.learn = learn
    threading.Timer(float(after_s), os.kill, (os.getpid(), signal.SIGKILL)).start()
    return learn(self, batches)
Run.learn = first
train(dataset, Path(out), small_config(*settings))
"""


def kill_and_continue(tones: Path, folder: Path, kills: int) -> None:
    train(tones, folder / "whole", small_config(*SETTINGS))
    seconds = read_metrics(folder / "whole")[-1]["seconds"]
    draw = np.random.default_rng(0)
    reached = []
    for _ in range(kills):
        after_s = str(draw.uniform(0, 1.5 * seconds / kills))
        command = [sys.executable, "-c", KILLED, str(tones), str(folder / "cut"), after_s, *SETTINGS]
        done = subprocess.run(command, cwd=CHECKOUT, capture_output=True, text=True, check=False)
        assert done.returncode in (-9, 0), done.stderr
        reached.append(max((int(path.stem[-8:]) for path in states(folder / "cut")), default=0))
    assert reached == sorted(reached)
    train(tones, folder / "cut", small_config(*SETTINGS))
    expected, got = (checkpoint.load(states(folder / name)[-1]) for name in ("whole", "cut"))
    assert got.about["step"] == STEPS
    assert got.tensors.keys() == expected.tensors.keys()
    assert all(torch.equal(got.tensors[name], tensor) for name, tensor in expected.tensors.items())
    assert timeless(folder / "cut") == timeless(folder / "whole")


def test_a_run_that_is_killed_twice_ends_as_if_it_was_not(tones: Path, tmp_path: Path) -> None:
    kill_and_continue(tones, tmp_path, kills=2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_run_that_is_killed_twenty_times_ends_as_if_it_was_not(tones: Path, tmp_path: Path) -> None:
    kill_and_continue(tones, tmp_path, kills=20)
