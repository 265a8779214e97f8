"""Writes the comments that win most votes and say nothing about the music."""

from collections.abc import Sequence
from random import Random

from emtool.crawler.demo import chatter_en, chatter_zh, words

# How often a comment section talks like this, and in which words.
_KINDS: dict[str, tuple[int, tuple[str, ...]]] = {
    "praise": (20, chatter_en.PRAISE + chatter_zh.PRAISE),
    "story": (18, chatter_en.STORIES + chatter_zh.STORIES),
    "feeling": (14, chatter_en.FEELINGS + chatter_zh.FEELINGS),
    "joke": (13, chatter_en.JOKES + chatter_zh.JOKES),
    "elsewhere": (9, chatter_en.ELSEWHERE + chatter_zh.ELSEWHERE),
    "lyrics": (6, chatter_en.LYRICS + chatter_zh.LYRICS),
    "copied": (5, chatter_en.COPIED + chatter_zh.COPIED),
    "mention": (5, chatter_en.MENTIONS + chatter_zh.MENTIONS),
    "foreign": (4, chatter_zh.FOREIGN),
    "traditional": (4, chatter_zh.TRADITIONAL),
    "spam": (4, chatter_en.SPAM + chatter_zh.SPAM),
    "contact": (3, chatter_en.CONTACTS + chatter_zh.CONTACTS),
    "emoji": (5, ()),
}
KINDS = tuple(_KINDS)
_ABSENT_EN = ("drums", "saxophone", "a harp", "an accordion", "electric bass")
_ABSENT_ZH = ("鼓", "萨克斯", "竖琴", "手风琴", "电贝斯")


def chat(heard: Sequence[str], random: Random) -> tuple[str, str]:
    """Write one comment under a track on which the instruments ``heard`` play; give its kind and its text."""
    kind = random.choices(KINDS, weights=[weight for weight, _ in _KINDS.values()])[0]
    if kind == "emoji":
        return kind, "".join(random.choices(chatter_en.EMOJI, k=random.randint(1, 4)))
    template = random.choice(_KINDS[kind][1])
    slots = {
        "n": random.randint(11, 98),
        "k": random.randint(3, 9),
        "year": random.randint(2012, 2025),
        "user": f"u{random.randint(10000, 99999)}",
        "user2": f"u{random.randint(10000, 99999)}",
        "absent": _absent(heard, template, random),
    }
    return kind, template.format(**slots)


def _absent(heard: Sequence[str], template: str, random: Random) -> str:
    """Name an instrument that is not heard, in the language of the template."""
    names, more = (
        (words.INSTRUMENTS_EN, _ABSENT_EN) if template.isascii() else (words.INSTRUMENTS_ZH, _ABSENT_ZH)
    )
    return random.choice([name[0] for key, name in names.items() if key not in heard] + list(more))
