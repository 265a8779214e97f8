"""Text of the web made plain: one line, one writing of each character, nothing that only a screen can show."""

import re
import unicodedata
from collections.abc import Callable
from functools import cache
from typing import Any

import ftfy

_KEPT_RUN = 3  # of one character; letters of a laugh or a cry beyond it say nothing more
_MARKS_KEPT = 2  # combining marks on one letter; more is decoration

_PLATFORM_CODES = re.compile(
    r"\[em\]\s*\w*\s*\[/em\]"  # QQ Music
    r"|\[[\u4e00-\u9fff]{1,6}\d?\]"  # NetEase and Bilibili: [大哭]
    r"|\[(?:doge|[a-z]+(?:_[a-z0-9\u4e00-\u9fff]+)+)\]"  # Bilibili: [doge], [tv_doge]
    r"|(?<![\w:]):[a-z][a-z0-9_+-]{1,30}:(?![\w:])",  # forums: :thumbs_up:
    re.IGNORECASE,
)
_LINE_BREAKS = re.compile(
    r"<br\s*/?>|\\r\\n|\\[rn](?![a-z])|[\r\n\v\f\x1c-\x1e\u2028\u2029]+"
    r"|(?<![\x80-\xff])\x85",  # behind such a character it is a piece of mojibake, for ftfy to mend
    re.IGNORECASE,
)
_LONG_RUN = re.compile(rf"([^\d\s])\1{{{_KEPT_RUN},}}")  # digits stay: a number is no cry
_MANY_MARKS = re.compile(rf"([\u0300-\u036f]{{{_MARKS_KEPT}}})[\u0300-\u036f]+")
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn"}  # control, zero-width and bidi, lone surrogates, private, unassigned
_EMOJI_PARTS = {"\ufe0f", "\ufe0e", "\u20e3"} | {chr(code) for code in range(0x1F3FB, 0x1F400)}
_REPLACEMENT = "\ufffd"

_FIXES = ftfy.TextFixerConfig(normalization="NFKC", explain=False)


class Without(dict[int, int | None]):
    """Table for ``str.translate`` that decides on every character once."""

    def __init__(self, gone: Callable[[str], bool]) -> None:
        super().__init__()
        self._gone = gone

    def __missing__(self, code: int) -> int | None:
        self[code] = None if self._gone(chr(code)) else code
        return self[code]


_VISIBLE = Without(lambda c: unicodedata.category(c) in _HIDDEN or c == _REPLACEMENT)
_NO_EMOJI = Without(lambda c: c in _EMOJI_PARTS or (unicodedata.category(c) == "So" and ord(c) > 0xFF))


def tidy(text: str) -> str:
    """Give the comment as it was written, emoji and all, on one line: NFKC, mojibake mended, nothing hidden in it.

    Never fails, whatever the text; the result may be empty.
    """
    one_line = _LINE_BREAKS.sub(" ", ftfy.fix_text(_LINE_BREAKS.sub(" ", text), _FIXES))
    return " ".join(unicodedata.normalize("NFKC", one_line.translate(_VISIBLE)).split())


def clean(text: str) -> str:
    """Give the words of a comment: tidied, without emoji and platform codes, long runs of a character shortened.

    Never fails, whatever the text; the result may be empty.
    """
    return words(tidy(text))


def words(tidied: str) -> str:
    """Do the second half of ``clean`` alone, for who needs both."""
    plain = without_codes(tidied).translate(_NO_EMOJI)
    squeezed = _LONG_RUN.sub(r"\1" * _KEPT_RUN, _MANY_MARKS.sub(r"\1", plain))
    return " ".join(squeezed.split())


def without_codes(text: str) -> str:
    """Take out the codes that platforms turn into pictures, such as ``[大哭]``."""
    return _PLATFORM_CODES.sub(" ", text)


def simplify(text: str) -> str:
    """Turn traditional Chinese characters into simplified ones."""
    converted: str = _converter().convert(text)
    return converted


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")
