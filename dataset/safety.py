"""Comments that must not be kept (self-harm, minors' personal data), and abuse, which is only counted."""

import functools
import re

from emtool.dataset import vocabulary

_SELF_HARM = re.compile(
    r"自杀(?!式|小队|突击)|轻生|割腕|自残|自尽|寻短见|不想活了?|活不下去|不如死了|(?:真的?|好|很|就|都)?想(?:去)?死(?!你|他|她|它|这|党|那)|结束(?:自己的|我的)?生命|跳楼|抑郁症"
    r"|\bkill(?:ing)? my ?self\b|\bsuicid(?:e|al)\b(?! squad| ?boys)|\bend(?:ing)? my life\b|\bwant(?:ed)? to die\b|\bwanna die\b|\bself[ -]harm(?:ing)?\b"
    r"|\bcut(?:ting)? my ?self\b|\bhang my ?self\b|\btake my own life\b|\bkms\b",
)
_HYPERBOLE = re.compile(r"(?:好听|好笑|笑|爽|热|困|累|饿|美|甜|帅|可爱)(?:得|到)?(?:我)?(?:都)?想死|想死你")
_MINOR = re.compile(
    r"(?:我(?:今年|才|现在|今年才|刚|只有)?|本人)\s?(?:[5-9]|1[0-7]|[六七八九]|十[一二三四五六七]?)\s?(?:周?岁|歲)(?!那年|的?时|以前|开始|就|听)"
    r"|我(?:是|才|今年|现在)?(?:上|读|在)?(?:一个|个|名)?(?:小学生|初中生|小学[一二三四五六]年级|[一二三四五六]年级|初[一二三])(?!那|的?时|毕业|开始|就|听)"
    r"|\b(?:i'?m|i am|im) (?:only |just |a |now )?(?:[5-9]|1[0-7]|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen)(?: ?-?(?:years?[ -]old|yrs?[ -]?old|yo\b|y/o)|(?= and i\b|,? (?:but|and) )|(?=\s*[.!?]|$))"
    r"|\bi'?m in (?:the )?(?:[1-8](?:st|nd|rd|th)|first|second|third|fourth|fifth|sixth|seventh|eighth) grade\b"
)


@functools.cache
def _abuse() -> re.Pattern[str]:
    words = vocabulary.read_lines("abuse.txt")
    chinese = [re.escape(word) for word in words if not word.isascii()]
    other = [re.escape(word) for word in words if word.isascii()]
    return re.compile("|".join(chinese) + r"|\b(?:" + "|".join(other) + r")\b")


def reason_to_drop(text: str) -> str | None:
    """``self-harm``, ``minor``, or None where the comment may be kept."""
    prepared = vocabulary.normalise(text)
    if _SELF_HARM.search(_HYPERBOLE.sub("", prepared)):
        return "self-harm"
    return "minor" if _MINOR.search(prepared) else None


def abuse(text: str) -> int:
    """How many words of abuse a comment holds."""
    return sum(1 for _ in _abuse().finditer(vocabulary.normalise(text)))
