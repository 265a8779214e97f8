import numpy as np
import pytest
from scipy.spatial.distance import cdist, pdist

from emtool.model.listening.kernel import gaussian, mean_of_pairs, median_distance, squared_distances

RANDOM = np.random.default_rng(0)
FIRST, SECOND = RANDOM.standard_normal((20, 5)), RANDOM.standard_normal((30, 5))


def test_distances_and_kernel_agree_with_scipy() -> None:
    expected = cdist(FIRST, SECOND, "sqeuclidean")
    assert squared_distances(FIRST, SECOND) == pytest.approx(expected)
    assert median_distance(FIRST) == pytest.approx(np.median(pdist(FIRST)))
    assert gaussian(FIRST, SECOND, 2.0) == pytest.approx(np.exp(-expected / 8))


def test_mean_of_pairs_leaves_out_the_diagonal() -> None:
    distances = np.sqrt(squared_distances(FIRST, FIRST))
    assert mean_of_pairs(distances) == pytest.approx(pdist(FIRST).mean())
    likeness = gaussian(FIRST, FIRST, 2.0)  # 1 on the diagonal
    assert mean_of_pairs(likeness) == pytest.approx(np.exp(-pdist(FIRST, "sqeuclidean") / 8).mean())


def test_a_clip_drawn_twice_does_not_meet_itself() -> None:
    distances = np.sqrt(squared_distances(FIRST, FIRST))
    weights = np.zeros(20)
    weights[[3, 7]] = 2, 1  # drawn: 3, 3, 7
    assert mean_of_pairs(distances, weights) == pytest.approx(distances[3, 7])


def test_a_draw_of_one_clip_alone_has_no_pairs() -> None:
    weights = np.zeros(20)
    weights[3] = 20
    assert np.isnan(mean_of_pairs(np.ones((20, 20)), weights))
