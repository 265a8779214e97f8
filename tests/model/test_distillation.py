"""Distillation: the target is where two steps of the teacher lead, and a student learns it, stage by stage."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor
from typer.testing import CliRunner

from emtool.cli import app
from emtool.crawler.errors import CheckpointError, UsageError
from emtool.model import checkpoint
from emtool.model.diffusion import sampling_times
from emtool.model.distill import Stages, distill
from emtool.model.distillation import Distillation
from emtool.model.network import VelocityNetwork
from emtool.model.origin import open_origin
from emtool.model.sample import Sampler
from emtool.model.samplers import ddim
from emtool.model.text_encoder import TextStates
from emtool.model.train import train
from tests.model.making import small_config
from tests.model.test_samplers import exact_gaussian

QUICK: dict[str, Any] = {"steps": 4, "save_every": 2, "eval_every": 4, "lr": 1e-3}


class Gaussian(VelocityNetwork):
    """Knows the best velocity for N(0, scale^2), louder with a text; ``waveform`` is what is diffused."""

    def __init__(self, scale: float, louder: float = 0.0) -> None:
        torch.nn.Module.__init__(self)
        self.denoise = exact_gaussian(scale)
        self.louder = louder

    def enter(self, audio: Tensor) -> Tensor:
        return audio

    def without_text(self, text: TextStates, dropped: Tensor) -> TextStates:
        return TextStates(text.sentence * ~dropped[:, None], text.tokens, text.mask)

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        return self.denoise(z, t) + self.louder * text.sentence[:, :1, None]


class Shifted(Gaussian):
    """Off by a known number."""

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        return super().forward(z, t, text) + 0.25


def batch(count: int) -> tuple[Tensor, Tensor, Tensor, TextStates, Tensor]:
    stream = torch.Generator().manual_seed(0)
    audio, noise = torch.randn(2, count, 1, 32, generator=stream, dtype=torch.float64).unbind()
    t = torch.linspace(0, 1, count, dtype=torch.float64)
    text = TextStates(torch.ones(count, 1), torch.zeros(count, 1, 1), torch.ones(count, 1, dtype=torch.bool))
    return 0.3 * audio, noise, t, text, torch.zeros(count, dtype=torch.bool)


def test_a_student_whose_one_step_ends_where_the_teachers_two_end_has_no_loss() -> None:
    steps, (audio, noise, t, text, dropped) = 4, batch(16)
    teacher = Gaussian(0.3)

    class Student(Gaussian):
        """Answers with the velocity by which one step leads where the teacher's two lead."""

        def forward(self, z: Tensor, now: Tensor, text: TextStates) -> Tensor:
            times = sampling_times(2 * steps)
            found = []
            for clip, time in zip(z, now, strict=True):
                at = int((times.sub(time).abs()).argmin())
                end = ddim.sample(teacher.denoise, clip[None], times[at : at + 3], noise=z.clone)
                turn = (times[at] - times[at + 2]) * torch.pi / 2
                found.append((torch.cos(turn) * clip - end[0]) / torch.sin(turn))  # a step of DDIM is a turn
            return torch.stack(found)

    objective = Distillation(Student(0.3), torch.float32, teacher, steps=steps, guidance=1.0)
    assert float(objective(audio, noise, t, text, dropped)) < 1e-9


def test_the_loss_is_the_distance_of_velocities() -> None:
    audio, noise, t, text, dropped = batch(8)
    fine = 512  # steps so short that two lead where one leads
    objective = Distillation(Shifted(0.3), torch.float32, Gaussian(0.3), steps=fine, guidance=1.0)
    assert float(objective(audio, noise, t, text, dropped)) == pytest.approx(0.25**2, rel=2e-2)


def test_guidance_is_learned_and_clips_without_text_have_none() -> None:
    audio, noise, t, text, dropped = batch(8)
    teacher = Gaussian(0.3, louder=0.1)
    objective = Distillation(Gaussian(0.3), torch.float32, teacher, steps=512, guidance=3.0)
    assert float(objective(audio, noise, t, text, dropped)) == pytest.approx(0.3**2, rel=2e-2)
    assert float(objective(audio, noise, t, text, ~dropped)) == pytest.approx(0, abs=1e-4)


def test_the_teacher_is_no_weight_of_the_run(trained: Path) -> None:
    network = Sampler.open(trained).network
    objective = Distillation(network, torch.float32, Sampler.open(trained).network, steps=2, guidance=1.0)
    assert len(list(objective.parameters())) == len(list(network.parameters()))


@pytest.fixture(scope="module")
def distilled(tones: Path, trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("distilled")
    summaries = distill(
        open_origin(str(trained)), tones, out, Stages(teacher_steps=8, steps=2), settings=QUICK
    )
    assert [Path(one["run"]).name for one in summaries] == ["steps-4", "steps-2"]
    assert [one["step"] for one in summaries] == [4, 4]
    return out


def test_students_play_with_the_steps_that_they_were_taught(distilled: Path, trained: Path) -> None:
    for steps in (4, 2):
        saved = checkpoint.load(checkpoint.find(distilled / f"steps-{steps}"))
        assert saved.about["sampling"] == {"sampler": "ddim", "steps": steps, "guidance": 1.0}
        assert saved.config.train.teacher_guidance == (3.0 if steps == 4 else 1.0)
    student, teacher = Sampler.open(distilled / "steps-2"), Sampler.open(trained)
    assert not all(
        torch.equal(a, b)
        for a, b in zip(student.network.parameters(), teacher.network.parameters(), strict=True)
    )


def test_a_stopped_stage_goes_on_with_the_same_teacher(
    tones: Path, trained: Path, distilled: Path, tmp_path: Path
) -> None:
    first = small_config(
        *(f"{key}={value}" for key, value in QUICK.items()),
        "student_steps=4",
        "teacher_guidance=3.0",
        "steps=2",
    )
    train(tones, tmp_path / "steps-4", first, origin=open_origin(str(trained)))
    distill(open_origin(str(trained)), tones, tmp_path, Stages(teacher_steps=8, steps=4), settings=QUICK)
    whole, again = (
        checkpoint.load(checkpoint.find(folder / "steps-4")).tensors for folder in (distilled, tmp_path)
    )
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_learning_lowers_the_loss(tones: Path, trained: Path, tmp_path: Path) -> None:
    settings = QUICK | {"steps": 60, "lr": 3e-3, "warmup": 5}
    stages = Stages(teacher_steps=4, steps=2, guidance=20.0)
    distill(open_origin(str(trained)), tones, tmp_path, stages, settings=settings)
    lines = [json.loads(line) for line in (tmp_path / "steps-2" / "metrics.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < 0.8 * losses[0]


@pytest.mark.parametrize(("begin", "to"), [(32, 3), (4, 4), (2, 8), (12, 5), (8, 0)])
def test_halving_must_lead_there(begin: int, to: int) -> None:
    with pytest.raises(UsageError, match=f"halving {begin} steps does not lead to {to}: choose"):
        Stages(teacher_steps=begin, steps=to)


def test_a_student_without_a_teacher_is_refused(tones: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="student_steps=4 needs a teacher: use emtool distill"):
        train(tones, tmp_path / "run", small_config("student_steps=4"))


def test_another_distillation_in_the_folder_is_refused(tones: Path, trained: Path, distilled: Path) -> None:
    with pytest.raises(
        CheckpointError, match=r"was trained with teacher_guidance=3.0, now teacher_guidance=5.0"
    ):
        distill(
            open_origin(str(trained)),
            tones,
            distilled,
            Stages(teacher_steps=8, steps=4, guidance=5.0),
            settings=QUICK,
        )


def test_the_command(tones: Path, trained: Path, tmp_path: Path) -> None:
    arguments = [
        "distill",
        str(trained),
        str(tones),
        "--begin",
        "4",
        "--to",
        "2",
        "--steps",
        "2",
        "-w",
        str(tmp_path),
        "--json",
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    (run,) = json.loads(done.stdout.splitlines()[-1])["runs"]
    assert run == str(tmp_path / "distilled" / trained.stem / "steps-2")
    assert np.isfinite(
        Sampler.open(run).generate(["flute"], **checkpoint.load(checkpoint.find(run)).about["sampling"])
    ).all()
    refused = CliRunner().invoke(app, ["distill", str(trained), str(tones), "--begin", "6", "--to", "4"])
    assert refused.exit_code == 2
    assert "halving 6 steps does not lead to 4" in refused.stderr
