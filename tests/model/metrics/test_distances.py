"""The distances against published formulae, computed another way."""

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.linalg import sqrtm
from scipy.spatial.distance import cdist, pdist

from emtool.model.metrics.copies import nearest
from emtool.model.metrics.coverage import prdc
from emtool.model.metrics.diversity import mean_distance, vendi
from emtool.model.metrics.fad import fad_infinity, frechet_audio_distance
from emtool.model.metrics.kad import kernel_audio_distance


def points(count: int, seed: int, *, shift: float = 0.0, dimensions: int = 6) -> NDArray[np.float64]:
    random = np.random.default_rng(seed)
    return random.standard_normal((count, dimensions)) @ np.diag(np.arange(1, dimensions + 1)) + shift


def test_fad_agrees_with_the_matrix_square_root() -> None:
    first, second = points(200, 0), points(150, 1, shift=2)
    covariances = np.cov(first.T), np.cov(second.T)
    root = sqrtm(covariances[0] @ covariances[1]).real
    shift = first.mean(axis=0) - second.mean(axis=0)
    expected = shift @ shift + np.trace(covariances[0] + covariances[1] - 2 * root)
    assert frechet_audio_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_fad_with_fewer_clips_than_dimensions() -> None:
    few = points(10, 0, dimensions=50)
    assert frechet_audio_distance(few, few) == pytest.approx(0, abs=1e-6)
    assert frechet_audio_distance(few, points(12, 1, dimensions=50)) > 0


def test_kad_agrees_with_the_unbiased_discrepancy() -> None:
    first, second = points(40, 0), points(30, 1, shift=1)
    width = 2 * np.median(pdist(first)) ** 2
    within = [np.exp(-pdist(each, "sqeuclidean") / width).mean() for each in (first, second)]
    between = np.exp(-cdist(first, second, "sqeuclidean") / width).mean()
    expected = 100 * (sum(within) - 2 * between)
    assert kernel_audio_distance(first, second) == pytest.approx(expected, rel=1e-9)


def test_kad_of_one_source_is_about_0_on_either_side() -> None:
    values = [kernel_audio_distance(points(100, seed), points(30, seed + 100)) for seed in range(20)]
    assert abs(np.mean(values)) < 0.5
    assert min(values) < 0 < max(values)


def test_fad_of_endlessly_many_clips_is_nearer_to_the_truth() -> None:
    reference, few = points(4000, 0), points(60, 1)
    assert frechet_audio_distance(reference, few) > 2
    assert abs(fad_infinity(reference, few, 0)) < 0.5 * frechet_audio_distance(reference, few)
    moved = fad_infinity(reference, points(60, 1, shift=20), 0)
    assert moved == pytest.approx(6 * 20**2, rel=0.1)


def test_neighbours_agree_with_the_published_code() -> None:
    prdc_package = pytest.importorskip("prdc", reason="prdc is not installed")
    real, made = points(80, 0), points(50, 1, shift=1)
    expected = prdc_package.compute_prdc(real_features=real, fake_features=made, nearest_k=5)
    assert prdc(real, made) == pytest.approx({key: float(value) for key, value in expected.items()}, abs=1e-6)


def test_neighbours_of_what_is_known() -> None:
    real = points(200, 0)
    assert prdc(real, points(200, 1))["coverage"] > 0.8
    assert prdc(real, points(200, 1, shift=1000)) == {
        "precision": 0,
        "recall": 0,
        "density": 0,
        "coverage": 0,
    }
    same = prdc(real, np.repeat(points(1, 1), 200, axis=0))
    assert same["coverage"] < 0.1
    assert same["recall"] == 0


def test_the_nearest_other_clip() -> None:
    line = np.array([[0.0], [1.0], [3.0]])
    assert nearest(line).tolist() == [1, 1, 2]
    assert nearest(np.array([[2.5], [0.0]]), line).tolist() == [0.5, 0]


def test_vendi_counts_what_is_different() -> None:
    far_apart = 100 * np.eye(5)
    assert vendi(far_apart, 1.0) == pytest.approx(5)
    assert vendi(np.ones((5, 3)), 1.0) == pytest.approx(1)
    assert vendi(np.repeat(far_apart, 4, axis=0), 1.0) == pytest.approx(5)


def test_mean_distance() -> None:
    assert mean_distance(points(20, 0)) == pytest.approx(pdist(points(20, 0)).mean())
