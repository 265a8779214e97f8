"""How much of real music the generated clips reach, and how many of them lie where real music lies."""

import numpy as np

from emtool.model.listening.embedding import NAME, Embedded
from emtool.model.listening.kernel import Points, squared_distances
from emtool.model.measuring import Result, Role, Score, Subject, bootstrap, generated_name

NEIGHBOURS = 5

_TITLE = "coverage, log-mel"
_MEANING = (
    "Share of real training clips that have a clip of the set among what is as near as their fifth neighbour; "
    "higher is more varied and more like real music, and real held-out clips show how high it can be."
)


def measure(subject: Subject) -> Result:
    """Coverage of the generated clips and of the anchors, with precision, recall and density (Naeem et al. 2020)."""
    sets = subject.embeddings
    reference = sets["train"]
    roles = {"held-out": Role.ANCHOR, "held-out + 20 dB noise": Role.ANCHOR, "white noise": Role.ANCHOR}
    roles |= {generated_name(guidance): Role.RESULT for guidance in subject.generated}
    count = min(len(sets[name]) for name in roles)
    least = NEIGHBOURS + 1
    if min(count, len(reference)) < least:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs {least} clips in the training split and in each set; the smallest has "
            f"{min(count, len(reference))}",
        )
    cut = {name: sets[name].first(count) for name in roles}
    around_real = radii(reference.points, NEIGHBOURS)
    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval="bootstrap over works, moved to the measured value because a clip drawn twice covers no more",
        scores=tuple(
            _score(name, role, reference.points, around_real, cut[name], subject.seed)
            for name, role in roles.items()
        ),
        note=f"{NAME}; {NEIGHBOURS} neighbours; every set cut to {count} clips",
        detail={
            "reference_clips": len(reference),
            "neighbours": {
                name: prdc(reference.points, cut[name].points, around_real=around_real) for name in roles
            },
        },
    )


def prdc(
    real: Points, made: Points, neighbours: int = NEIGHBOURS, *, around_real: Points | None = None
) -> dict[str, float]:
    """Precision, recall (Kynkäänniemi et al. 2019), density and coverage (Naeem et al. 2020).

    Args:
        real: Points [N, D] of real clips.
        made: Points [M, D] of the set.
        neighbours: Which neighbour's distance is the radius around a point; N and M must be larger.
        around_real: The ``radii`` of the real clips, where they are known.
    """
    between = np.sqrt(squared_distances(real, made))  # (N, M)
    around_real = (radii(real, neighbours) if around_real is None else around_real)[:, None]
    around_made = radii(made, neighbours)[None]
    return {
        "precision": float((between < around_real).any(axis=0).mean()),
        "recall": float((between < around_made).any(axis=1).mean()),
        "density": float((between < around_real).sum(axis=0).mean() / neighbours),
        "coverage": float((between.min(axis=1) < around_real[:, 0]).mean()),
    }


def radii(points: Points, neighbours: int) -> Points:
    """Distance of every point [N, D] to its n-th nearest other point, [N]."""
    ordered = np.partition(squared_distances(points, points), neighbours, axis=1)
    found: Points = np.sqrt(ordered[:, neighbours])
    return found


def _score(name: str, role: Role, real: Points, around_real: Points, points: Embedded, seed: int) -> Score:
    covers = np.sqrt(squared_distances(real, points.points)) < around_real[:, None]
    value = float(covers.any(axis=1).mean())
    interval = bootstrap(
        lambda weights: float(covers[:, weights > 0].any(axis=1).mean()), points.works, seed, centre=value
    )
    return Score(name=name, value=value, n=len(points), interval=interval, role=role)
