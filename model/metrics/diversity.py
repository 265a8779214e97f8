"""Do different prompts, and different seeds of one prompt, give different music?"""

import numpy as np

from emtool.model.listening.embedding import NAME, Embedded
from emtool.model.listening.kernel import Points, gaussian, mean_of_pairs, median_distance, squared_distances
from emtool.model.measuring import Result, Role, Score, Subject, bootstrap, generated_name

_LEAST = 4  # clips of a set
_DRAWS = 20  # subsets that a Vendi score is averaged over
_TITLE = "diversity, log-mel"
_MEANING = (
    "Mean distance between the clips of a set, in units of that between real training clips: 1 is as "
    "varied as real music, 0 is always the same clip."
)


def measure(subject: Subject) -> Result:
    """Mean distance and Vendi score over prompts and over seeds, beside real clips."""
    sets = subject.embeddings
    reference = sets["train"]
    if len(reference) < _LEAST:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs {_LEAST} training clips; there are {len(reference)}",
        )
    roles = {"held-out": Role.ANCHOR, "white noise": Role.ANCHOR}
    roles |= {generated_name(guidance): Role.RESULT for guidance in subject.generated}
    kept = {name: role for name, role in roles.items() if len(sets[name]) >= _LEAST}
    unit = mean_distance(reference.points)
    scores = [_score(name, role, sets[name], unit, subject.seed) for name, role in kept.items()]
    seeds = _over_seeds(sets["repeats"], unit, subject.seed)
    count = min((len(sets[name]) for name in kept), default=0)
    bandwidth = median_distance(reference.points)
    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval="bootstrap over works or prompts",
        scores=tuple(scores if seeds is None else [*scores, seeds]),
        note=NAME,
        detail={
            "vendi_clips": count,
            "vendi": {
                name: _vendi_of_subsets(sets[name].points, bandwidth, count, subject.seed) for name in kept
            },
        },
    )


def mean_distance(points: Points, weights: Points | None = None) -> float:
    """Mean Euclidean distance between different points [N, D]."""
    return mean_of_pairs(np.sqrt(squared_distances(points, points)), weights)


def vendi(points: Points, bandwidth: float) -> float:
    """Effective number of different points [N, D], 1 to N (Friedman & Dieng 2023, arXiv 2210.02410)."""
    shares = np.linalg.eigvalsh(gaussian(points, points, bandwidth) / len(points))
    shares = shares[shares > 1e-12]
    return float(np.exp(-np.sum(shares * np.log(shares))))


def _vendi_of_subsets(points: Points, bandwidth: float, count: int, seed: int) -> float:
    random = np.random.default_rng((seed, 23))
    draws = [random.permutation(len(points))[:count] for _ in range(_DRAWS if len(points) > count else 1)]
    return float(np.mean([vendi(points[draw], bandwidth) for draw in draws]))


def _score(name: str, role: Role, points: Embedded, unit: float, seed: int) -> Score:
    distances = np.sqrt(squared_distances(points.points, points.points)) / unit
    return Score(
        name=name,
        value=mean_of_pairs(distances),
        n=len(points),
        interval=bootstrap(lambda weights: mean_of_pairs(distances, weights), points.works, seed),
        role=role,
    )


def _over_seeds(repeats: Embedded, unit: float, seed: int) -> Score | None:
    """Mean distance between clips of the same prompt, averaged over prompts."""
    works = np.array(repeats.works)
    groups = [np.flatnonzero(works == work) for work in dict.fromkeys(repeats.works)]
    groups = [group for group in groups if len(group) > 1]
    if not groups:
        return None
    spreads = np.array([mean_distance(repeats.points[group]) / unit for group in groups])
    interval = bootstrap(
        lambda weights: float(weights @ spreads / weights.sum()), [str(i) for i in range(len(groups))], seed
    )
    return Score(
        name=f"generated, {len(groups)} prompts with several seeds each",
        value=float(spreads.mean()),
        n=sum(map(len, groups)),
        interval=interval,
    )
