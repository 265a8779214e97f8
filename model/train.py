"""Train a network on a dataset (PAPER.md, Algorithm 1); a stopped run goes on exactly where it was saved."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

import torch
from torch import Tensor

from emtool.crawler.errors import CheckpointError, DatasetError
from emtool.crawler.files import write_text
from emtool.crawler.progress import SILENT, Progress
from emtool.dataset.load import Dataset, open_dataset
from emtool.model import checkpoint
from emtool.model.config import Config
from emtool.model.data import Batches, Clips
from emtool.model.heldout import losses_by_level
from emtool.model.interrupts import deferred_interrupts
from emtool.model.network import parameter_count
from emtool.model.run import LOG_EVERY, Run, learning_rate, newest_state
from emtool.model.text_encoder import TextEncoder

METRICS = "metrics.jsonl"

_SCALE_CLIPS = 256  # clips that the front end's scales are measured on
_SPEED_STEPS = 12  # steps after which a time limit is turned into a number of steps
_TRAINING_SHARE = 0.9  # of a time limit; the rest is for measuring and saving
_MAY_CHANGE = (
    "steps",
    "eval_every",
    "eval_clips",
    "save_every",
    "sample_every",
    "keep",
    "threads",
    "precision",
)


def fit_to_dataset(config: Config, dataset: Dataset) -> Config:
    """Take rate and channels from the dataset, and no more samples than its clips have."""
    info = dataset.info
    model = replace(
        config.model,
        sample_rate_hz=info.sample_rate_hz,
        channels=info.channels,
        samples=min(config.model.samples, info.samples),
    )
    return replace(config, model=model)


@dataclass(frozen=True, slots=True)
class _Heldout:
    audio: Tensor  # [N, C, T]
    texts: tuple[str, ...]


def _heldout(dataset: Dataset, config: Config) -> _Heldout:
    name = "validation" if "validation" in dataset.info.splits else "train"
    split = dataset.split(name)
    count = min(config.train.eval_clips, len(split))
    if not count:
        raise DatasetError(f"the {name} split of {dataset.info.name} is empty: build a larger dataset")
    clips = Clips(split)
    audio = torch.stack([clips.read(row, 0.5, config.model.samples) for row in range(count)])
    return _Heldout(audio, tuple(split.texts[:count]))


def train(
    address: str | Path,
    out: Path,
    config: Config,
    *,
    minutes: float | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Train into ``out`` until ``config.train.steps``; a run that was stopped goes on where it was saved.

    Args:
        address: A built dataset: a folder or a Hub name.
        out: The run's folder: config.yaml, metrics.jsonl, checkpoint.safetensors, states/.
        config: What to train; sample rate, channels and the most samples come from the dataset.
        minutes: Limit of training time in minutes: the first steps are timed and the number of steps follows from it.
        progress: Where bars and lines go.

    Returns:
        A summary: run, step, steps, loss, heldout, seconds, parameters.

    Raises:
        DatasetError: The dataset cannot be read or is empty.
        CheckpointError: ``out`` holds a run of another dataset or other settings.
        EmtoolError: The loss is not a number.
    """
    dataset = open_dataset(address)
    config = fit_to_dataset(config, dataset)
    if config.train.threads:
        torch.set_num_threads(config.train.threads)
    saved = newest_state(out)
    if saved is not None:
        config = _continued(saved, config, dataset, out, limited=minutes is not None)
        minutes = None  # the number of steps was settled when the run began
    run = Run(config, TextEncoder(config.model.text_encoder), out)
    clips = Clips(dataset.split("train"))
    batches = Batches(clips, config.model, config.train)
    if saved is None:
        _begin(run, clips, out)
    else:
        run.restore(saved)
        _cut_metrics(run)
    _write_config(config, address, out)
    if run.step >= config.train.steps:
        progress.say(f"{out} is finished at step {run.step}: for more, --set steps={2 * run.step}")
    else:
        progress.say(
            f"{'continuing' if saved else 'training'} {parameter_count(run.network) / 1e6:.1f} million parameters on "
            f"{len(clips)} clips of {dataset.info.name} from step {run.step}, {run.arithmetic}"
        )
        _loop(run, batches, _heldout(dataset, config), dataset, minutes, progress)
    return _summary(run)


def _loop(
    run: Run, batches: Batches, heldout: _Heldout, dataset: Dataset, minutes: float | None, progress: Progress
) -> None:
    began_s, first_step, since = run.seconds, run.step, time.monotonic()
    if minutes is not None:
        while run.step < min(_SPEED_STEPS, run.config.train.steps):
            run.learn(batches(run.step))
        run.seconds = time.monotonic() - since
        _limit_steps(run, minutes)
    train = run.config.train
    with (
        (run.out / METRICS).open("a", encoding="utf-8", buffering=1) as log,
        progress.task("train", train.steps, "step") as task,
        deferred_interrupts() as interrupts,
    ):
        task.advance(run.step)
        while run.step < train.steps:
            run.learn(batches(run.step))
            run.seconds = began_s + time.monotonic() - since
            task.advance()
            task.note(f"loss {run.recent_loss:.4f}")
            speed = (run.step - first_step) / max(run.seconds - began_s, 1e-9)
            _write_down(run, speed, heldout, log)
            if run.step % train.save_every == 0 or run.step == train.steps or interrupts.pending:
                run.save(dataset)
            if interrupts.pending:
                raise KeyboardInterrupt


def _write_down(run: Run, speed: float, heldout: _Heldout, log: TextIO) -> None:
    train = run.config.train
    line: dict[str, Any] = {"step": run.step, "seconds": round(run.seconds, 2)}
    last = run.step == train.steps
    if run.step % LOG_EVERY == 0 or last:
        rate = learning_rate(run.step - 1, run.config)
        log.write(
            json.dumps(line | {"loss": run.recent_loss, "lr": rate, "clips_per_s": speed * train.batch})
            + "\n"
        )
    if run.step % train.eval_every == 0 or last:
        losses = losses_by_level(run.average, run.encoder, heldout.audio, heldout.texts)
        log.write(json.dumps(line | {"heldout": losses}) + "\n")


def _limit_steps(run: Run, minutes: float) -> None:
    """Set the number of steps so that the run, measuring and saving included, ends within the limit."""
    left_s = max(minutes * 60 * _TRAINING_SHARE - run.seconds, 0)
    steps = run.step + int(left_s / (run.seconds / run.step))
    steps = min(max(steps, run.step + 1), run.config.train.steps)
    run.config = replace(run.config, train=replace(run.config.train, steps=steps))


def _summary(run: Run) -> dict[str, Any]:
    lines = read_metrics(run.out)
    return {
        "run": str(run.out),
        "step": run.step,
        "steps": run.config.train.steps,
        "loss": next((line["loss"] for line in reversed(lines) if "loss" in line), None),
        "heldout": next((line["heldout"] for line in reversed(lines) if "heldout" in line), None),
        "seconds": round(run.seconds, 1),
        "parameters": parameter_count(run.network),
    }


def _continued(
    saved: checkpoint.Checkpoint, config: Config, dataset: Dataset, out: Path, *, limited: bool
) -> Config:
    """Check that a saved state belongs to this run; only how long and how often may have changed.

    Raises:
        CheckpointError: Another dataset or other settings.
    """
    if saved.about["dataset"]["fingerprint"] != dataset.info.fingerprint:
        raise CheckpointError(
            f"{out} was trained on {saved.about['dataset']['name']} as it was before "
            f"({saved.about['dataset']['fingerprint']}, now {dataset.info.fingerprint}): choose another --out"
        )
    free = {key: getattr(config.train, key) for key in _MAY_CHANGE if not (limited and key == "steps")}
    expected = replace(saved.config, train=replace(saved.config.train, **free))
    wanted = replace(config, train=replace(config.train, steps=expected.train.steps))
    if expected != wanted:
        ours, theirs = wanted.to_json(), expected.to_json()
        key, old, new = next(
            (key, theirs[part][key], ours[part][key])
            for part in ours
            for key in ours[part]
            if ours[part][key] != theirs[part][key]
        )
        raise CheckpointError(
            f"{out} was trained with {key}={old}, now {key}={new} is asked: choose another --out"
        )
    return expected


def _begin(run: Run, clips: Clips, out: Path) -> None:
    model = run.config.model
    count = min(len(clips), _SCALE_CLIPS)
    rows = torch.linspace(0, len(clips) - 1, count).round().int().tolist()
    run.fit_scale(torch.stack([clips.read(row, 0.5, model.samples) for row in rows]))
    (out / METRICS).unlink(missing_ok=True)


def resumed(out: Path) -> tuple[Config, str]:
    """Config and dataset of a run that has begun.

    Raises:
        CheckpointError: There is no run in ``out``.
    """
    import yaml

    path = out / "config.yaml"
    if not path.is_file():
        raise CheckpointError(
            f"no run in {out}: it has no config.yaml; begin one with emtool train --out {out}"
        )
    written = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Config.from_json(written), written["dataset"]


def _write_config(config: Config, address: str | Path, out: Path) -> None:
    import yaml

    settings = config.to_json() | {"dataset": str(address)}
    write_text(out / "config.yaml", yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))


def read_metrics(run: Path) -> list[dict[str, Any]]:
    """Lines of a run's metrics.jsonl: {"step", "loss", "lr", ...} and {"step", "heldout": {level: loss}}."""
    path = run / METRICS
    if not path.is_file():
        return []
    lines = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            lines.append(json.loads(line))
        except ValueError:  # the last line of a killed run may be half written
            continue
    return lines


def _cut_metrics(run: Run) -> None:
    """Drop what was measured after the state that the run goes on from."""
    kept = [line for line in read_metrics(run.out) if line["step"] <= run.step]
    write_text(run.out / METRICS, "".join(json.dumps(line) + "\n" for line in kept))
