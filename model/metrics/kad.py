"""Kernel audio distance: how far the generated clips lie from real ones, unbiased for few clips.

Chung et al. (2025), arXiv 2502.15602: squared maximum mean discrepancy with a Gaussian kernel, times 100. Its
bandwidth is the median distance within the reference, as the paper asks.
"""

import numpy as np

from emtool.model.listening.embedding import NAME, Embedded
from emtool.model.listening.kernel import Points, gaussian, mean_of_pairs, median_distance
from emtool.model.measuring import Result, Role, Score, Subject, bootstrap, generated_name

_SCALE = 100
_LEAST = 8  # clips of a set
_TITLE = "KAD, log-mel"
_MEANING = (
    "Distance of the spectra from those of real training clips; 0 is no difference, lower is better. "
    "Blind to level, melody and order."
)


def measure(subject: Subject) -> Result:
    """KAD of the generated clips and of the anchors against the real training clips."""
    sets = subject.embeddings
    reference = sets["train"]
    roles = {"held-out": Role.ANCHOR, "held-out + 20 dB noise": Role.ANCHOR, "white noise": Role.ANCHOR}
    roles |= {generated_name(guidance): Role.RESULT for guidance in subject.generated}
    measured = {name: role for name, role in roles.items() if len(sets[name]) >= _LEAST}
    if len(reference) < _LEAST or not measured:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs {_LEAST} clips in the training split and in each set; "
            f"the training split has {len(reference)}",
        )
    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval=f"bootstrap over works of each set against the same {len(reference)} training clips",
        scores=tuple(
            _score(name, role, reference, sets[name], subject.seed) for name, role in measured.items()
        ),
        note=NAME,
        detail={"reference_clips": len(reference)},
    )


def kernel_audio_distance(reference: Points, points: Points) -> float:
    """KAD times 100 of points [M, D] against a reference [N, D]; about 0, also below, for the same source."""
    return _Kernels(reference, points).distance(np.ones(len(points)))


class _Kernels:
    """The kernel matrices of two sets, computed once for all draws of a bootstrap."""

    def __init__(self, reference: Points, points: Points) -> None:
        bandwidth = median_distance(reference)
        self._within = gaussian(points, points, bandwidth)
        self._to_reference = gaussian(reference, points, bandwidth).mean(axis=0)
        self._reference = mean_of_pairs(gaussian(reference, reference, bandwidth))

    def distance(self, weights: Points) -> float:
        between = float(self._to_reference @ weights / weights.sum())
        return _SCALE * (self._reference + mean_of_pairs(self._within, weights) - 2 * between)


def _score(name: str, role: Role, reference: Embedded, points: Embedded, seed: int) -> Score:
    kernels = _Kernels(reference.points, points.points)
    return Score(
        name=name,
        value=kernels.distance(np.ones(len(points))),
        n=len(points),
        interval=bootstrap(kernels.distance, points.works, seed),
        role=role,
    )
