"""Finds where a comment says that something is not in this music: negation, wishes, and talk of other songs.

Works on a normalised text (``vocabulary.normalise``: full-width commas are already plain) and on spans in it.
"""

import re
from bisect import bisect_left, bisect_right
from enum import StrEnum

_CLAUSE_END = re.compile(
    r"[,.;:!?。~…\n\r]+|\s{2,}|\b(?:but|though|although|while|whereas)\b|但是?|而是|不过|可是|却"
)
_SENTENCE_END = re.compile(r"[.;!?。…\n\r]+")
_INSIDE = r"[^,.;:!?。\n]"

# Idioms that hold a negating word and yet affirm: blanked before negation is looked for.
_AFFIRMING = re.compile(
    r"不仅仅?|不只是?|不单|不但|不止|不愧是?|不得不|不由得?|不由自主|忍不住|禁不住|止不住|停不下来|不要太|不能再|不错|不断|不知不觉"
    r"|不是一般|不是不|无不|莫不|不觉得|不算少|没有人|没人|没有比|没想到|没得说|没毛病|没话说|没谁了|埋没|淹没|沉没"
    r"|没完没了|无比|无敌|无疑|无数|无论|无限|不少|不同|不一样|不管|不论|不知道?|不失|不乏|从来不|不会腻|听不腻"
    r"|\b(?:not (?:only|just|merely|to mention)|no (?:doubt|wonder|matter|one|joke)|nothing (?:but|like)"
    r"|never (?:gets? old|heard|seen|felt|been|knew)|nobody|can(?:no|')?t (?:help|stop|wait|get enough)"
    r"|couldn't be more|why not)\b"
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

_DENIALS = (_DENIED_ZH, _DENIED_LIST_ZH, _DENIED_EN, _DENIED_LIST_EN)

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
    r"|\b(?:other|another|previous|earlier|last|next|older)"
    r" (?:songs?|tracks?|albums?|records?|versions?|ones?|single)\b"
    r"|\bcompared (?:to|with)\b|\bunlike\b|\brather than\b|\bthan (?:the|his|her|their|your|that|those|in|on)\b"
    r"|\bthat other\b|\bthe original (?:song|version|has|had|was)\b"
)
# Names and codes hold words that describe nothing: song titles, emoticon codes, addresses.
_NAMES = re.compile(r"《[^》\n]{0,40}》|<<[^>\n]{0,40}>>|\[[^\]\s]{1,6}\]|https?://\S+")


_BEFORE, _AFTER = 48, 16
"""Characters of the clause before and after a hit that are searched for a denial."""


class Cue(StrEnum):
    """Why a hit says nothing about this music."""

    NEGATION = "negation"
    WISH = "wish"
    OTHER_SONG = "other song"


def _blank(match: re.Match[str]) -> str:
    """Filler of the same length, so that spans stay true."""
    return "·" * len(match.group())


def without_names(text: str) -> str:
    """The text with song titles, emoticon codes and addresses blanked."""
    return _NAMES.sub(_blank, text)


class _Pieces:
    """A text cut at separators, and the way from a span to the piece around it."""

    def __init__(self, text: str, separators: re.Pattern[str]) -> None:
        spans = [match.span() for match in separators.finditer(text)]
        self._ends_at = [start for start, _ in spans] + [len(text)]
        self._begins_at = [0] + [end for _, end in spans]

    def around(self, start: int, end: int) -> tuple[int, int]:
        """From the last separator before a span to the first one after it."""
        begin = self._begins_at[bisect_right(self._begins_at, start) - 1]
        return begin, self._ends_at[bisect_left(self._ends_at, end)]


class Reading:
    """A normalised text with its clauses, its sentences and the cues in it, found once."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._clauses = _Pieces(text, _CLAUSE_END)
        self._sentences = _Pieces(text, _SENTENCE_END)
        self._scopes = {(self.sentence(*match.span()), Cue.WISH) for match in _WISH.finditer(text)} | {
            (self.clause(*match.span()), Cue.OTHER_SONG) for match in _OTHER_SONG.finditer(text)
        }

    def clause(self, start: int, end: int) -> tuple[int, int]:
        """Bounds of the clause around a span."""
        return self._clauses.around(start, end)

    def sentence(self, start: int, end: int) -> tuple[int, int]:
        """Bounds of the sentence around a span."""
        return self._sentences.around(start, end)

    def ruling(self, start: int, end: int) -> Cue | None:
        """The cue that takes a span out of the description of this music, or None."""
        for bounds, cue in ((self.sentence(start, end), Cue.WISH), (self.clause(start, end), Cue.OTHER_SONG)):
            if (bounds, cue) in self._scopes:
                return cue
        return Cue.NEGATION if self._denied(start, end) else None

    def _denied(self, start: int, end: int) -> bool:
        """Whether the clause around a span denies it: "no drums", "没有鼓", "鼓都没有"."""
        begin, finish = self.clause(start, end)
        before = _AFFIRMING.sub(_blank, self._text[max(begin, start - _BEFORE) : start])
        after = self._text[end : min(finish, end + _AFTER)]
        return any(denial.search(before) for denial in _DENIALS) or bool(_DENIED_AFTER.search(after))
