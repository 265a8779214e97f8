"""The relevance model that ships: what it says of comments written for this test, and how it says it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtool.crawler.errors import UsageError
from emtool.dataset.config import BuildConfig
from emtool.dataset.relevance import facets_of, judge, judge_of

DESCRIBING = [
    "the violin comes in softly over a slow drum beat, very melancholic",
    "love the distorted guitar riff and the heavy bass",
    "前奏的古筝和笛子很有中国风的感觉",
    "女声空灵，编曲很有层次，鼓点轻快",
    "这是一首节奏缓慢的钢琴曲，忧伤而安静",
    "upbeat synth pop with a catchy chorus",
]
CHATTER = [
    "first!! who is here in 2024",
    "我跟前女友分手的那天晚上听的，后来她结婚了",
    "单曲循环一整天，太好听了",
    "please check out my channel and subscribe",
    "听哭了，想起了高中的同桌",
    "happy birthday to my favourite singer",
]


@pytest.mark.parametrize("text", DESCRIBING)
def test_what_describes_is_kept(text: str) -> None:
    [verdict] = judge([text])
    assert verdict.score >= BuildConfig().min_relevance
    assert verdict.facets


@pytest.mark.parametrize("text", CHATTER)
def test_what_chats_is_not(text: str) -> None:
    [verdict] = judge([text])
    assert verdict.score < BuildConfig().min_relevance


def test_the_words_are_named_by_facet_and_in_the_reason() -> None:
    [verdict] = judge(["a slow piano melody, dark and calm"])
    assert "piano" in verdict.facets["instrument"]
    assert "slow" in verdict.facets["tempo"]
    assert {"dark", "calm"} <= set(verdict.facets["mood"])
    assert "piano" in verdict.why
    assert "sentence encoder" in verdict.why


def test_a_wish_scores_below_a_description() -> None:
    said, wished = judge(["the saxophone solo is warm", "needs more saxophone"])
    assert wished.score < BuildConfig().min_relevance <= said.score
    assert "needs more" in wished.why


def test_the_order_and_the_company_of_comments_change_nothing() -> None:
    texts = [*DESCRIBING, *CHATTER]
    alone = [judge([text])[0].score for text in texts]
    together = [verdict.score for verdict in judge(texts[::-1])][::-1]
    assert together == pytest.approx(alone, abs=1e-4)


@pytest.mark.parametrize("text", ["", " ", "\u200b\u200b", "！！！", "🎹", "\udc80\udcff", "\n\u2028\r\n"])
def test_what_cannot_be_read_scores_nothing(text: str) -> None:
    [verdict] = judge([text])
    assert (verdict.score, verdict.facets) == (0.0, {})
    assert verdict.why


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=200))
def test_any_text_has_a_score(text: str) -> None:
    [verdict] = judge([text])
    assert 0 <= verdict.score <= 1
    assert verdict.why.endswith(".")


def test_facets_without_a_judgement() -> None:
    assert facets_of("忧伤的大提琴") == {"instrument": ("大提琴",), "mood": ("忧伤",)}


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("nobody", "relevance_model='nobody' is unknown"),
        ("nobody:x", "relevance_model='nobody' is unknown"),
    ],
)
def test_an_unknown_kind_of_model_is_refused(choice: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        BuildConfig(relevance_model=choice)


def test_the_built_in_model_takes_no_address() -> None:
    assert judge_of("built-in") is judge
    with pytest.raises(UsageError, match="takes no address"):
        judge_of("built-in:somewhere")
