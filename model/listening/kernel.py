"""Kernel sums between sets of points, with clips weighted as a bootstrap draws them."""

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]


def squared_distances(first: Points, second: Points) -> Points:
    """Squared Euclidean distances [N, M] of points [N, D] and [M, D]."""
    squares = np.sum(first**2, axis=1)[:, None] + np.sum(second**2, axis=1)[None]
    distances: Points = np.maximum(squares - 2 * first @ second.T, 0)
    return distances


def median_distance(points: Points) -> float:
    """Median Euclidean distance of all pairs: the usual bandwidth of a Gaussian kernel."""
    upper = np.triu_indices(len(points), 1)
    return float(np.median(np.sqrt(squared_distances(points, points)[upper])))


def gaussian(first: Points, second: Points, bandwidth: float) -> Points:
    """Kernel exp(-d^2 / (2 bandwidth^2)), [N, M]."""
    kernel: Points = np.exp(-squared_distances(first, second) / (2 * bandwidth**2))
    return kernel


def mean_of_pairs(matrix: Points, weights: Points | None = None) -> float:
    """Mean of [N, N] over pairs of different clips.

    With bootstrap weights [N], a clip that was drawn twice does not meet itself: such pairs, at distance 0,
    would pull the mean.
    """
    weights = np.ones(len(matrix)) if weights is None else weights
    off_diagonal = matrix - np.diag(np.diag(matrix))
    pairs = weights.sum() ** 2 - (weights**2).sum()
    return float(weights @ off_diagonal @ weights / pairs) if pairs > 0 else np.nan
