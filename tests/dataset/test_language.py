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
        ("粵語歌嘅感覺好正，個前奏好靚", "zh"),
        ("侬好，格只歌老好听额", "zh"),
        ("yyds 钢琴", "zh"),
        ("ピアノ最高", "ja"),
        ("no cap this slaps fr fr", "en"),
        ("cho mình hỏi bài này tên là gì vậy, nghe đẹp quá", "vi"),
        ("موسيقى جميلة جدا slow", "ar"),
        ("เพลงนี้เพราะมาก", "th"),
        ("פסנתר איטי slow", "und"),
        ("αυτό είναι όμορφο", "und"),
        ("123 !!", "und"),
        ("", "und"),
    ],
)
def test_language(text: str, wanted: str) -> None:
    assert language(text) == wanted


def test_the_script_of_most_letters_decides_over_a_few_latin_words() -> None:
    arabic, hebrew = (
        "\u0628\u064a\u0627\u0646\u0648 \u0628\u0637\u064a\u0621",
        "\u05e4\u05e1\u05e0\u05ea\u05e8",
    )
    assert language(f"onaip dna {arabic} {hebrew} slow") == "und"


@given(st.text(st.characters(codec="utf-8"), max_size=60))
def test_every_text_has_a_code(text: str) -> None:
    assert 2 <= len(language(text)) <= 3
