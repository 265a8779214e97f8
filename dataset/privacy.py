"""Takes personal data out of comments, and says which comments must not be kept at all.

What was found is counted by kind; the values are never returned, stored or logged.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from emtool.dataset import personal, safety

_HAN = re.compile(r"[\u3400-\u9fff]")
_PLACEHOLDERS = {  # kind: (in Chinese text, in other text); nothing where the text reads on without
    "email": ("某邮箱", "(email)"),
    "url": ("", ""),
    "id_number": ("某号码", "(number)"),
    "phone": ("某号码", "(number)"),
    "handle": ("某账号", "(account)"),
    "mention": ("", ""),
    "name": ("某人", "someone"),
}
_GAPS = re.compile(r"[ \t\u3000]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """A comment without its personal data."""

    text: str
    counts: Mapping[str, int]  # how often each kind was found; "abuse" is counted and left standing
    drop: str | None  # why the comment must not be kept, or None


def scrub(text: str) -> Scrubbed:
    """Replace personal data by neutral words, so that the text reads on, and judge whether it may be kept at all."""
    counts: Counter[str] = Counter()
    scrubbed = text
    for pattern in personal.ORDER:
        spans = _spans(pattern, scrubbed)
        if spans:
            counts[pattern.kind] += len(spans)
            scrubbed = _replace(scrubbed, pattern.kind, spans)
    if counts:
        scrubbed = _GAPS.sub(" ", scrubbed).strip()
    judged = safety.judge(text)
    if judged.abuse:
        counts["abuse"] = judged.abuse
    return Scrubbed(text=scrubbed, counts=dict(counts), drop=judged.drop)


def _spans(pattern: personal.Pattern, text: str) -> list[tuple[int, int]]:
    found = list(pattern.spans(personal.shadow(text)))
    if pattern is personal.PHONE:
        return sorted(found + personal.spelt_mobiles(text))
    return _everywhere(text, found) if pattern is personal.NAME and found else found


def _everywhere(text: str, names: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where names stand that someone told once: "我叫李雷，李雷喜欢吉他"."""
    told = sorted({text[start:end] for start, end in names if end - start > 1}, key=len, reverse=True)
    wanted = "|".join(re.escape(name) if _HAN.search(name) else rf"\b{re.escape(name)}\b" for name in told)
    again = [match.span() for match in re.finditer(wanted, text)] if told else []
    # One character is a word of its own elsewhere: "我叫云，白云很美".
    return sorted(again + [(start, end) for start, end in names if end - start == 1])


def _replace(text: str, kind: str, spans: list[tuple[int, int]]) -> str:
    placeholder = _PLACEHOLDERS[kind][0 if _HAN.search(text) else 1]
    for start, end in reversed(spans):
        text = text[:start] + placeholder + text[end:]
    return text
