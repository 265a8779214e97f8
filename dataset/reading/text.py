"""How the relevance model reads a comment: one spelling, no platform codes, cut into clauses."""

import html
import re
import unicodedata
from functools import cache

import opencc

MAX_RAW_CHARACTERS = 4_000
"""A comment is cut here before anything else looks at it."""
MAX_CHARACTERS = 600
"""What is left of it is cut here: nine in ten comments are shorter than 200."""
MIN_CLAUSE_CHARACTERS = 4
"""A shorter clause is read together with the next one."""

_UNREADABLE = re.compile("[\ud800-\udfff\u200b-\u200f\u202a-\u202e\u2060\ufeff]")
_MARKUP = re.compile(r"<[^>]{1,80}>|https?://\S+|www\.\S+")
_PLATFORM_CODE = re.compile(r"\[em\]e\d+\[/em\]|\[[\u4e00-\u9fff]{1,6}\]")
_BLANKS = re.compile(r"\s+")
_BREAK = re.compile(r"[,。.!?;、…~\n()「」【】]+|\s+(?=[\u4e00-\u9fff])|(?<=[\u4e00-\u9fff])\s+")


@cache
def _simplifier() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def prepare(text: str) -> str:
    """Give a comment in NFKC, simplified Chinese and one line, without links, markup and platform codes."""
    text = html.unescape(_UNREADABLE.sub("", text[:MAX_RAW_CHARACTERS]))
    text = _MARKUP.sub(" ", text)
    text = _PLATFORM_CODE.sub(" ", unicodedata.normalize("NFKC", text))
    text = _BLANKS.sub(" ", _UNREADABLE.sub("", text)).strip()[:MAX_CHARACTERS]
    return str(_simplifier().convert(text)).replace("’", "'")


def clauses(prepared: str) -> list[str]:
    """Cut a prepared comment at its punctuation, in lower case; there is always at least one clause."""
    whole: list[str] = []
    waiting = ""
    for part in _BREAK.split(prepared.lower()):
        waiting = f"{waiting} {part.strip()}".strip()
        if len(waiting) >= MIN_CLAUSE_CHARACTERS:
            whole.append(waiting)
            waiting = ""
    if waiting and whole:
        whole[-1] += f" {waiting}"
    elif waiting or not whole:
        whole.append(waiting)
    return whole
