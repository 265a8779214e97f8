import numpy as np
import pytest

from emtool.dataset.fingerprint import ITEM_S, Print
from emtool.dataset.recordings import matches

THRESHOLD = 0.15


def made(number: int, length: int = 220) -> Print:
    return np.random.default_rng(number).integers(0, 1 << 32, length, np.uint32)


def damaged(one: Print, share: float, number: int = 0) -> Print:
    """The print of a copy: so many of the bits are wrong."""
    noise = (np.random.default_rng(number).random((len(one), 32)) < share) @ (
        1 << np.arange(32, dtype=np.uint64)
    )
    return one ^ noise.astype(np.uint32)


def pairs(*prints: Print) -> list[tuple[int, int]]:
    return [(match.first, match.second) for match in matches(prints, THRESHOLD)]


def test_different_music_is_different() -> None:
    assert pairs(*(made(number) for number in range(20))) == []


@pytest.mark.parametrize("share", [0.0, 0.03, 0.08])
def test_a_copy_is_found_among_others(share: float) -> None:
    assert pairs(made(0), made(1), damaged(made(0), share), made(2)) == [(0, 2)]


def test_too_many_wrong_bits_are_another_recording() -> None:
    assert pairs(made(0), damaged(made(0), 0.2)) == []


@pytest.mark.parametrize("cut", [1, 40, 100])
def test_a_cut_is_found_with_its_place(cut: int) -> None:
    for prints, sign in (((made(0), damaged(made(0)[cut:], 0.02)), 1), ((made(0)[cut:], made(0)), -1)):
        (match,) = matches(prints, THRESHOLD)
        assert match.shift_s == pytest.approx(sign * cut * ITEM_S)
        assert match.errors < 0.04


def test_a_common_phrase_is_no_copy() -> None:
    """A sample or a jingle of 5 s in two tracks of 27 s."""
    assert pairs(made(0), np.concatenate([made(1)[:90], made(0)[90:130], made(1)[130:]])) == []
    jingle = made(0)[:40]
    assert pairs(np.concatenate([made(1)[:180], jingle]), np.concatenate([jingle, made(2)[:180]])) == []


def test_a_held_tone_equals_nothing() -> None:
    tone = np.repeat(made(0, 7), 30)
    assert pairs(tone, tone) == []


def test_short_prints_must_agree_more() -> None:
    short = made(0, 20)
    assert pairs(short, damaged(short, 0.04)) == [(0, 1)]
    alike = np.concatenate([short[:12], damaged(short[12:], 0.3, number=1)])
    assert 0.1 < np.bitwise_count(short ^ alike).sum() / 640 < 0.15
    assert pairs(short, alike) == []
    long = np.concatenate([made(0)[:132], damaged(made(0)[132:], 0.3, number=1)])
    assert pairs(made(0), long) == [(0, 1)]


def test_many_copies_are_tied_together() -> None:
    """Each is held against its neighbours alone, and all are reached through them."""
    found = pairs(*(damaged(made(0), 0.02, number) for number in range(40)))
    assert {first for first, _ in found} | {second for _, second in found} == set(range(40))
    assert all((number, number + 1) in found for number in range(39))


def test_nothing_and_empty_prints() -> None:
    empty = np.empty(0, np.uint32)
    assert pairs() == pairs(empty) == pairs(empty, empty, made(0)) == []
