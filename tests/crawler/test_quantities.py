import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.crawler.quantities import count, seconds


@pytest.mark.parametrize(
    ("stated", "votes"),
    [
        ("0", 0),
        ("12", 12),
        (" 12 ", 12),
        ("1,234", 1234),
        ("1.234", 1234),
        ("1 234 567", 1_234_567),
        ("1'234", 1234),
        ("1\u00a0234", 1234),
        ("1.2k", 1200),
        ("1,2k", 1200),
        ("1.2K", 1200),
        ("1,234k", 1_234_000),
        ("1.234k", 1234),
        ("12 k", 12_000),
        ("3m", 3_000_000),
        ("1.5B", 1_500_000_000),
        ("1.2万", 12_000),
        ("10万+", 100_000),
        ("3千", 3000),
        ("1.1亿", 110_000_000),
        ("2萬", 20_000),
        ("999+", 999),
        ("１２３", 123),
        ("-3", -3),
        ("\N{MINUS SIGN}3", -3),
        ("赞 12", 12),
        ("12 likes", 12),
        ("12 kudos", 12),
        ("Likes: 7", 7),
        (12, 12),
        (12.0, 12),
    ],
)
def test_a_count_is_read_as_people_mean_it(stated: object, votes: int) -> None:
    assert count(stated) == votes


@pytest.mark.parametrize(
    "stated",
    [
        *("", " ", "赞", "like", "-", "1.5", "12,34", "3 of 5", "1.2.3k", "9" * 30, "x" * 10_000 + "1"),
        *(None, True, 1.5, math.nan, math.inf, 2**63, [], {}),
    ],
)
def test_what_is_no_count_is_unknown_and_not_zero(stated: object) -> None:
    assert count(stated) is None


@given(st.integers(min_value=0, max_value=2**63 - 1))
def test_grouped_and_plain_numbers_say_the_same(votes: int) -> None:
    assert count(str(votes)) == count(f"{votes:,}") == count(votes) == votes


@given(st.text())
def test_any_text_is_a_count_or_unknown(text: str) -> None:
    assert isinstance(count(text), int | None)
    assert isinstance(seconds(text), float | None)


@pytest.mark.parametrize(
    ("stated", "length_s"),
    [("3:25", 205.0), ("1:03:25", 3805.0), ("0:04.5", 4.5), ("205.5", 205.5), ("12 s", 12.0), (7, 7.0)],
)
def test_a_length_is_read_in_seconds(stated: object, length_s: float) -> None:
    assert seconds(stated) == length_s


@pytest.mark.parametrize("stated", ["", "soon", "1:2", "-3", -3, None, True, math.nan, "1:02:03:04"])
def test_what_is_no_length_is_unknown(stated: object) -> None:
    assert seconds(stated) is None
