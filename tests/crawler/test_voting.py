import random

from hypothesis import given
from hypothesis import strategies as st

from emtool.crawler.records import Comment
from emtool.crawler.voting import rank
from tests.crawler.making import comment


def ids(comments: list[Comment], **options: int) -> list[str]:
    return [one.comment.id for one in rank(comments, **options)]


def test_votes_fall_and_unknown_votes_come_last() -> None:
    comments = [comment("a", votes=None), comment("b", votes=0), comment("c", votes=7), comment("d", votes=3)]
    assert ids(comments) == ["c", "d", "b", "a"]


def test_ties_go_to_the_older_and_then_to_the_lower_id() -> None:
    comments = [
        comment("no time", votes=5),
        comment("z", votes=5, written_at="2024-01-01"),
        comment("younger", votes=5, written_at="2024-02-01"),
        comment("a", votes=5, written_at="2024-01-01"),
    ]
    assert ids(comments) == ["a", "z", "younger", "no time"]


def test_top_cuts_and_places_count_from_one() -> None:
    ranked = rank([comment(str(number), votes=number) for number in range(20)], top=3)
    assert [(one.comment.id, one.rank) for one in ranked] == [("19", 1), ("18", 2), ("17", 3)]


def test_a_floor_drops_fewer_votes_and_unknown_ones() -> None:
    comments = [
        comment("a", votes=2),
        comment("b", votes=3),
        comment("c", votes=None),
        comment("d", votes=-1),
    ]
    assert ids(comments, min_votes=3) == ["b"]
    assert ids(comments, min_votes=0) == ["b", "a", "c"]
    assert ids(comments, min_votes=-5) == ["b", "a", "d", "c"]


def test_a_share_is_of_all_known_votes_of_the_track() -> None:
    comments = [
        comment("a", votes=6),
        comment("b", votes=2),
        comment("c", votes=None),
        comment("d", votes=-4),
    ]
    shares = {one.comment.id: one.share for one in rank(comments, top=4, min_votes=-9)}
    assert shares == {"a": 0.75, "b": 0.25, "c": None, "d": 0.0}
    assert [one.share for one in rank(comments, top=1)] == [0.75]


def test_no_votes_at_all_are_a_share_of_nothing() -> None:
    assert [one.share for one in rank([comment("a", votes=0), comment("b", votes=None)])] == [0.0, None]
    assert rank([]) == []


@given(
    st.lists(st.tuples(st.none() | st.integers(-5, 50), st.sampled_from([None, "2024", "2025"]))),
    st.randoms(),
)
def test_the_order_in_which_comments_come_does_not_matter(
    told: list[tuple[int | None, str | None]], dice: random.Random
) -> None:
    comments = [comment(str(place), votes=votes, written_at=at) for place, (votes, at) in enumerate(told)]
    shuffled = dice.sample(comments, len(comments))
    assert rank(shuffled) == rank(comments)
