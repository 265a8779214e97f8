import pytest

from emtool.dataset.captions import Accepted, columns, select, speaking_of
from emtool.dataset.config import BuildConfig
from emtool.dataset.tags import Tag
from tests.dataset.making import accepted, candidate


def chosen(select_by: str, *, max_captions: int = 8) -> list[str]:
    kept = [
        candidate("loved by all", votes=1000, place=1, score=0.55),
        candidate("told exactly", votes=3, place=2, score=0.99),
        candidate("both", votes=600, place=3, score=0.9),
        candidate("nobody voted", votes=None, place=4, score=0.6),
    ]
    return [
        caption.text for caption in select(kept, BuildConfig(select=select_by, max_captions=max_captions))
    ]


def test_the_papers_rule_takes_the_most_voted_comment_alone() -> None:
    assert chosen("votes") == ["loved by all"]


def test_relevance_alone() -> None:
    assert chosen("relevance") == ["told exactly", "both", "nobody voted", "loved by all"]


def test_votes_and_relevance() -> None:
    assert chosen("votes-x-relevance") == ["both", "loved by all", "told exactly", "nobody voted"]
    assert chosen("votes-x-relevance", max_captions=2) == ["both", "loved by all"]


def test_without_votes_the_relevance_decides() -> None:
    kept = [candidate("a", votes=None, place=1, score=0.5), candidate("b", votes=None, place=2, score=0.7)]
    assert [caption.text for caption in select(kept, BuildConfig())] == ["b", "a"]


def test_nothing_kept_nothing_selected() -> None:
    assert select([], BuildConfig()) == ()


def test_an_accepted_comment_survives_json() -> None:
    one = select(
        [candidate("warm", score=0.9, tags=(Tag(name="piano", facet="instrument", surface="p", score=0.5),))],
        BuildConfig(),
    )[0]
    assert one.tags == (("piano", 0.5),)
    assert Accepted.from_json(one.to_json()) == one


@pytest.mark.parametrize(
    ("format_name", "text"), [("free-form", "best"), ("both", "best"), ("tags", "slow, piano, cello")]
)
def test_text_columns(format_name: str, text: str) -> None:
    captions = (
        accepted("best", score=0.6, tags=(("slow", 0.9), ("piano", 0.5)), votes=None, language="zh"),
        accepted("second", score=0.2, tags=(("cello", 0.6), ("piano", 0.9)), offset_s=12.5),
    )
    row = columns(captions, 10.0, BuildConfig(format=format_name))
    assert row["text"] == text
    assert row["text_tags"] == "slow, piano, cello"
    assert row["tags"] == ["slow", "piano", "cello"]
    assert (row["free_form"], row["language"], row["votes"]) == ("best", "zh", None)
    assert [caption["weight"] for caption in row["captions"]] == pytest.approx([0.75, 0.25])
    assert [caption["offset_s"] for caption in row["captions"]] == [None, 2.5]


def test_timed_comments_go_to_the_clip_they_speak_of() -> None:
    whole, early, late = accepted("whole"), accepted("early", offset_s=4.0), accepted("late", offset_s=8.0)
    assert speaking_of((whole, early, late), 4.0, 8.0) == (whole, early)
