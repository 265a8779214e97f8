"""Comments that must not be kept (self-harm, minors who tell their age), and abuse, which is only counted."""

import functools
import re
from dataclasses import dataclass

from emtool.dataset import vocabulary

_SELF_HARM = re.compile(
    r"自杀(?!式|小队|突击)|轻生|割腕|自残|自尽|寻短见|不想活了|活不下去|不如死了|(?:真的?|好|就|都|很|每天)想(?:去)?死(?![你他她它这党那])"
    r"|结束(?:自己的|我的)?生命|想跳楼|跳楼死"
    r"|\bkill(?:ing)? my ?self\b|\bsuicid(?:e|al)\b(?! squad| ?boys)|\bend(?:ing)? my life\b|\bwant(?:ed)? to die\b"
    r"|\bwanna die\b|\bself[ -]harm(?:ing)?\b|\bcut(?:ting)? my ?self\b|\bhang(?:ing)? my ?self\b"
    r"|\btake my own life\b|\bkms\b"
)
_HYPERBOLE = re.compile(
    r"(?:好听|好笑|笑|爽|热|困|累|饿|美|甜|帅|可爱)(?:得|到)?(?:我)?(?:都|就)?想死|想死你"
)

_AGE_ZH = r"(?:[5-9]|1[0-7]|[五六七八九]|十[一二三四五六七]?)"
_AGE_EN = r"(?:[5-9]|1[0-7]|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)"
_ENDS = r"(?=[了啦,.!?。~\s]|$)"
_MINOR = re.compile(
    rf"(?<![大小比])(?:我(?:今年才?|才|现在|刚|只有)|本人(?:今年)?)\s?{_AGE_ZH}\s?周?岁|(?<![^,.!?。~\s])我{_AGE_ZH}\s?周?岁{_ENDS}"
    r"|我(?:是|才|今年|现在)(?:上|读|在)?(?:一个|个|名)?(?:小学生|初中生|小学[一二三四五六]年级|[一二三四五六]年级|初[一二三])"
    r"(?!那|时|的?时候|毕业|开始|就|听)"
    rf"|\b(?:i'?m|i am) (?:only |just |a |now )?{_AGE_EN}"
    r"(?:(?: |-)?(?:years?[ -]?old|yrs?[ -]?old|yo\b|y/o)|(?= and i\b|,? but i\b)|(?=\s*(?:[.!]|$)))"
    r"|\bi'?m in (?:the )?(?:[1-8](?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth) grade\b"
)
_PAST = re.compile(r"年|那时|当时|小时候|第一次|从$|\bwhen\b|\bback\b|\bago\b")
_PAST_WITHIN = 12
"""Characters before an age in which a year or "when" makes it a memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a comment holds beside personal data."""

    drop: str | None  # "self-harm", "minor", or None where it may be kept
    abuse: int  # words of abuse


@functools.cache
def _abuse() -> re.Pattern[str]:
    words = sorted(vocabulary.read_lines("abuse.txt"), key=len, reverse=True)
    chinese = [re.escape(word) for word in words if not word.isascii()]
    other = [re.escape(word) for word in words if word.isascii()]
    return re.compile("|".join(chinese) + r"|\b(?:" + "|".join(other) + r")s?\b")


def judge(text: str) -> Judgement:
    """Say whether a comment may be kept, and count its abuse."""
    prepared = vocabulary.normalise(text)
    drop = None
    if _SELF_HARM.search(_HYPERBOLE.sub("", prepared)):
        drop = "self-harm"
    elif any(_is_now(prepared, match.start()) for match in _MINOR.finditer(prepared)):
        drop = "minor"
    return Judgement(drop=drop, abuse=sum(1 for _ in _abuse().finditer(prepared)))


def _is_now(text: str, start: int) -> bool:
    """Whether an age is told of the present."""
    return not _PAST.search(text[max(0, start - _PAST_WITHIN) : start])
