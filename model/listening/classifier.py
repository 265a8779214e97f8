"""Classifiers that a few hundred real clips train in seconds, and that give the same judgement every time.

Linear discriminant analysis (Fisher 1936), a closed form, its covariance shrunk towards the identity.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.progress import Task
from emtool.model.listening.alter import add_noise, low_pass
from emtool.model.listening.sounds import Sounds, Waveform

Describe = Callable[[Waveform, int], NDArray[np.float32]]  # samples [T] and rate to features [D]
Points = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Discriminant:
    """Linear scores of K classes over D features."""

    mean: Points  # [D]
    scale: Points  # [D]
    weights: Points  # [D, K]
    offsets: Points  # [K]

    @classmethod
    def fit(cls, points: Points, labels: NDArray[np.intp], classes: int) -> Self:
        """Fit to points [N, D] with labels [N] in 0 .. classes - 1.

        The covariance shrinks by D / (D + N): with about as many points as features, the sample's own is at its worst.
        """
        mean, scale = points.mean(axis=0), points.std(axis=0) + 1e-3
        points = (points - mean) / scale
        centres = np.stack([points[labels == number].mean(axis=0) for number in range(classes)])  # (K, D)
        rest = points - centres[labels]
        covariance = rest.T @ rest / len(rest)
        even = np.trace(covariance) / len(covariance) * np.eye(len(covariance))
        shrinkage = points.shape[1] / sum(points.shape)
        weights = np.linalg.solve((1 - shrinkage) * covariance + shrinkage * even, centres.T)
        return cls(mean=mean, scale=scale, weights=weights, offsets=-0.5 * (centres.T * weights).sum(axis=0))

    def __call__(self, points: Points) -> Points:
        """Probabilities [N, K] of points [N, D]."""
        scores = (points - self.mean) / self.scale @ self.weights + self.offsets
        scores = np.exp(scores - scores.max(axis=1, keepdims=True))
        probabilities: Points = scores / scores.sum(axis=1, keepdims=True)
        return probabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Listener:
    """Hears one property of a clip."""

    classes: tuple[str, ...]
    describe: Callable[[Sounds, Task], Points]
    judge: Callable[[Points], Points]

    def hear(self, sounds: Sounds, task: Task) -> Points:
        """Probabilities [N, K] of every clip."""
        if not len(sounds):
            return np.zeros((0, len(self.classes)))
        return self.judge(self.describe(sounds, task))


def train_on_features(
    sounds: Sounds,
    labels: Sequence[str],
    describe: Describe,
    task: Task,
    *,
    seed: int,
    copies: int,
    shortest: float,
) -> Listener:
    """Train on real clips and altered copies of them.

    A listener that was trained on clean clips alone judges the artefacts of a model and not its music.

    Args:
        sounds: The real clips.
        labels: The right answer for each clip.
        describe: From a clip to its features.
        task: The bar, moved once a clip.
        seed: Of the alterations.
        copies: Altered copies of every clip: cut, and often noisy (5 to 40 dB) or dull.
        shortest: Least part of a clip that a cut leaves, in (0, 1].
    """
    classes = tuple(sorted(set(labels)))
    random = np.random.default_rng((seed, 11))
    points, numbers = [], []
    for index, label in enumerate(labels):
        clip = sounds.mono(index)
        for copy in range(1 + copies):
            heard = _altered(clip, sounds.sample_rate_hz, random, shortest) if copy else clip
            points.append(describe(heard, sounds.sample_rate_hz))
            numbers.append(classes.index(label))
        task.advance()
    judge = Discriminant.fit(np.array(points, np.float64), np.array(numbers), len(classes))
    return Listener(classes=classes, describe=lambda clips, bar: described(clips, describe, bar), judge=judge)


def described(sounds: Sounds, describe: Describe, task: Task) -> Points:
    """Compute the features [N, D] of every clip."""
    points = []
    for index in range(len(sounds)):
        points.append(describe(sounds.mono(index), sounds.sample_rate_hz))
        task.advance()
    return np.array(points, np.float64)


def _altered(clip: Waveform, sample_rate_hz: int, random: np.random.Generator, shortest: float) -> Waveform:
    length = int(random.integers(round(shortest * len(clip)), len(clip) + 1))
    start = int(random.integers(0, len(clip) - length + 1))
    clip = clip[start : start + length]
    if random.random() < 0.6:
        tilt = random.uniform(-0.5, 0.5) if random.random() < 0.5 else 0.0
        clip = add_noise(clip, random.uniform(5, 40), random, tilt=tilt)
    if random.random() < 0.4:
        cutoff_hz = float(np.exp(random.uniform(np.log(2000), np.log(7000))))
        clip = low_pass(clip, cutoff_hz, sample_rate_hz, order=int(random.integers(1, 5)))
    return clip
