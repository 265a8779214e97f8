"""One racer: it trains for some processor seconds of one thread and writes down what it has learned so far."""

import copy
import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from emtool.crawler.files import atomic_path, write_text
from emtool.model.diffusion import diffuse, stratified_times, velocity
from emtool.model.heldout import LEVELS
from emtool.model.run import ema_decay
from tests.benchmarks.training import corpus
from tests.benchmarks.training.contenders import CONTENDERS, parameters
from tests.benchmarks.training.corpus import Corpus

BATCH = 8
HELD_OUT_CLIPS, ON_THE_WAY = 64, 24  # at the end, and at each mark
WARMUP_SHARE, FINAL_RATE, EMA = 0.02, 0.05, 0.999
DROP_TEXT = 0.1
MARK_S = 300.0
"""Processor seconds from one measurement of the held-out loss to the next; measuring is not part of the budget."""
_STATEFUL = ("network", "average", "optimiser")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What races: a design, its learning rate, its seed, and for how long."""

    design: str
    rate: float
    seed: int
    budget_s: float

    @property
    def name(self) -> str:
        return f"{self.design}-rate{self.rate:g}-seed{self.seed}-{self.budget_s:g}s"


class Racer:
    """A network, its running average, and the clock of its processor time."""

    def __init__(self, entry: Entry, train: Corpus) -> None:
        torch.manual_seed(entry.seed)
        self.entry, self.train = entry, train
        network: Any = CONTENDERS[entry.design]()  # an nn.Module with fit_scale and without_text
        self.network = network
        self.network.fit_scale(train.audio[:: max(1, len(train.audio) // 256)])
        self.average = copy.deepcopy(self.network).requires_grad_(requires_grad=False)
        self.optimiser = torch.optim.AdamW(
            self.network.parameters(), lr=entry.rate, betas=(0.9, 0.99), weight_decay=0.01
        )
        self.step, self.spent_s = 0, 0.0

    def learn(self) -> float:
        """One step; the same step of the same seed sees the same clips, noise and times, whatever the design."""
        began = time.process_time()
        generator = torch.Generator().manual_seed(self.entry.seed * 1_000_003 + self.step)
        rows = torch.randint(len(self.train.audio), (BATCH,), generator=generator).tolist()
        drawn = torch.randint(1 << 30, (BATCH,), generator=generator).tolist()
        captions = [self.train.captions[row] for row in rows]
        texts = tuple(own[number % len(own)] for own, number in zip(captions, drawn, strict=True))
        x = self.train.audio[rows]
        noise = torch.randn(x.shape, generator=generator)
        t = stratified_times(len(x), generator)
        dropped = torch.rand(len(x), generator=generator) < DROP_TEXT
        text = self.network.without_text(corpus.states(texts), dropped)
        loss = (self.network(diffuse(x, noise, t), t, text) - velocity(x, noise, t)).square().mean()
        for group in self.optimiser.param_groups:
            group["lr"] = self._rate()
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        decay = ema_decay(self.step, EMA)
        with torch.no_grad():
            torch._foreach_lerp_(list(self.average.parameters()), list(self.network.parameters()), 1 - decay)
        self.step += 1
        self.spent_s += time.process_time() - began
        return float(loss.detach())

    def _rate(self) -> float:
        """Warm-up and cosine over the budget of time, not of steps: each design ends with a low rate."""
        done = self.spent_s / self.entry.budget_s
        if done < WARMUP_SHARE:
            return self.entry.rate * max(done / WARMUP_SHARE, 0.02)
        fallen = min((done - WARMUP_SHARE) / (1 - WARMUP_SHARE), 1.0)
        return self.entry.rate * (FINAL_RATE + (1 - FINAL_RATE) * 0.5 * (1 + math.cos(math.pi * fallen)))


@torch.inference_mode()
def held_out_losses(network: nn.Module, held_out: Corpus, clips: int) -> dict[str, float]:
    """Error of v at each level: the same clips, captions and noise for every design."""
    audio = held_out.audio[:clips]
    texts = [own[at % len(own)] for at, own in enumerate(held_out.captions[:clips])]
    losses = {}
    for level in LEVELS:
        noise = torch.randn(audio.shape, generator=torch.Generator().manual_seed(round(level * 10)))
        errors: list[Tensor] = []
        for first in range(0, len(audio), BATCH):
            part = slice(first, first + BATCH)
            t = torch.full((len(audio[part]),), level)
            guess = network(diffuse(audio[part], noise[part], t), t, corpus.states(tuple(texts[part])))
            errors.append((guess - velocity(audio[part], noise[part], t)).square().mean(dim=(1, 2)))
        losses[f"{level:.1f}"] = float(torch.cat(errors).mean())
    return losses | {"mean": sum(losses.values()) / len(losses)}


def run(entry: Entry, rendered: Path, out: Path) -> None:
    """Race to the end of the budget: ``out/NAME.jsonl`` (a line a mark) and ``out/NAME.pt`` (averaged weights).

    A racer that was stopped goes on from its last mark.
    """
    torch.set_num_threads(1)
    train, held_out = corpus.load(rendered, out / "corpus.npy")
    racer = Racer(entry, train)
    state = out / f"{entry.name}.state"
    lines = _continue(racer, state) if state.exists() else []
    count = max(1, round(entry.budget_s / MARK_S))
    for number in range(len(lines) + 1, count + 1):
        losses = []
        while racer.spent_s < entry.budget_s * number / count:
            losses.append(racer.learn())
        line: dict[str, Any] = {
            "design": entry.design,
            "rate": entry.rate,
            "seed": entry.seed,
            "parameters_m": round(parameters(racer.network), 2),
            "cpu_s": round(racer.spent_s, 1),
            "step": racer.step,
            "loss": sum(losses) / len(losses),
            "heldout": held_out_losses(racer.average, held_out, ON_THE_WAY),
        }
        if number == count:
            line["final"] = held_out_losses(racer.average, held_out, HELD_OUT_CLIPS)
        lines.append(json.dumps(line))
        _save(racer, lines, state)
    with atomic_path(out / f"{entry.name}.pt") as part:
        torch.save(racer.average.state_dict(), part)
    write_text(out / f"{entry.name}.jsonl", "\n".join(lines) + "\n")
    state.unlink()


def _save(racer: Racer, lines: list[str], path: Path) -> None:
    modules = {name: getattr(racer, name).state_dict() for name in _STATEFUL}
    with atomic_path(path) as part:
        torch.save({**modules, "step": racer.step, "spent_s": racer.spent_s, "lines": lines}, part)


def _continue(racer: Racer, path: Path) -> list[str]:
    saved = torch.load(path, weights_only=True)
    for name in _STATEFUL:
        getattr(racer, name).load_state_dict(saved[name])
    racer.step, racer.spent_s = saved["step"], saved["spent_s"]
    lines: list[str] = saved["lines"]
    return lines
