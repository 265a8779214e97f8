from pathlib import Path

import numpy as np
import pytest

from emtool.model.measuring import bootstrap, bootstrap_mean, wilson
from tests.model.orchestra import subject


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [
        (0, 0, 0, 1),
        (0, 10, 0, 0.2775),
        (8, 10, 0.4902, 0.9433),
        (50, 100, 0.4038, 0.5962),
        (10, 10, 0.7225, 1),
    ],
)
def test_wilson(hits: int, n: int, low: float, high: float) -> None:
    assert wilson(hits, n) == pytest.approx((low, high), abs=1e-4)


def test_a_mean_has_the_interval_of_theory() -> None:
    values = np.random.default_rng(0).standard_normal(400)
    interval = bootstrap_mean(values, [str(n) for n in range(400)], seed=0)
    assert interval is not None
    assert np.ptp(interval) == pytest.approx(2 * 1.96 / 20, rel=0.15)
    assert interval[0] < values.mean() < interval[1]


def test_clips_of_one_work_count_together() -> None:
    works = [str(n // 10) for n in range(100)]
    values = np.random.default_rng(0).standard_normal(10).repeat(10)
    by_work, by_clip = (
        bootstrap_mean(values, works, 0),
        bootstrap_mean(values, [str(n) for n in range(100)], 0),
    )
    assert by_work is not None
    assert by_clip is not None
    assert np.ptp(by_work) > 2 * np.ptp(by_clip)


def test_centre_moves_the_interval() -> None:
    works = [str(n) for n in range(20)]
    low, high = bootstrap(lambda weights: float(weights[0]), works, 0, centre=100) or (0, 0)
    assert low <= 100 <= high


def test_too_few_works_have_no_interval() -> None:
    assert bootstrap_mean(np.arange(8.0), ["a", "b", "c", "d"] * 2, 0) is None
    assert bootstrap(lambda _: float("nan"), list("abcdef"), 0) is None


def test_embeddings_are_those_of_the_clips_and_their_anchors(tmp_path: Path) -> None:
    found = subject(tmp_path).embeddings
    assert set(found) == {
        "train",
        "held-out",
        "held-out + 20 dB noise",
        "white noise",
        "repeats",
        "generated, guidance 3",
    }
    assert found["train"].points.shape == (80, 192)
    assert found["train"].works == subject(tmp_path).train.works
