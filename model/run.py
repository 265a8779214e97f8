"""One training run: network, averaged weights, optimiser, and how they are saved and restored."""

import math
from collections import deque
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from emtool.crawler.errors import CheckpointError, EmtoolError, UsageError
from emtool.model import checkpoint, lora
from emtool.model.config import Config
from emtool.model.data import Batch
from emtool.model.device import choose_precision, name_of
from emtool.model.distillation import Distillation
from emtool.model.engine import Engine, like, whole
from emtool.model.network import build_network, parameter_count
from emtool.model.objective import Objective
from emtool.model.text_encoder import TextEncoder

LOG_EVERY = 20  # steps between lines of metrics
SAMPLING: dict[str, Any] = {
    "sampler": "ddim",
    "steps": 50,
    "guidance": 3.0,
}  # stored with the weights: demos and inference sound alike


def learning_rate(step: int, config: Config) -> float:
    """Linear warm-up, then a cosine down to ``final_lr`` of the peak."""
    train = config.train
    if step < train.warmup:
        return train.lr * (step + 1) / train.warmup
    done = min((step - train.warmup) / max(train.steps - train.warmup, 1), 1.0)
    return train.lr * (train.final_lr + (1 - train.final_lr) * 0.5 * (1 + math.cos(math.pi * done)))


def ema_decay(step: int, highest: float) -> float:
    """Power schedule: the average forgets its random beginning quickly and ends at ``highest``."""
    return min(highest, 1 - math.pow(1 + step, -2 / 3))


class Run:
    """One training run: network, average, optimiser and the folder that they are kept in."""

    def __init__(
        self,
        config: Config,
        encoder: TextEncoder,
        out: Path,
        engine: Engine,
        *,
        history: dict[str, Any],
        weights: dict[str, Tensor] | None = None,
        teacher: dict[str, Tensor] | None = None,
        saved: checkpoint.Checkpoint | None = None,
    ) -> None:
        """Make a new run, or one that goes on.

        Args:
            config: What is trained, and how.
            encoder: Turns captions into states.
            out: The run's folder.
            engine: The processes that train together.
            history: What every checkpoint says of the data and of where the weights came from.
            weights: To begin with, instead of random ones.
            teacher: Weights of the same network that a student learns from.
            saved: State to go on from.

        Raises:
            CheckpointError: Weights or state belong to another network.
            UsageError: A student has no teacher.
        """
        torch.manual_seed(config.train.seed)
        self.config = config
        self.encoder = encoder
        self.out = out
        self.engine = engine
        self.history = history
        self.device = engine.device
        self.precision: torch.dtype = engine.from_first(
            lambda: choose_precision(config.train.precision, self.device, half=True)
        )
        self.step = 0
        self.seconds = 0.0
        self.gradient_norm = 0.0
        self.compiled: bool | None = None  # None: not decided yet
        self.recent: deque[float] = deque(maxlen=LOG_EVERY)  # losses, for a line of metrics
        self.network = build_network(config.model, encoder.dim)
        if weights is not None:
            _load(self.network, weights, "the checkpoint to begin with")
        if config.train.lora:
            lora.adapt(self.network, config.train.lora)
        self.average = deepcopy(self.network)
        parts = _parts(saved)
        if saved is not None:
            _load(self.network, parts["network"], f"the state in {out}")
            _load(self.average, parts["average"], f"the state in {out}")
        self.network.to(self.device)
        self.average.to(self.device)
        self.parameters = parameter_count(self.network)  # all of them, also where weights are sharded
        averaged = [p for p in self.average.parameters() if p.requires_grad]
        self.average.requires_grad_(requires_grad=False)
        self.objective = self._objective(teacher)
        self._wrapped = engine.wrap(self.objective)
        self._trained = [p for p in self.network.parameters() if p.requires_grad]
        self._averaged: list[Tensor] = [
            like(kept.data, p).clone() if engine.sharded else kept
            for kept, p in zip(averaged, self._trained, strict=True)
        ]
        self._whole_average = averaged
        self.optimiser = torch.optim.AdamW(
            self._trained, lr=config.train.lr, betas=(0.9, 0.99), weight_decay=config.train.weight_decay
        )
        self._scaler = torch.amp.GradScaler(self.device.type, enabled=self.precision == torch.float16)
        if saved is not None:
            self._restore(saved.about, parts["optimiser"])

    def _objective(self, teacher: dict[str, Tensor] | None) -> Objective:
        train = self.config.train
        if not train.student_steps:
            return Objective(self.network, self.precision)
        if teacher is None:
            raise UsageError(
                f"student_steps={train.student_steps} needs a teacher: use emtool distill, or --from"
            )
        network = build_network(self.config.model, self.encoder.dim)
        _load(network, teacher, "the checkpoint to learn from")
        return Distillation(
            self.network,
            self.precision,
            network.to(self.device),
            steps=train.student_steps,
            guidance=train.teacher_guidance,
        )

    @property
    def arithmetic(self) -> str:
        """Which precision on which device and how many processes, for people."""
        told = f"{name_of(self.precision)} on {self.device.type}"
        if self.engine.processes > 1:
            told += f", {self.engine.processes} processes{' with sharded weights' * self.engine.sharded}"
        return told + (", compiled" if self.compiled else "")

    @property
    def recent_loss(self) -> float:
        """Mean loss of the last steps."""
        return sum(self.recent) / len(self.recent)

    @property
    def clips_per_step(self) -> int:
        """Clips that all processes together see in one optimiser step."""
        train = self.config.train
        return train.batch * train.accumulate * self.engine.processes

    def fit_scale(self, audio: Tensor) -> None:
        """Measure the front end's scales on clips [B, C, T] and take them over into the averaged weights."""
        self.network.fit_scale(audio.to(self.device))
        kept = dict(self.average.named_buffers())
        for name, buffer in self.network.named_buffers():
            kept[name].copy_(buffer)

    def learn(self, batches: Sequence[Batch]) -> float:
        """Take one optimiser step on this process's batches and return the loss over all processes.

        Raises:
            EmtoolError: The loss is not a number; the message names the step and the clips.
        """
        train = self.config.train
        self.optimiser.zero_grad(set_to_none=True)
        losses = []
        for turn, batch in enumerate(batches, 1):
            if turn < len(batches):
                with self.engine.without_exchange(self._wrapped):
                    losses.append(self._backward(batch, len(batches)))
            else:
                losses.append(self._backward(batch, len(batches)))
        value = self.engine.mean(sum(losses) / len(losses))
        if not math.isfinite(value):
            self._refuse(value, batches, losses)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        self._scaler.unscale_(self.optimiser)
        self.gradient_norm = self.engine.clip(self._trained, train.clip)
        self._scaler.step(self.optimiser)
        self._scaler.update()
        self._average(ema_decay(self.step, train.ema))
        self.step += 1
        self.recent.append(value)
        return value

    def _backward(self, batch: Batch, parts: int) -> float:
        loss = self._loss(self._wrapped, batch)
        self._scaler.scale(loss / parts).backward()
        return float(loss.detach())

    def local_loss(self, batch: Batch) -> Tensor:
        """Loss of one batch with its graph, which no other process takes part in."""
        return self._loss(self.objective, batch)

    def _loss(self, objective: torch.nn.Module, batch: Batch) -> Tensor:
        text = self.encoder(batch.texts).to(self.device)
        inputs = (part.to(self.device) for part in (batch.audio, batch.noise, batch.t))
        loss: Tensor = objective(*inputs, text, batch.dropped.to(self.device))
        return loss

    def _refuse(self, value: float, batches: Sequence[Batch], losses: Sequence[float]) -> None:
        own = [
            name
            for batch, loss in zip(batches, losses, strict=True)
            if not math.isfinite(loss)
            for name in batch.ids
        ]
        names = [name for process in self.engine.all(own) for name in process]
        raise EmtoolError(
            f"the loss is {value} at step {self.step} on the clips {', '.join(names)}: "
            "lower lr or clip, or look at these clips; the last checkpoint is kept"
        )

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        torch._foreach_lerp_(self._averaged, [p.data for p in self._trained], 1 - decay)

    @torch.no_grad()
    def settle(self) -> None:
        """Bring ``average`` up to date where the averaged weights are sharded; every process must ask."""
        if self.engine.sharded:
            for kept, shard in zip(self._whole_average, self._averaged, strict=True):
                kept.data.copy_(whole(shard))

    def about(self) -> dict[str, Any]:
        """What a checkpoint tells of itself."""
        return self.history | {
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "recent_losses": list(self.recent),
            "clips_per_step": self.clips_per_step,
            "parameters": self.parameters,
            "compiled": self.compiled,
            "scaler": self._scaler.state_dict(),
            "sampling": SAMPLING | self._student_sampling(),
            "text_dim": self.encoder.dim,
        }

    def _student_sampling(self) -> dict[str, Any]:
        """Settings of the sampler that a student was taught to be played with: it has learned the guidance."""
        steps = self.config.train.student_steps
        return {"steps": steps, "guidance": 1.0} if steps else {}

    def save(self) -> None:
        """Write the state to continue from, then the averaged weights; drop states beyond ``keep``.

        Every process must ask; the first one writes.

        Raises:
            OSError: The disk is full or the folder is not writable; the states of before are kept.
        """
        self.settle()
        tensors = {f"network.{name}": whole(value) for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for index, parameter in enumerate(self._trained):
            for name, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"optimiser.{index}.{name}"] = whole(value)
        if self.engine.leads:
            self._write(tensors)
        self.engine.wait()

    def _write(self, tensors: dict[str, Tensor]) -> None:
        about = self.about()
        checkpoint.save(
            self.out / "states" / f"step-{self.step:08d}.safetensors", tensors, self.config, about
        )
        weights = self.average.state_dict()
        if self.config.train.lora:
            lora.save(self.average, self.out / lora.FOLDER, self.config.train.lora, self.history)
            weights = lora.merged(self.average)
        checkpoint.save(self.out / checkpoint.FILE, weights, self.config, about)
        for old in states(self.out)[: -self.config.train.keep - 1]:
            old.unlink()

    def _restore(self, about: dict[str, Any], moments: dict[str, Tensor]) -> None:
        state: dict[int, dict[str, Tensor]] = {}
        for name, tensor in moments.items():
            index, _, rest = name.partition(".")
            state.setdefault(int(index), {})[rest] = like(tensor, self._trained[int(index)])
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": state})
        self.step = about["step"]
        self.seconds = about["seconds"]
        self.compiled = about.get("compiled")
        self.recent.extend(about["recent_losses"])
        if self._scaler.is_enabled() and about.get("scaler"):
            self._scaler.load_state_dict(about["scaler"])


def _parts(saved: checkpoint.Checkpoint | None) -> dict[str, dict[str, Tensor]]:
    parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimiser": {}}
    for name, tensor in saved.tensors.items() if saved is not None else ():
        part, _, rest = name.partition(".")
        parts[part][rest] = tensor
    return parts


def _load(network: torch.nn.Module, tensors: dict[str, Tensor], what: str) -> None:
    try:
        network.load_state_dict(tensors)
    except RuntimeError as error:
        raise CheckpointError(f"{what} is of another network: choose another --out or --from") from error


def states(run: Path) -> list[Path]:
    """Saved states of a run, oldest first."""
    return sorted((run / "states").glob("step-*.safetensors"))


def newest_state(run: Path) -> checkpoint.Checkpoint | None:
    """Load the newest state that can be read; a damaged one gives way to the one before it."""
    for path in reversed(states(run)):
        try:
            return checkpoint.load(path)
        except CheckpointError:
            continue
    return None
