"""What stands around a hit: words of music, of the voice, of use, and of the listener, found once for each text."""

import re
from dataclasses import dataclass

_MUSIC = re.compile(
    r"音乐|歌|曲|旋律|节奏|编曲|前奏|副歌|间奏|尾奏|伴奏|配乐|调调|调子|声音|嗓|声线|唱|听|风格|曲风|音色|乐器|和弦|专辑|单曲|乐队|演奏|鼓点|高潮|开头|结尾|结束|部分|感觉|味道|气息|氛围|版本|原声|bgm|solo|rap|live|drop"
    r"|\b(?:music|songs?|tracks?|beats?|melod(?:y|ies)|vocals?|voices?|tunes?|sounds?|sounding|vibes?|mix|mixes|pieces?|rhythms?|bass|guitars?|piano|chorus|verse|intro|outro|hook|drop|album|playlist|listen|listening|chords?|riffs?|harmony|harmonies|instrumental|tempo|groove|compilation|lofi|lo-fi|tones?|notes?|drums?|singer|singing|sings|score|soundtrack|feel|atmosphere|mood)\b"
)
_VOICE = re.compile(
    r"声音|嗓音|嗓子|嗓|声线|唱腔|歌声|人声|男声|女声|童声|音色|腔调|演唱|唱法|唱功|唱得|唱的|唱出|唱|少年音|声|腔|咬字|开口|主唱"
    r"|\b(?:vocals?|voices?|singing|sings|sing|sung|sang|singer|vocalist)\b"
)
_USE = re.compile(
    r"适合|听|音乐|bgm|播放|循环|单曲|伴着|歌单|曲|\b(?:for|to|while|music|playlist|when|listen|listening|vibes?|perfect|session|during|help|helps)\b"
)
_LISTENER = re.compile(r"我|你|他|她|们|人生|青春|爱|心里|想起|记得|那时|曾经|现在|\b(?:i|my|me|you|your|we|life|when|remember|am|was)\b")


@dataclass(frozen=True, slots=True)
class Words:
    """Where the words of each kind begin and end in one text."""

    music: tuple[tuple[int, int], ...]
    voice: tuple[tuple[int, int], ...]
    use: tuple[tuple[int, int], ...]
    listener: tuple[tuple[int, int], ...]


def find(text: str) -> Words:
    """Find the context words of a normalised text."""
    return Words(*(tuple(m.span() for m in kind.finditer(text)) for kind in (_MUSIC, _VOICE, _USE, _LISTENER)))


def distance(spans: tuple[tuple[int, int], ...], start: int, end: int, lower: int, upper: int) -> int | None:
    """Characters between a hit and the nearest word inside the bounds that it does not cover; None where there is none."""
    best: int | None = None
    for begin, finish in spans:
        if begin < lower or finish > upper or (start <= begin and finish <= end):
            continue
        gap = begin - end if begin >= end else start - finish
        if gap >= 0 and (best is None or gap < best):
            best = gap
    return best
