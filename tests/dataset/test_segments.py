from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from emtool.dataset.segments import choose

SILENCE = 1e-5


def levels(text: str) -> np.ndarray:
    """One frame a character: ``#`` sounds, ``.`` is silent."""
    return np.array([1e-2 if character == "#" else 1e-7 for character in text], np.float32)


def chosen(text: str, *, frames: int = 4, count: int = 1, around: int | None = None) -> list[int]:
    return choose(levels(text), frames=frames, count=count, silence=SILENCE, around=around)


def test_the_middle_of_an_even_track() -> None:
    assert chosen("#" * 13) == [4]


def test_away_from_silence() -> None:
    assert chosen("....####......") == [4]
    assert chosen("##..........####") == [12]


def test_a_short_track_has_one_window() -> None:
    assert chosen("###") == [0]
    assert chosen("") == [0]
    assert chosen("####", count=3) == [0]


def test_several_windows_are_spread() -> None:
    assert chosen("#" * 24, count=3) == [3, 10, 17]


def test_the_window_that_a_comment_speaks_of() -> None:
    assert chosen("#" * 24, around=20) == [18]
    assert chosen("#" * 24, around=99) == [20]
    windows = chosen("#" * 24, count=3, around=22)
    assert len(windows) == 3
    assert any(start <= 22 < start + 4 for start in windows)


@given(
    st.text("#.", max_size=60),
    st.integers(1, 10),
    st.integers(1, 5),
    st.one_of(st.none(), st.integers(-5, 70)),
)
def test_windows_fit_and_never_overlap(text: str, frames: int, count: int, around: int | None) -> None:
    windows = chosen(text, frames=frames, count=count, around=around)
    assert 1 <= len(windows) <= count
    assert all(0 <= start <= max(0, len(text) - frames) for start in windows)
    assert all(second - first >= frames for first, second in pairwise(windows))
