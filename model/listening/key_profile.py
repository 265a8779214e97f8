"""Major or minor without knowing the tonic: pitch-class profiles that are turned to where they fit.

The profiles begin as those of Krumhansl & Kessler (1982) and are then fitted to the clips at hand.
"""

from collections.abc import Sequence

import numpy as np

from emtool.crawler.progress import Task
from emtool.model.listening.classifier import Discriminant, Listener, Points, described
from emtool.model.listening.features import chroma
from emtool.model.listening.sounds import Sounds

# How well listeners found each pitch class to fit a key, from its tonic upwards.
_HEARD = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17),
}
_TONICS = 12
_ROUNDS = 15  # of fitting the profiles; they settle after about ten


def train_on_keys(sounds: Sounds, labels: Sequence[str], task: Task) -> Listener:
    """Train on real clips labelled major or minor, [N].

    In turns, each clip is moved to the tonic on which it fits the profile of its mode best, and the profiles
    become the means of their clips. A discriminant over the best fits of both profiles has the last word.
    """
    classes = tuple(sorted(set(labels)))
    numbers = np.array([classes.index(label) for label in labels])
    turned = _on_every_tonic(described(sounds, chroma, task))  # (N, 12, 12)
    profiles = [_standard(np.array(_HEARD[name])) for name in classes]
    for _ in range(_ROUNDS):
        for number in range(len(classes)):
            own = turned[numbers == number]
            best = (own @ profiles[number]).argmax(axis=1)
            profiles[number] = _standard(own[np.arange(len(own)), best].mean(axis=0))
    return Listener(
        classes=classes,
        describe=lambda clips, bar: _fits(_on_every_tonic(described(clips, chroma, bar)), profiles),
        judge=Discriminant.fit(_fits(turned, profiles), numbers, len(classes)),
    )


def _standard(values: Points) -> Points:
    deviation = values.std(axis=-1, keepdims=True)
    standard: Points = (values - values.mean(axis=-1, keepdims=True)) / np.maximum(deviation, 1e-9)
    return standard


def _on_every_tonic(points: Points) -> Points:
    return np.stack([_standard(np.roll(points, -tonic, axis=1)) for tonic in range(_TONICS)], axis=1)


def _fits(turned: Points, profiles: Sequence[Points]) -> Points:
    """Per profile the best correlation and the clip as it fits best, [N, K (1 + 12)]."""
    parts = []
    for profile in profiles:
        correlations = turned @ profile / _TONICS  # (N, 12)
        best = turned[np.arange(len(turned)), correlations.argmax(axis=1)]  # (N, 12)
        parts += [correlations.max(axis=1, keepdims=True), best]
    return np.concatenate(parts, axis=1)
