import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.dataset.language import language


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("一首很慢的大提琴", "zh"),
        ("鋼琴", "zh"),
        ("钢琴 so nice", "zh"),
        ("this 曲 has a really wonderful violin solo in the middle", "en"),
        ("この曲が大好きです", "ja"),
        ("ピアノ", "ja"),
        ("정말 좋아요", "ko"),
        ("nice piano", "en"),
        ("love the marimba tempo", "en"),
        ("the slow piano reminds me of rain", "en"),
        ("que hermosa canción, me recuerda a mi abuela", "es"),
        ("magnifique, je l'écoute en boucle", "fr"),
        ("очень красивая музыка", "ru"),
        ("123 !!", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, wanted: str) -> None:
    assert language(text) == wanted


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_text_has_a_code(text: str) -> None:
    assert 2 <= len(language(text)) <= 3
