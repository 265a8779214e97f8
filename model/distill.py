"""A run's checkpoint made quicker, stage by stage: each halves the sampler's steps (Salimans & Ho 2022)."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from emtool.crawler.errors import UsageError
from emtool.crawler.progress import SILENT, Progress
from emtool.model.config import Config
from emtool.model.origin import Origin, open_origin
from emtool.model.train import train


@dataclass(frozen=True, slots=True, kw_only=True)
class Stages:
    """What a distillation does.

    Raises:
        UsageError: The numbers do not lead from one to the other.
    """

    teacher_steps: int = 32  # of the checkpoint's sampler
    steps: int = 4  # of the last student
    guidance: float = 3.0  # of the checkpoint; the students learn it

    def __post_init__(self) -> None:
        """Refuse what halving does not reach."""
        if self.steps < 1 or self.steps >= self.teacher_steps or not self.halved:
            raise UsageError(
                f"halving {self.teacher_steps} steps does not lead to {self.steps}: "
                f"choose {4 * max(self.steps, 1)} or {8 * max(self.steps, 1)} to begin with"
            )

    @property
    def halved(self) -> list[int]:
        """Steps of each student, falling; empty if the last one is not reached."""
        found, left = [], self.teacher_steps
        while left > self.steps and left % 2 == 0:
            left //= 2
            found.append(left)
        return found if left == self.steps else []


def distill(
    teacher: Origin,
    dataset: str | Path,
    out: Path,
    stages: Stages,
    *,
    settings: dict[str, Any],
    cache: Path | None = None,
    progress: Progress = SILENT,
) -> list[dict[str, Any]]:
    """Train a student of each stage into a run of its own, ``out/steps-N``; finished ones are kept.

    Args:
        teacher: The checkpoint.
        dataset: A built dataset whose sound the checkpoint knows.
        out: Folder of the stages.
        stages: From how many sampler steps to how many.
        settings: Training settings over the checkpoint's own, such as steps and lr.
        cache: Folder that keeps the states of texts.
        progress: Where bars and lines go.

    Returns:
        A summary of each stage, as ``train`` gives it.

    Raises:
        UsageError: A setting is wrong, or the dataset's sound is not what the checkpoint knows.
        CheckpointError: The checkpoint cannot be read, or ``out`` holds another distillation.
    """
    guidance, summaries = stages.guidance, []
    for steps in stages.halved:
        progress.say(f"a student of {steps} steps learns from {teacher.name} with {2 * steps}")
        folder = out / f"steps-{steps}"
        config = _config(teacher, settings, steps, guidance)
        summaries.append(train(dataset, folder, config, origin=teacher, cache=cache, progress=progress))
        teacher, guidance = open_origin(str(folder)), 1.0
    return summaries


def _config(teacher: Origin, settings: dict[str, Any], steps: int, guidance: float) -> Config:
    """The checkpoint's own settings, a student's and those that are given."""
    own = teacher.saved.config
    plain = replace(own, train=replace(own.train, lora=0, prompts=()))
    return plain.with_settings({**settings, "student_steps": steps, "teacher_guidance": guidance})
