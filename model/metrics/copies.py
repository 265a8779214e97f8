"""Has the model learned clips by heart? The nearest training clip of each sound, beside that of real held-out clips."""

import numpy as np

from emtool.model.listening.embedding import NAME, Embedded
from emtool.model.listening.kernel import Points, squared_distances
from emtool.model.measuring import Result, Role, Score, Subject, bootstrap, generated_name

_LEAST = 4  # clips of a set
_TITLE = "nearest training clip, log-mel"
_MEANING = (
    "Median distance to the nearest training clip, in units of the median distance between a training clip and its "
    "own nearest other one: near 0 is a copy, and much less than real held-out clips is suspicious."
)


def measure(subject: Subject) -> Result:
    """Distance of the generated clips and of the anchors to the training clips."""
    sets = subject.embeddings
    reference = sets["train"]
    if len(reference) < _LEAST:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs {_LEAST} training clips; there are {len(reference)}",
        )
    unit = float(np.median(nearest(reference.points)))
    copied = sets["train"].first(len(sets["held-out"]))  # what a model by heart would give
    named = {"held-out": sets["held-out"], "training clips again": copied}
    named |= {generated_name(guidance): sets[generated_name(guidance)] for guidance in subject.generated}
    kept = {name: points for name, points in named.items() if len(points) >= _LEAST}
    anchors = ("held-out", "training clips again")
    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval="bootstrap over works or prompts",
        scores=tuple(
            _score(
                name, Role.ANCHOR if name in anchors else Role.RESULT, points, reference, unit, subject.seed
            )
            for name, points in kept.items()
        ),
        note=f"{NAME}: sounds alike in spectrum and change, whatever their melody",
        detail={"reference_clips": len(reference), "unit": unit},
    )


def nearest(points: Points, others: Points | None = None) -> Points:
    """Distance [N] to the nearest of ``others`` [M, D], or of the other points where there are none."""
    distances = np.sqrt(squared_distances(points, points if others is None else others))
    if others is None:
        np.fill_diagonal(distances, np.inf)
    found: Points = distances.min(axis=1)
    return found


def _score(name: str, role: Role, points: Embedded, reference: Embedded, unit: float, seed: int) -> Score:
    distances = nearest(points.points, reference.points) / unit
    return Score(
        name=name,
        value=float(np.median(distances)),
        n=len(points),
        interval=bootstrap(lambda weights: _weighted_median(distances, weights), points.works, seed),
        role=role,
    )


def _weighted_median(values: Points, weights: Points) -> float:
    order = values.argsort()
    total = weights[order].cumsum()
    return float(values[order][np.searchsorted(total, total[-1] / 2)])
