"""Finds where a comment says that something is not in this music: negation, wishes, and talk of other songs.

Works on a normalised text (``vocabulary.normalise``: full-width commas are already plain) and on spans in it.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

_CLAUSE_END = re.compile(
    r"[,.;:!?。~…\n\r]+|\s{2,}|\b(?:but|though|although|while|whereas)\b|但是?|而是|不过|可是|却"
)
_SENTENCE_END = re.compile(r"[.;!?。…\n\r]+")
_INSIDE = r"[^,.;:!?。\n]"

# Idioms that hold a negating word and yet affirm: blanked before negation is looked for.
_AFFIRMING = re.compile(
    r"不仅仅?|不只是?|不单|不但|不止|不愧是?|不得不|不由得?|不由自主|忍不住|禁不住|止不住|停不下来|不要太|不能再|不错|不断|不知不觉"
    r"|不是一般|不是不|无不|莫不|不觉得|不算少|没有人|没人|没有比|没想到|没得说|没毛病|没话说|没谁了|埋没|淹没|沉没|没完没了"
    r"|无比|无敌|无疑|无数|无论|无限|不少|不同|不一样|不管|不论|不知道?|不失|不乏|从来不|不会腻|听不腻"
    r"|\b(?:not (?:only|just|merely|to mention)|no (?:doubt|wonder|matter|one|joke)|nothing (?:but|like)|never gets? old"
    r"|never (?:heard|seen|felt|been|knew)|nobody|can(?:no|')?t (?:help|stop|wait|get enough)|couldn't be more|why not)\b"
)
_DENIED_ZH = re.compile(
    r"(?:没有|没什么|没啥|毫无|并无|缺少|缺乏|少了|去掉|不是|并非|不算|算不上|称不上|谈不上|不属于|不像|不怎么|不太|不够|不那么|没那么|不至于"
    r"|并不|也不|都不|毫不|不要|听不[到见出])(?:[任何一点丝毫什么啥那这个种是很多太特别有]{0,5})$"
    r"|(?<![特个])(?:不|没|无)$"
)
_DENIED_LIST_ZH = re.compile(rf"(?:没有|不是|不要|没)(?:{_INSIDE}{{1,6}}[、和或与及跟]){{1,4}}$")
_DENIED_EN = re.compile(
    r"(?:\b(?:no|not|never|without|lacks?|lacking|missing|minus|zero|neither|nor|hardly|barely)\b|n't\b)"
    r"(?:[\s-]+[\w']+){0,3}[\s-]*$"
)
_DENIED_LIST_EN = re.compile(
    r"\b(?:no|without|not|neither)(?:\s+[\w']+){1,5}\s*(?:\b(?:or|nor|and)\b)(?:\s+[\w']+){0,1}\s*$"
)
_DENIED_AFTER = re.compile(
    r"^(?:声|音|声音)?(?:[都也还]?没有?|[都也]?不(?:在|见|行))了?[啊呀呢吧哦]?$"
    r"|^(?:声|音|声音)?(?:去哪|在哪)"
    r"|^\s+(?:is|are|was|were) (?:missing|absent|gone|not)\b"
)

_WISH = re.compile(
    rf"(?:要是|如果|假如|若是?){_INSIDE}{{0,16}},?{_INSIDE}{{0,16}}(?:就好|更好|该多好|会更|就更|完美|绝了|多好)"
    rf"|希望(?:能|可以|有|加|出)|(?:好|真|很)?想(?:听|要){_INSIDE}{{0,12}}(?:版|来一)"
    rf"|(?:求|期待|坐等)(?:一个|出|个)?{_INSIDE}{{0,10}}(?:版|伴奏)|应该(?:加|用|换)|建议(?:加|用|换)"
    r"|\b(?:i )?wish(?:ed)?\b|\bif only\b|\bwould(?:'ve| have)? (?:be|been|sound|sounded|love|like|prefer)\b"
    r"|\b(?:should|could) (?:have|add|use)\b|\bneeds? (?:a|an|more|some)\b|\bhope (?:there|they|he|she|you)\b"
    r"|\bimagine (?:this|it)\b"
)
_OTHER_SONG = re.compile(
    rf"(?:比起|相比于?|不如|不同于|有别于|不像){_INSIDE}{{0,12}}|(?:跟|和|与){_INSIDE}{{1,14}}(?:相比|比起来)"
    r"|另外?一首|其他的?歌|别的|上一?首|上一?张|前作|(?:之前|以前|早期)的(?:歌|专辑|那首)|那首|那张专辑"
    r"|\b(?:other|another|previous|earlier|last|next|older) (?:songs?|tracks?|albums?|records?|versions?|ones?|single)\b"
    r"|\bcompared (?:to|with)\b|\bunlike\b|\brather than\b|\bthan (?:the|his|her|their|your|that|those|in|on)\b"
    r"|\bthat other\b|\bthe original (?:song|version|has|had|was)\b"
)
# Names and codes hold words that describe nothing: song titles, emoticon codes, addresses.
_NAMES = re.compile(r"《[^》\n]{0,40}》|<<[^>\n]{0,40}>>|\[[^\]\s]{1,6}\]|https?://\S+")


class Cue(StrEnum):
    """Why a hit says nothing about this music."""

    NEGATION = "negation"
    WISH = "wish"
    OTHER_SONG = "other song"


@dataclass(frozen=True, slots=True)
class Scope:
    """A stretch of a text that a cue rules."""

    start: int
    end: int
    cue: Cue


def blank(match: re.Match[str]) -> str:
    """Filler of the same length, so that spans stay true."""
    return "·" * len(match.group())


def without_names(text: str) -> str:
    """The text with song titles, emoticon codes and addresses blanked."""
    return _NAMES.sub(blank, text)


def _bounds(text: str, ends: re.Pattern[str], start: int, end: int) -> tuple[int, int]:
    """Begin and end of the piece between two separators that holds ``start`` to ``end``."""
    begin = 0
    for separator in ends.finditer(text):
        if separator.end() <= start:
            begin = separator.end()
        elif separator.start() >= end:
            return begin, separator.start()
    return begin, len(text)


def clause(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the clause around a span."""
    return _bounds(text, _CLAUSE_END, start, end)


def sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Bounds of the sentence around a span."""
    return _bounds(text, _SENTENCE_END, start, end)


def scopes(text: str) -> list[Scope]:
    """Stretches of a text that are wishes or speak of other songs."""
    found = [Scope(*sentence(text, *match.span()), Cue.WISH) for match in _WISH.finditer(text)]
    found += [Scope(*clause(text, *match.span()), Cue.OTHER_SONG) for match in _OTHER_SONG.finditer(text)]
    return found


def negated(text: str, start: int, end: int) -> bool:
    """Whether the clause around a span denies it: "no drums", "没有鼓", "鼓都没有"."""
    begin, finish = clause(text, start, end)
    before = _AFFIRMING.sub(blank, text[begin:start])
    return bool(
        _DENIED_ZH.search(before)
        or _DENIED_LIST_ZH.search(before)
        or _DENIED_EN.search(before)
        or _DENIED_LIST_EN.search(before)
        or _DENIED_AFTER.search(text[end:finish])
    )


def ruling(text: str, start: int, end: int, given: list[Scope]) -> Cue | None:
    """The cue that takes a span out of the description of this music, or None.

    Args:
        text: Normalised text.
        start, end: The span.
        given: What ``scopes`` found in the same text.
    """
    for scope in given:
        if scope.start <= start and end <= scope.end:
            return scope.cue
    return Cue.NEGATION if negated(text, start, end) else None
