"""One training run: network, averaged weights, optimiser, and how they are saved and restored."""

import math
from collections import deque
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from emtool.crawler.errors import CheckpointError, EmtoolError
from emtool.dataset.load import Dataset
from emtool.model import checkpoint
from emtool.model.config import Config
from emtool.model.data import Batch
from emtool.model.device import best_device, choose_precision
from emtool.model.diffusion import diffuse, stratified_times, velocity
from emtool.model.network import VelocityNetwork, parameter_count
from emtool.model.text_encoder import TextEncoder

LOG_EVERY = 20  # steps between lines of metrics
SAMPLING = {
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

    def __init__(self, config: Config, encoder: TextEncoder, out: Path) -> None:
        torch.manual_seed(config.train.seed)
        self.config = config
        self.encoder = encoder
        self.out = out
        self.device = best_device()
        self.precision = choose_precision(config.train.precision, self.device)
        self.network = VelocityNetwork(config.model, encoder.dim).to(self.device)
        self.average = (
            VelocityNetwork(config.model, encoder.dim).to(self.device).requires_grad_(requires_grad=False)
        )
        self.average.load_state_dict(self.network.state_dict())
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(),
            lr=config.train.lr,
            betas=(0.9, 0.99),
            weight_decay=config.train.weight_decay,
        )
        self.step = 0
        self.seconds = 0.0
        self.recent: deque[float] = deque(maxlen=LOG_EVERY)  # losses, for a line of metrics

    @property
    def arithmetic(self) -> str:
        """Which precision on which device, for people."""
        return f"{'bf16' if self.precision == torch.bfloat16 else 'fp32'} on {self.device.type}"

    @property
    def recent_loss(self) -> float:
        """Mean loss of the last steps."""
        return sum(self.recent) / len(self.recent)

    def fit_scale(self, audio: Tensor) -> None:
        """Measure the front end's scales on clips [B, C, T] and take them over into the averaged weights."""
        self.network.fit_scale(audio.to(self.device))
        self.average.load_state_dict(self.network.state_dict())

    def learn(self, batch: Batch) -> float:
        """Take one optimiser step and return its loss.

        Raises:
            EmtoolError: The loss is not a number; the message names the step and the clips.
        """
        train = self.config.train
        generator = torch.Generator().manual_seed(train.seed * 1_000_003 + self.step)
        x = self.network.enter(batch.audio.to(self.device))
        noise = torch.randn(batch.audio.shape, generator=generator).to(self.device)
        t = stratified_times(len(x), generator).to(self.device)
        dropped = (torch.rand(len(x), generator=generator) < train.drop_text).to(self.device)
        text = self.network.without_text(self.encoder(batch.texts).to(self.device), dropped)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.precision == torch.bfloat16):
            guess = self.network(diffuse(x, noise, t), t, text)
        loss = (guess - velocity(x, noise, t)).square().mean()
        value = float(loss.detach())
        if not math.isfinite(value):
            raise EmtoolError(
                f"the loss is {value} at step {self.step} on the clips {', '.join(batch.ids)}: "
                "lower lr or clip, or look at these clips; the last checkpoint is kept"
            )
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.step, self.config)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), train.clip)
        self.optimiser.step()
        self._average(ema_decay(self.step, train.ema))
        self.step += 1
        self.recent.append(value)
        return value

    @torch.no_grad()
    def _average(self, decay: float) -> None:
        kept: list[Tensor] = list(self.average.parameters())
        new: list[Tensor] = list(self.network.parameters())
        torch._foreach_lerp_(kept, new, 1 - decay)

    def about(self, dataset: Dataset) -> dict[str, Any]:
        """What a checkpoint tells of itself."""
        return {
            "step": self.step,
            "seconds": round(self.seconds, 1),
            "recent_losses": list(self.recent),
            "parameters": parameter_count(self.network),
            "dataset": {"name": dataset.info.name, "fingerprint": dataset.info.fingerprint},
            "sampling": SAMPLING,
            "text_dim": self.encoder.dim,
        }

    def save(self, dataset: Dataset) -> None:
        """Write the state to continue from, then the averaged weights; drop states beyond ``keep``."""
        tensors = {f"network.{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"average.{name}": value for name, value in self.average.state_dict().items()}
        for index, state in self.optimiser.state_dict()["state"].items():
            tensors |= {f"optimiser.{index}.{name}": value for name, value in state.items()}
        about = self.about(dataset)
        checkpoint.save(
            self.out / "states" / f"step-{self.step:08d}.safetensors", tensors, self.config, about
        )
        checkpoint.save(self.out / checkpoint.FILE, self.average.state_dict(), self.config, about)
        for old in states(self.out)[: -self.config.train.keep - 1]:
            old.unlink()

    def restore(self, saved: checkpoint.Checkpoint) -> None:
        """Go on from a state that ``save`` wrote.

        Raises:
            CheckpointError: The state belongs to another network.
        """
        parts: dict[str, dict[str, Tensor]] = {"network": {}, "average": {}, "optimiser": {}}
        for name, tensor in saved.tensors.items():
            part, _, rest = name.partition(".")
            parts[part][rest] = tensor
        try:
            self.network.load_state_dict(parts["network"])
            self.average.load_state_dict(parts["average"])
        except RuntimeError as error:
            raise CheckpointError(
                f"the state in {self.out} is of another network: choose another --out"
            ) from error
        moments: dict[int, dict[str, Tensor]] = {}
        for name, tensor in parts["optimiser"].items():
            index, _, rest = name.partition(".")
            moments.setdefault(int(index), {})[rest] = tensor
        self.optimiser.load_state_dict({**self.optimiser.state_dict(), "state": moments})
        self.step = saved.about["step"]
        self.seconds = saved.about["seconds"]
        self.recent.extend(saved.about["recent_losses"])


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
