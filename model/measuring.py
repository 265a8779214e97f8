"""What a metric receives and what it answers, and the intervals that every figure carries.

A metric is one file in ``metrics/`` with ``measure(subject: Subject) -> Result``.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.progress import SILENT, Progress
from emtool.model.listening.alter import white_noise, with_noise
from emtool.model.listening.embedding import Embedded, embed
from emtool.model.listening.sounds import Sounds

Interval = tuple[float, float]

_Z_95 = 1.959964  # the normal quantile of a 95 % interval
_RESAMPLES = 500
_LEAST_WORKS = 5  # fewer say nothing about how works differ


class Role(StrEnum):
    """What a figure is there for."""

    RESULT = "result"  # sounds of the model
    ANCHOR = "anchor"  # sounds whose score is known to be good or bad
    CONTROL = "control"  # the model with something taken away, such as the right text


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """One figure, with the number of clips behind it and its 95 % interval."""

    name: str
    value: float
    n: int
    interval: Interval | None  # None where there are too few works to tell
    role: Role = Role.RESULT


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a metric found, or why it found nothing."""

    title: str
    meaning: str  # one sentence for the reader: what it measures and which direction is good
    interval: str = ""  # how the intervals were made
    scores: tuple[Score, ...] = ()
    chance: float | None = None  # what guessing scores
    trusted: bool = True
    note: str = ""
    skipped: str = ""  # the reason, where nothing could be measured
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value; intervals become lists."""
        return asdict(self)


class SoundMaker(Protocol):
    """What evaluation needs of a ``Sampler``."""

    @property
    def sample_rate_hz(self) -> int:
        """Samples per second."""

    @property
    def seconds(self) -> float:
        """Length of a clip in seconds."""

    def generate(
        self,
        prompts: Sequence[str],
        *,
        steps: int,
        guidance: float,
        seed: int,
        batch: int,
        progress: Progress,
    ) -> NDArray[np.float32]:
        """Make one clip [C, T] per prompt."""

    def denoise_loss(
        self, audio: NDArray[np.float32], texts: Sequence[str], t: float, seed: int
    ) -> NDArray[np.float32]:
        """Mean squared error of v per clip, [N]."""


@dataclass(kw_only=True)
class Subject:
    """A model and the real clips that it is compared with."""

    sampler: SoundMaker
    train: Sounds
    heldout: Sounds
    generated: Mapping[float, Sounds]  # by guidance, one clip per prompt
    repeats: Sounds  # the same few prompts with several seeds; a prompt is one work
    heldout_clips: int = 64  # most clips for the held-out loss
    seed: int = 0
    progress: Progress = SILENT

    @cached_property
    def embeddings(self) -> dict[str, Embedded]:
        """Log-mel statistics of all sounds and of the anchors, by name."""
        seconds, rate = self.sampler.seconds, self.sampler.sample_rate_hz
        named: dict[str, Sounds] = {
            "train": self.train,
            "held-out": self.heldout,
            "held-out + 20 dB noise": with_noise(self.heldout, 20, self.seed),
            "white noise": white_noise(max(len(self.heldout), 32), seconds, rate, self.seed),
            "repeats": self.repeats,
        }
        named |= {generated_name(guidance): sounds for guidance, sounds in self.generated.items()}
        embedded = {}
        with self.progress.task("log-mel", sum(map(len, named.values())), "clip") as task:
            for name, sounds in named.items():
                embedded[name] = embed(sounds, task)
        return embedded


def generated_name(guidance: float) -> str:
    """Name of the sounds that were made with a guidance."""
    return f"generated, guidance {guidance:g}"


def wilson(hits: int, n: int) -> Interval:
    """95 % interval of a share (Wilson 1927); it stays inside [0, 1] and is sensible for small n."""
    if n == 0:
        return 0.0, 1.0
    share, z2 = hits / n, _Z_95**2
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z_95 * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    return max(0.0, middle - half), min(1.0, middle + half)


def bootstrap(
    statistic: Callable[[NDArray[np.float64]], float],
    works: Sequence[str],
    seed: int,
    *,
    centre: float | None = None,
) -> Interval | None:
    """95 % percentile interval over works, because clips of one work are not independent.

    Args:
        statistic: How often each clip was drawn, [N], to the figure.
        works: The work of each clip.
        seed: Of the draws.
        centre: Put the middle of the draws here: for figures that repeated clips bias.
    """
    _, work = np.unique(np.asarray(works, dtype=str), return_inverse=True)
    count = int(work.max()) + 1
    if count < _LEAST_WORKS:
        return None
    random = np.random.default_rng((seed, 17))
    drawn = []
    for _ in range(_RESAMPLES):
        weights = np.bincount(random.integers(0, count, count), minlength=count)[work].astype(np.float64)
        value = statistic(weights)
        if math.isfinite(value):
            drawn.append(value)
    if not drawn:
        return None
    low, middle, high = np.percentile(drawn, (2.5, 50, 97.5))
    shift = 0.0 if centre is None else centre - middle
    return float(low + shift), float(high + shift)


def bootstrap_mean(values: NDArray[np.float64], works: Sequence[str], seed: int) -> Interval | None:
    """95 % interval of a mean over clips [N]."""
    return bootstrap(lambda weights: float(weights @ values / weights.sum()), works, seed)
