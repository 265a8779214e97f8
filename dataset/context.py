"""What stands around a hit: words that speak of music or of the voice, found once for each text."""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from typing import Self

Span = tuple[int, int]

_MUSIC = re.compile(
    r"音乐|歌|曲|旋律|节奏|编曲|前奏|副歌|间奏|尾奏|伴奏|配乐|调调|调子|声音|嗓|声线|唱|听|风格|音色|乐器|和弦|专辑|单曲|乐队|演奏"
    r"|鼓点|高潮|开头|结尾|结束|部分|感觉|味道|气息|氛围|版本|原声|bgm|solo|rap|live|drop"
    r"|\b(?:music|songs?|tracks?|beats?|melod(?:y|ies)|vocals?|voices?|tunes?|sounds?|sounding|vibes?|mix|mixes|pieces?"
    r"|rhythms?|bass|guitars?|piano|chorus|verse|intro|outro|hook|drop|album|playlist|listen|listening|chords?|riffs?"
    r"|harmony|harmonies|instrumental|tempo|groove|compilation|lofi|lo-fi|tones?|notes?|drums?|singer|singing|sings"
    r"|score|soundtrack|feel|atmosphere|mood)\b"
)
_VOICE = re.compile(
    r"声音|嗓音|嗓子|嗓|声线|唱腔|歌声|人声|男声|女声|童声|音色|腔调|演唱|唱法|唱功|唱|少年音|声|腔|咬字|开口"
    r"|\b(?:vocals?|voices?|singing|sings|sing|sung|sang|singer|vocalist)\b"
)


class Words:
    """Spans of one text from left to right, none over another, and the way to the nearest."""

    __slots__ = ("_ends", "_starts")

    def __init__(self, spans: Iterable[Span]) -> None:
        pairs = list(spans)
        self._starts = [start for start, _ in pairs]
        self._ends = [end for _, end in pairs]

    @classmethod
    def of_music(cls, text: str) -> Self:
        """Where a normalised text names music or a part of it."""
        return cls(match.span() for match in _MUSIC.finditer(text))

    @classmethod
    def of_voice(cls, text: str) -> Self:
        """Where a normalised text names a voice or singing."""
        return cls(match.span() for match in _VOICE.finditer(text))

    def distance(self, hit: Span, bounds: Span) -> int | None:
        """Characters between a hit and the nearest span inside the bounds; spans inside the hit do not count.

        Returns:
            0 for neighbours, None where no span stands inside the bounds.
        """
        before = bisect_right(self._ends, hit[0]) - 1
        after = bisect_left(self._starts, hit[1])
        gaps = []
        if before >= 0 and self._starts[before] >= bounds[0]:
            gaps.append(hit[0] - self._ends[before])
        if after < len(self._starts) and self._ends[after] <= bounds[1]:
            gaps.append(self._starts[after] - hit[1])
        return min(gaps, default=None)
