import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.dataset.clean import clean, simplify, tidy

ANY_TEXT = st.text(st.characters(codec=None, exclude_categories=()), max_size=200)
LINE_BREAKS = [
    "\n",
    "\r\n",
    "\r",
    "\v",
    "\f",
    "\x1c",
    "\x1d",
    "\x1e",
    "\x85",
    "\u2028",
    "\u2029",
    "<br>",
    "<BR />",
    "\\n",
]


@pytest.mark.parametrize("line_break", LINE_BREAKS)
def test_every_dialect_of_line_breaks_is_a_space(line_break: str) -> None:
    assert clean(f"钢琴{line_break}很好听") == "钢琴 很好听"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("好听[大哭][大哭]", "好听"),
        ("[em]e400846[/em]弦乐", "弦乐"),
        ("[doge] nice drop [tv_doge]", "nice drop"),
        ("so warm :thumbs_up:", "so warm"),
        ("solo at 1:23:45", "solo at 1:23:45"),
        ("piano 🎹❤️👩‍👩‍👧🇨🇳👍🏽 solo", "piano solo"),
        ("ｆｕｌｌ　ｗｉｄｔｈ", "full width"),
        ("schÃ¶n &amp; gut", "schön & gut"),
        ("Ã\x85ngstrÃ¶m", "Ångström"),
        ("zero\u200bwidth\ufeff and \u202eturned", "zerowidth and turned"),
        ("哈哈哈哈哈哈 soooooo good!!!!!!", "哈哈哈 sooo good!!!"),
        ("call 13800000000 or 10000000", "call 13800000000 or 10000000"),
        ("Z" + "\u0301" * 20, "Z" + "\u0301" * 3),
        ("\ud83d\ude00 ok \ud800", "ok"),
        ("", ""),
        ("😀", ""),
    ],
)
def test_clean(written: str, wanted: str) -> None:
    assert clean(written) == unicodedata.normalize("NFKC", wanted)


def test_tidy_keeps_what_was_written() -> None:
    assert tidy("好聽[大哭] 😀\n哈哈哈哈哈\u200b") == "好聽[大哭] 😀 哈哈哈哈哈"


def test_traditional_characters_become_simplified() -> None:
    assert simplify("這首鋼琴曲很溫柔") == "这首钢琴曲很温柔"


@given(ANY_TEXT)
def test_whatever_the_text_the_result_is_plain(text: str) -> None:
    for result in (tidy(text), clean(text), simplify(clean(text))):
        assert result == " ".join(result.split())
        assert not {unicodedata.category(c) for c in result} & {"Cc", "Cf", "Cs", "Co", "Cn"}
        result.encode("utf-8")


@pytest.mark.parametrize(
    "piece", ["钢琴很好听。", "a", "[大", "<br", "&amp;", "\u0301", ":a", "😀", "\ud800", "\u202e"]
)
def test_a_hundred_thousand_characters_are_no_harm(piece: str) -> None:
    assert len(clean(piece * (100_000 // len(piece)))) <= 100_000
