from collections import Counter

import pytest

from emtool.dataset.config import BuildConfig
from emtool.dataset.splits import split_of, work_of
from tests.dataset.making import track


def test_a_work_stays_together_and_the_shares_hold() -> None:
    config = BuildConfig()
    splits = {n: split_of(track(str(n)), config) for n in range(2000)}
    again = {
        n: split_of(track(f"upload-{n}", work_id=f"WORK-{n}", title="else"), config) for n in range(2000)
    }
    assert splits == again
    shares = {name: number / 2000 for name, number in Counter(splits.values()).items()}
    assert shares == {
        name: pytest.approx(share, abs=0.03)
        for name, share in zip(("train", "validation", "test"), (0.8, 0.1, 0.1), strict=True)
    }


def test_the_split_of_a_work_never_changes() -> None:
    """A change of the hash would move works of published datasets between their splits."""
    config = BuildConfig()
    assert [split_of(track(name), config) for name in ("1", "2", "3", "14")] == [
        "train", "test", "train", "validation",
    ]  # fmt: skip


def test_without_a_work_the_artist_and_title_name_it() -> None:
    one = track("1", work_id=None, artist="Ｍoon ", title="A  Tune")
    other = track("2", work_id=None, artist="moon", title="a tune")
    assert work_of(one) == work_of(other)
    assert work_of(track("3", work_id=None, artist=None, title="a tune")) != work_of(other)


def test_an_artist_stays_together_where_asked_for() -> None:
    config = BuildConfig(split_by="artist")
    assert len({split_of(track(str(n), artist="Moon"), config) for n in range(50)}) == 1
    assert len({split_of(track(str(n), artist="Moon"), BuildConfig()) for n in range(50)}) > 1
    assert len({split_of(track(str(n), artist=None), config) for n in range(50)}) > 1


def test_all_may_go_into_one_split() -> None:
    config = BuildConfig(splits=(0, 0, 100))
    assert {split_of(track(str(n)), config) for n in range(50)} == {"test"}
