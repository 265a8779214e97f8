"""Train a network on a dataset (PAPER.md, Algorithm 1); a stopped run goes on exactly where it was saved."""

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from emtool.crawler.errors import DatasetError
from emtool.crawler.progress import SILENT, Progress
from emtool.dataset.load import Dataset, open_dataset
from emtool.model import journal
from emtool.model.ahead import Ahead
from emtool.model.compiling import settle_compiling
from emtool.model.config import Config
from emtool.model.continued import continued, write_config
from emtool.model.data import Batch, Batches, Clips
from emtool.model.device import peak_memory_bytes
from emtool.model.engine import Engine
from emtool.model.heldout import losses_by_level
from emtool.model.interrupts import deferred_interrupts
from emtool.model.origin import Origin, check_sound, history, write_attribution
from emtool.model.previews import COUNT, write_preview
from emtool.model.run import LOG_EVERY, Run, learning_rate, newest_state
from emtool.model.text_encoder import TextEncoder
from emtool.model.trackers import Tracker, choose

_SCALE_CLIPS = 256  # clips that the front end's scales are measured on
_SPEED_STEPS = 12  # steps after which a time limit is turned into a number of steps
_TRAINING_SHARE = 0.9  # of a time limit; the rest is for measuring and saving


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


def train(
    address: str | Path,
    out: Path,
    config: Config,
    *,
    minutes: float | None = None,
    origin: Origin | None = None,
    cache: Path | None = None,
    progress: Progress = SILENT,
) -> dict[str, Any]:
    """Train into ``out`` until ``config.train.steps``; a run that was stopped goes on where it was saved.

    Args:
        address: A built dataset: a folder or a Hub name.
        out: The run's folder: config.yaml, metrics.jsonl, checkpoint.safetensors, states/.
        config: What to train; sample rate, channels and the most samples come from the dataset.
        minutes: Limit of training time in minutes: the first steps are timed and the number of steps follows from it.
        origin: Checkpoint whose weights a new run begins with.
        cache: Folder that keeps the states of texts from one run to the next.
        progress: Where bars and lines go.

    Returns:
        A summary: run, step, steps, loss, heldout, seconds, parameters, processes, unreadable, leads.

    Raises:
        DatasetError: The dataset cannot be read or is empty.
        CheckpointError: ``out`` holds a run of another dataset or other settings.
        MissingToolError: A package that the settings ask for is not installed.
        UsageError: The dataset's sound is not what ``origin`` knows.
        EmtoolError: The loss is not a number.
    """
    tracker = choose(config.train.log)
    engine = Engine()
    try:
        progress = progress if engine.leads else SILENT
        dataset = open_dataset(address)
        run, began = _open(address, dataset, out, config, origin, cache, engine, limited=minutes is not None)
        limit = minutes if began else None  # else the number of steps was settled when the run began
        if run.step >= run.config.train.steps:
            progress.say(f"{out} is finished at step {run.step}: for more, --set steps={2 * run.step}")
        else:
            _Training(run, dataset, tracker, progress).to_the_end(
                limit, "training" if began else "continuing"
            )
        return _summary(run)
    finally:
        engine.close()


def _open(
    address: str | Path,
    dataset: Dataset,
    out: Path,
    config: Config,
    origin: Origin | None,
    cache: Path | None,
    engine: Engine,
    *,
    limited: bool,
) -> tuple[Run, bool]:
    """Make the run, and say whether it begins."""
    config = fit_to_dataset(config, dataset)
    if config.train.threads:
        torch.set_num_threads(config.train.threads)
    saved = newest_state(out)
    engine.wait()  # until every process has looked, nobody writes
    told: dict[str, Any]
    if saved is not None:
        config = continued(saved, config, dataset, out, origin, processes=engine.processes, limited=limited)
        told = {
            key: saved.about[key] for key in ("dataset", "earlier_datasets", "from") if key in saved.about
        }
    else:
        if origin is not None:
            check_sound(origin, dataset)
        told = history(dataset, origin)
    theirs = (
        {name: tensor.float() for name, tensor in origin.saved.tensors.items()}
        if origin is not None
        else None
    )
    encoder = TextEncoder(config.model.text_encoder, cache)
    run = Run(
        config,
        encoder,
        out,
        engine,
        history=told,
        weights=theirs if saved is None else None,
        teacher=theirs,
        saved=saved,
    )
    if saved is None and origin is None:
        _fit_scale(run, dataset)
    if engine.leads:
        if saved is None:
            journal.begin_metrics(out)
            write_attribution(out, dataset, origin)
        else:
            journal.cut_metrics(out, run.step)
        write_config(config, address, told.get("from"), out)
    engine.wait()
    return run, saved is None


def _fit_scale(run: Run, dataset: Dataset) -> None:
    clips = Clips(dataset.split("train"))
    if not len(clips):
        return  # Batches says what to do
    rows = torch.linspace(0, len(clips) - 1, min(len(clips), _SCALE_CLIPS)).round().int().tolist()
    run.fit_scale(clips.middles(rows, run.config.model.samples)[0])


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
    audio, rows = Clips(split).middles(list(range(count)), config.model.samples)
    return _Heldout(audio, tuple(split.texts[row] for row in rows))


class _Training:
    """The loop, and what it writes down."""

    def __init__(self, run: Run, dataset: Dataset, tracker: str | None, progress: Progress) -> None:
        engine, config = run.engine, run.config
        self.run = run
        self.dataset = dataset
        self.progress = progress
        self.clips = Clips(dataset.split("train"))
        self.batches = Batches(
            self.clips, config.model, config.train, rank=engine.rank, processes=engine.processes
        )
        self.heldout = _heldout(dataset, config)
        self.prompts = config.train.prompts or tuple(dict.fromkeys(self.heldout.texts))[:COUNT]
        self.unreadable = journal.unreadable(run.out)
        self.tracker = Tracker(tracker if engine.leads else None, run.out, config, run.step)
        self._began_s, self._first_step, self._since = run.seconds, run.step, time.monotonic()
        self._logged = (0.0, self._since)  # seconds waited for data, and when, at the last line of metrics

    def to_the_end(self, minutes: float | None, doing: str) -> None:
        """Train until the last step, or until somebody asks to stop.

        Raises:
            KeyboardInterrupt: Somebody did; the run is saved.
        """
        run = self.run
        with Ahead(self.batches, run.encoder) as ahead, self.tracker:
            settle_compiling(run, ahead.take(run.step)[0], self.progress)
            self.progress.say(
                f"{doing} {run.parameters / 1e6:.1f} million parameters on {len(self.clips)} clips of "
                f"{self.dataset.info.name} from step {run.step}, {run.arithmetic}"
            )
            self._since = time.monotonic()
            if minutes is not None:
                while run.step < min(_SPEED_STEPS, run.config.train.steps):
                    self._learn(ahead)
                self._limit_steps(minutes)
            with (
                deferred_interrupts() as interrupts,
                self.progress.task("train", run.config.train.steps, "step") as task,
            ):
                task.advance(run.step)
                while run.step < run.config.train.steps:
                    self._learn(ahead)
                    task.advance()
                    task.note(f"loss {run.recent_loss:.4f}")
                    self._write_down(ahead)
                    if self._saved(pending=interrupts.pending):
                        raise KeyboardInterrupt

    def _learn(self, ahead: Ahead) -> None:
        batches = ahead.take(self.run.step)
        self.run.learn(batches)
        self.run.seconds = self._began_s + time.monotonic() - self._since
        self._tell_unreadable(batches)

    def _saved(self, *, pending: bool) -> bool:
        """Save if it is time, and say whether any process was asked to stop."""
        run, train = self.run, self.run.config.train
        stop = any(run.engine.all(pending))
        if run.step % train.save_every == 0 or run.step == train.steps or stop:
            run.save()
            run.encoder.flush()
        return stop

    def _tell_unreadable(self, batches: list[Batch]) -> None:
        own = {name: why for batch in batches for name, why in batch.unreadable.items()}
        new = {
            name: why
            for process in self.run.engine.all(own)
            for name, why in process.items()
            if name not in self.unreadable
        }
        if new:
            self.unreadable |= new
            self._write({"step": self.run.step, "unreadable": new})
            for name, why in new.items():
                self.progress.say(f"clip {name} cannot be read and is left out: {why}")

    def _write_down(self, ahead: Ahead) -> None:
        run, train = self.run, self.run.config.train
        line: dict[str, Any] = {"step": run.step, "seconds": round(run.seconds, 2)}
        last = run.step == train.steps
        if run.step % LOG_EVERY == 0 or last:
            self._write(line | self._figures(ahead))
        if run.step % train.eval_every == 0 or last:
            run.settle()
            if run.engine.leads:
                losses = losses_by_level(run.average, run.encoder, self.heldout.audio, self.heldout.texts)
                self._write(line | {"heldout": losses})
        if train.sample_every and (run.step % train.sample_every == 0 or last):
            run.settle()
            if run.engine.leads:
                write_preview(run, self.prompts, self.tracker)

    def _figures(self, ahead: Ahead) -> dict[str, Any]:
        run, now = self.run, time.monotonic()
        speed = (run.step - self._first_step) / max(run.seconds - self._began_s, 1e-9)
        waited_s, since = self._logged
        self._logged = ahead.waited_s, now
        return {
            "loss": run.recent_loss,
            "lr": learning_rate(run.step - 1, run.config),
            "gradient_norm": run.gradient_norm,
            "clips_per_s": speed * run.clips_per_step,
            "waiting": round((ahead.waited_s - waited_s) / max(now - since, 1e-9), 4),
            "memory_bytes": peak_memory_bytes(run.device),
        }

    def _write(self, line: dict[str, Any]) -> None:
        if self.run.engine.leads:
            journal.append_metrics(self.run.out, line)
            self.tracker.numbers(line)

    def _limit_steps(self, minutes: float) -> None:
        """Set the number of steps so that the run, measuring and saving included, ends within the limit."""
        run = self.run
        left_s = max(minutes * 60 * _TRAINING_SHARE - run.seconds, 0)
        steps = run.step + int(left_s / (run.seconds / run.step))
        steps = min(max(steps, run.step + 1), run.config.train.steps)
        steps = run.engine.from_first(lambda: steps)
        run.config = replace(run.config, train=replace(run.config.train, steps=steps))


def _summary(run: Run) -> dict[str, Any]:
    return {
        "run": str(run.out),
        "step": run.step,
        "steps": run.config.train.steps,
        "loss": journal.last(run.out, "loss"),
        "heldout": journal.last(run.out, "heldout"),
        "seconds": round(run.seconds, 1),
        "parameters": run.parameters,
        "processes": run.engine.processes,
        "unreadable": sorted(journal.unreadable(run.out)),
        "leads": run.engine.leads,
    }
