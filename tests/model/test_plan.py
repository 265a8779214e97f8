"""What a training will cost: counted exactly, probed on this machine, printed by the command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from emtool.crawler import registry
from emtool.crawler.errors import EmtoolError
from emtool.model import plan as planning
from emtool.model.network import build_network, parameter_count
from emtool.model.plan import count, lines, plan, plan_for_preset
from emtool.model.probe import probe
from tests.model.making import SAMPLES, small_config

TEXT_DIM = 12


def emtool(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "emtool.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("design", registry.names("emtool.model.designs"))
def test_parameters_and_operations_are_counted_without_computing(design: str) -> None:
    config = small_config(f"design={design}", "attention_levels=0")
    parameters, operations = count(config, TEXT_DIM, SAMPLES)
    assert parameters == parameter_count(build_network(config.model, TEXT_DIM))
    assert count(config, TEXT_DIM, 2 * SAMPLES)[1] == pytest.approx(2 * operations, rel=0.1)
    layer = torch.nn.Conv1d(16, 24, 3)  # one of its convolutions: forward, and two of that size backward
    assert operations > 3 * 2 * layer.weight.numel() * SAMPLES // 64 // 2


def test_a_plan_scales_what_a_probe_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    config = small_config("batch=4", "steps=1000", "precision=fp32", f"samples={8 * SAMPLES}")
    whole = plan(config, TEXT_DIM)
    assert whole.measured.startswith("measured from a step of 4 clips of 16384 samples")
    assert whole.seconds == pytest.approx(1000 * whole.seconds_per_step)
    assert whole.memory_bytes > whole.state_bytes == 20 * whole.parameters
    assert (whole.device, whole.precision, whole.threads) in {("cpu", "fp32", 1), ("cuda", "fp32", 1)}
    monkeypatch.setattr(planning, "_PROBE_S", 1e-9)
    monkeypatch.setattr(planning, "_SHORTEST", SAMPLES)
    part = plan(config, TEXT_DIM)
    assert part.measured.startswith("extrapolated from a step of one clip of 2048 samples")
    assert part.flops_per_step == whole.flops_per_step
    assert dict(lines(part))["operations per step"].endswith("GFLOP")


def test_a_probe_that_fails_says_what_to_change() -> None:
    with pytest.raises(
        EmtoolError, match=r"the probe of 1 clips of -2 samples .*gradient_checkpointing=true"
    ):
        probe(small_config(), TEXT_DIM, samples=-2, batch=1)


def test_rate_and_length_come_from_the_dataset(tones: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []
    monkeypatch.setattr(planning, "plan", lambda config, text_dim: seen.append((config.model, text_dim)))
    plan_for_preset(small_config("samples=99999", "text_encoder=none", "fuse=none"), str(tones))
    model, text_dim = seen[0]
    assert (model.samples, model.sample_rate_hz, text_dim) == (SAMPLES, 4000, 0)


def test_the_command_prints_a_plan_and_trains_nothing(tmp_path: Path) -> None:
    settings = ["--set", "text_encoder=none", "--set", "fuse=none", "--set", "samples=8192", "--steps", "7"]
    done = emtool("train", "--plan", "--json", "-w", str(tmp_path), *settings)
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["steps"] == 7
    assert summary["samples"] == 8192
    assert summary["seconds_per_step"] > 0
    assert not (tmp_path / "runs").exists()
    refused = emtool("train", "--plan", "--resume", str(tmp_path), "-w", str(tmp_path))
    assert refused.returncode != 0
    assert "leave out --resume" in refused.stderr
