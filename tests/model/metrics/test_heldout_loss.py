from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.model.listening.sounds import Sounds
from emtool.model.metrics.heldout_loss import LEVELS, exchange, measure
from tests.model.orchestra import sounds, subject


def described(rows: int) -> Sounds:
    """Clips whose texts say how loud they are, which is what the made-up player understands."""
    clips = sounds(rows, 2)
    texts = tuple(f"level {np.abs(clips.read(row)).mean():.5f}" for row in range(rows))
    return replace(clips, texts=texts)


def test_the_text_is_worth_what_it_lowers_the_loss_by(tmp_path: Path) -> None:
    result = measure(subject(tmp_path, heldout=described(12)))
    right, wrong, worth = result.scores
    assert right.value == pytest.approx(np.mean(LEVELS), abs=1e-6)
    assert wrong.value == pytest.approx(np.mean(LEVELS) + 0.1, abs=1e-6)
    assert worth.value == pytest.approx(0.1, abs=1e-6)
    assert [score.n for score in result.scores] == [12, 12, 12]
    assert result.detail["right"]["0.3"]["value"] == pytest.approx(0.3, abs=1e-6)
    assert result.detail["n"] == 12


def test_no_more_clips_than_asked_for_and_short_ones_filled_up(tmp_path: Path) -> None:
    clips = described(12).altered(lambda samples, _: samples[:, :4000])
    assert measure(subject(tmp_path, heldout=clips, heldout_clips=6)).scores[0].n == 6


def test_one_caption_for_all_cannot_be_exchanged(tmp_path: Path) -> None:
    same = replace(described(12), texts=("the same",) * 12)
    assert "different captions" in measure(subject(tmp_path, heldout=same)).skipped


@given(st.lists(st.sampled_from("abcdefg"), min_size=2, max_size=40), st.integers(0, 5))
def test_exchanged_texts_are_the_same_texts_at_other_clips(texts: list[str], seed: int) -> None:
    exchanged = exchange(tuple(texts), seed)
    assert Counter(exchanged) == Counter(texts)
    if max(Counter(texts).values()) <= len(texts) / 2:
        assert all(before != after for before, after in zip(texts, exchanged, strict=True))
