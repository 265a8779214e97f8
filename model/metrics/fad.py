"""Fréchet audio distance on log-mel statistics: comparable within one report only.

Kilgour et al. (2019). tr sqrt(S1 S2) is computed as the nuclear norm of the product of the centred points:
exact with fewer clips than dimensions, and never imaginary. The distance grows as clips get fewer (Gui et al.
2024, arXiv 2311.01616), so every set is cut to the same number of clips.
"""

import numpy as np

from emtool.model.listening.embedding import NAME, Embedded
from emtool.model.listening.kernel import Points
from emtool.model.measuring import Result, Role, Score, Subject, bootstrap, generated_name

_LEAST = 8  # clips of a set
_SIZES, _DRAWS = 10, 4  # of subsets, for the line to endlessly many clips
_TITLE = "FAD, log-mel"
_MEANING = (
    "Distance between mean and covariance of the spectra and those of real training clips; lower is better, "
    "and real held-out clips show how low it can be with this few clips."
)


def measure(subject: Subject) -> Result:
    """FAD of the generated clips and of the anchors against the real training clips."""
    sets = subject.embeddings
    reference = sets["train"]
    roles = {"held-out": Role.ANCHOR, "held-out + 20 dB noise": Role.ANCHOR, "white noise": Role.ANCHOR}
    roles |= {generated_name(guidance): Role.RESULT for guidance in subject.generated}
    count = min(len(sets[name]) for name in roles)
    if min(count, len(reference)) < _LEAST:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs {_LEAST} clips in the training split and in each set; the smallest has "
            f"{min(count, len(reference))}",
        )
    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval="bootstrap over works, moved to the measured value because repeated clips bias the distance",
        scores=tuple(
            _score(name, role, reference.points, sets[name].first(count), subject.seed)
            for name, role in roles.items()
        ),
        note=f"{NAME}; every set cut to {count} clips",
        detail={
            "reference_clips": len(reference),
            "infinity": {
                name: fad_infinity(reference.points, sets[name].first(count).points, subject.seed)
                for name in roles
            },
        },
    )


def frechet_audio_distance(reference: Points, points: Points) -> float:
    """FAD of points [M, D] against a reference [N, D]; never negative but for rounding."""
    return _Reference(reference).distance(points, np.ones(len(points)))


def fad_infinity(reference: Points, points: Points, seed: int) -> float:
    """FAD that endlessly many clips would have: a line over 1 / clips, at 0 (Gui et al. 2024, section 3.2)."""
    prepared, random = _Reference(reference), np.random.default_rng((seed, 29))
    sizes = np.unique(np.linspace(max(_LEAST // 2, len(points) // 4), len(points), _SIZES).astype(int))
    distances = [
        np.mean([prepared.distance(random.permutation(points)[:size], np.ones(size)) for _ in range(_DRAWS)])
        for size in sizes
    ]
    return float(np.polyfit(1 / sizes, distances, 1)[1])


class _Reference:
    """Mean and factored covariance of the reference, computed once for all draws of a bootstrap."""

    def __init__(self, points: Points) -> None:
        self._mean = points.mean(axis=0)
        factor = (points - self._mean) / np.sqrt(len(points) - 1)
        self._factor = np.linalg.qr(factor, mode="r")  # the same covariance in at most D rows
        self._trace = float(np.sum(factor**2))

    def distance(self, points: Points, weights: Points) -> float:
        total = weights.sum()
        mean = weights @ points / total
        factor = (points - mean) * np.sqrt(weights / (total - 1))[:, None]
        shift = self._mean - mean
        nuclear = np.linalg.svd(self._factor @ factor.T, compute_uv=False).sum()
        return float(shift @ shift + self._trace + np.sum(factor**2) - 2 * nuclear)


def _score(name: str, role: Role, reference: Points, points: Embedded, seed: int) -> Score:
    prepared = _Reference(reference)
    value = prepared.distance(points.points, np.ones(len(points)))
    interval = bootstrap(
        lambda weights: prepared.distance(points.points, weights), points.works, seed, centre=value
    )
    return Score(name=name, value=value, n=len(points), interval=interval, role=role)
