"""How well scores rank the comments that describe the music."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float64]
Truth = NDArray[np.bool_]


def curve(truth: Truth, scores: Scores) -> tuple[Scores, Scores, Scores]:
    """Precision, recall and threshold at every distinct score, from the highest down."""
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(truth[order])
    last = np.flatnonzero(np.r_[np.diff(scores[order]) != 0, True])
    return hits[last] / (last + 1), hits[last] / max(int(truth.sum()), 1), scores[order][last]


def average_precision(truth: Truth, scores: Scores) -> float:
    """Mean of the precision over the steps of the recall."""
    precision, recall, _ = curve(truth, scores)
    return float(np.sum(np.diff(np.r_[0.0, recall]) * precision))


def precision_at(truth: Truth, scores: Scores, recall: float) -> float:
    """Best precision at no less than a recall."""
    precision, reached, _ = curve(truth, scores)
    return float(precision[reached >= recall].max())


def recall_at(truth: Truth, scores: Scores, precision: float) -> float:
    """Highest recall at no less than a precision, 0 if that is never reached."""
    reached, recall, _ = curve(truth, scores)
    return float(recall[reached >= precision].max(initial=0.0))


def best_f1(truth: Truth, scores: Scores) -> float:
    """Harmonic mean of precision and recall at the best threshold."""
    precision, recall, _ = curve(truth, scores)
    return float((2 * precision * recall / np.maximum(precision + recall, 1e-9)).max())


def platt(truth: Truth, scores: Scores, *, steps: int = 50) -> tuple[float, float]:
    """Slope and intercept of the logistic curve through scores (Platt, 1999), by Newton's method."""
    positives = int(truth.sum())
    target = np.where(truth, (positives + 1) / (positives + 2), 1 / (len(truth) - positives + 2))
    design = np.stack([scores, np.ones_like(scores)], 1)
    solution = np.zeros(2)
    for _ in range(steps):
        chance = 1 / (1 + np.exp(-design @ solution))
        curvature = design.T @ (design * (chance * (1 - chance))[:, None]) + 1e-6 * np.eye(2)
        solution = solution + np.linalg.solve(curvature, design.T @ (target - chance))
    return float(solution[0]), float(solution[1])


def f1_cut(chances: Scores) -> float:
    """Give the cut on calibrated chances with the best expected F1 (Lipton et al., arXiv 1402.1892)."""
    ranked = np.sort(chances)[::-1]
    expected = 2 * np.cumsum(ranked) / (np.arange(1, len(ranked) + 1) + ranked.sum())
    return float(expected.max() / 2)


def calibration_error(truth: Truth, chances: Scores, *, bins: int = 10) -> float:
    """Mean distance of chance and share over bins of equal width (Naeini et al., 2015), weighted by their sizes."""
    which = np.minimum((chances * bins).astype(int), bins - 1)
    counts = np.bincount(which, minlength=bins)
    gaps = np.bincount(which, chances, bins) - np.bincount(which, truth, bins)
    return float(np.abs(gaps[counts > 0]).sum() / len(truth))


FIGURES: dict[str, Callable[[Truth, Scores], float]] = {
    "AP": average_precision,
    "best F1": best_f1,
    "P at R .4": lambda truth, scores: precision_at(truth, scores, 0.4),
    "R at P .6": lambda truth, scores: recall_at(truth, scores, 0.6),
    "R at P .8": lambda truth, scores: recall_at(truth, scores, 0.8),
}
