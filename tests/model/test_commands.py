"""``emtool train``, ``sample`` and ``evaluate`` as a person types them."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import soundfile

from emtool.crawler.errors import CheckpointError, DatasetError
from emtool.model.chosen import dataset_of, run_of
from emtool.model.interrupts import deferred_interrupts
from emtool.model.journal import read_metrics
from emtool.model.run import states
from tests.model.making import SETTINGS, run_files, write_dataset

QUICK = [part for setting in SETTINGS for part in ("--set", setting)]


def emtool(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emtool.cli", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_bare_training_takes_the_dataset_built_last(tmp_path: Path) -> None:
    old = write_dataset(tmp_path / "datasets" / "old")
    new = write_dataset(tmp_path / "datasets" / "new")
    os.utime(old / "build.json", (1, 1))
    (tmp_path / "datasets" / "unfinished").mkdir()
    done = emtool("train", "-w", tmp_path, "--json", *QUICK)
    assert done.returncode == 0, done.stderr
    assert f"taking the one built last, {new}" in done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["run"] == str(tmp_path / "runs" / "new-tiny")
    assert summary["step"] == 6
    resumed = emtool("train", "--resume", summary["run"], "--steps", "8", "--json")
    assert json.loads(resumed.stdout.splitlines()[-1])["step"] == 8
    assert run_of(tmp_path) == Path(summary["run"])


def test_sampling_writes_sounds_with_the_checkpoints_own_settings(trained: Path, tmp_path: Path) -> None:
    done = emtool(
        "sample", trained, "a calm cello", "长笛", "--steps", "2", "--count", "2", "-w", tmp_path, "--json"
    )
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["steps"], summary["guidance"], summary["sampler"]) == (2, 3.0, "ddim")
    names = [Path(file).name for file in summary["files"]]
    assert names == ["001-a-calm-cello.wav", "002-a-calm-cello.wav", "003-长笛.wav", "004-长笛.wav"]
    assert soundfile.info(summary["files"][0]).duration == pytest.approx(summary["seconds"])
    assert run_files(tmp_path / "samples") == {*names, "samples.json"}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["train", "nowhere/at/all"], 1, "there is no dataset folder 'nowhere/at/all'"),
        (["train", "--preset", "huge"], 2, "no preset named 'huge' (there are:"),
        (["train", "--set", "lr=quick"], 2, "lr='quick' is of the wrong type"),
        (["train"], 1, "no dataset in"),
        (["train", "--resume", "here", "--set", "lr=1"], 2, "--resume takes all from the run"),
        (["sample", "nowhere", "x"], 1, "no checkpoint at nowhere"),
        (["sample", "demo"], 2, "TEXT"),
        (["evaluate"], 1, "no run in"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    arguments: list[str], code: int, said: str, tmp_path: Path
) -> None:
    done = emtool(*arguments, *([] if arguments[0] == "sample" else ["-w", str(tmp_path)]))
    assert done.returncode == code
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_ctrl_c_saves_and_the_same_command_continues(tones: Path, tmp_path: Path) -> None:
    settings = [*QUICK, "--set", "steps=100000", "--set", "save_every=1000", "--set", "eval_every=100000"]
    command = [
        sys.executable,
        "-m",
        "emtool.cli",
        "train",
        str(tones),
        "--out",
        str(tmp_path / "run"),
        *settings,
    ]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        while not read_metrics(tmp_path / "run") and process.poll() is None:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        said = process.communicate()[1]
    assert process.returncode == 130
    assert "Continue with: emtool train" in said
    assert len(states(tmp_path / "run")) == 1
    reached = int(states(tmp_path / "run")[0].stem.removeprefix("step-"))
    done = emtool("train", "--resume", tmp_path / "run", "--steps", str(reached + 2), "--json")
    assert f"from step {reached}" in done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["step"] == reached + 2


def test_nothing_is_chosen_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="run emtool build-dataset, or name a folder"):
        dataset_of(tmp_path)
    with pytest.raises(CheckpointError, match="run emtool train, or name 'demo'"):
        run_of(tmp_path)


def test_the_first_signal_waits_and_the_second_does_not() -> None:
    with deferred_interrupts() as interrupts:
        seen = [interrupts.pending]
        os.kill(os.getpid(), signal.SIGINT)
        seen.append(interrupts.pending)
        assert seen == [False, True]
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        os.kill(os.getpid(), signal.SIGINT)
