"""Takes personal data out of comments, and says which comments must not be kept at all.

What was found is counted by kind; the values are never returned, stored or logged.
"""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from emtool.dataset import personal, safety

_CJK = re.compile(r"[\u3400-\u9fff]")
_PLACEHOLDERS = {  # kind: (in Chinese text, in other text)
    "email": ("某邮箱", "(email)"),
    "url": ("", ""),
    "id_number": ("某号码", "(number)"),
    "phone": ("某号码", "(number)"),
    "handle": ("某账号", "(account)"),
    "mention": ("", ""),
    "name": ("某人", "someone"),
}
_PERSONAL_HINT = re.compile(r"[@＠0-9０-９]|://|www|\.[a-z]|dot|点|微信|[vw薇威维]信|wx|vx|qq|扣扣|号|叫|名|name|call|回复|[零〇一二三四五六七八九]{11}|i'?m |i am |this is |: ?|：|＝", re.IGNORECASE)
_GAPS = re.compile(r"[ \t\u3000]{2,}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrubbed:
    """A comment without its personal data."""

    text: str
    counts: Mapping[str, int]  # how often each kind was found; "abuse" is counted and left standing
    drop: str | None  # why the comment must not be kept, or None


def _replace(text: str, kind: str, spans: list[tuple[int, int]]) -> str:
    placeholder = _PLACEHOLDERS[kind][0 if _CJK.search(text) else 1]
    for start, end in reversed(spans):
        text = text[:start] + placeholder + text[end:]
    return text


def _span(match: re.Match[str]) -> tuple[int, int]:
    """The named group that took part, or the whole match."""
    for name, value in match.groupdict().items():
        if value is not None:
            return match.span(name)
    return match.span()


def scrub(text: str) -> Scrubbed:
    """Replace personal data by neutral words, so that the text reads on, and judge whether it may be kept at all."""
    counts: Counter[str] = Counter()
    drop = safety.reason_to_drop(text)
    scrubbed = text
    if _PERSONAL_HINT.search(text):
        for pattern in personal.ORDER:
            spans = [_span(match) for match in pattern.regex.finditer(personal.shadow(scrubbed))]
            if pattern.kind == "phone":
                spans = sorted(spans + personal.spelt_phones(scrubbed))
            if spans:
                counts[pattern.kind] += len(spans)
                scrubbed = _replace(scrubbed, pattern.kind, spans)
        if counts:
            scrubbed = _GAPS.sub(" ", scrubbed).strip()
    if abuse := safety.abuse(text):
        counts["abuse"] = abuse
    return Scrubbed(text=scrubbed, counts=dict(counts), drop=drop)
