"""What stands around a hit: words that speak of music or of the voice, found once for each text."""

import re

Span = tuple[int, int]

_MUSIC = re.compile(
    r"音乐|歌|曲|旋律|节奏|编曲|前奏|副歌|间奏|尾奏|伴奏|配乐|调调|调子|声音|嗓|声线|唱|听|风格|音色|乐器|和弦|专辑|单曲|乐队|演奏|鼓点"
    r"|高潮|开头|结尾|结束|部分|感觉|味道|气息|氛围|版本|原声|bgm|solo|rap|live|drop"
    r"|\b(?:music|songs?|tracks?|beats?|melod(?:y|ies)|vocals?|voices?|tunes?|sounds?|sounding|vibes?|mix|mixes|pieces?|rhythms?|bass"
    r"|guitars?|piano|chorus|verse|intro|outro|hook|drop|album|playlist|listen|listening|chords?|riffs?|harmony|harmonies|instrumental"
    r"|tempo|groove|compilation|lofi|lo-fi|tones?|notes?|drums?|singer|singing|sings|score|soundtrack|feel|atmosphere|mood)\b"
)
_VOICE = re.compile(
    r"声音|嗓音|嗓子|嗓|声线|唱腔|歌声|人声|男声|女声|童声|音色|腔调|演唱|唱法|唱功|唱得|唱的|唱出|唱|少年音|声|腔|咬字|开口|主唱"
    r"|\b(?:vocals?|voices?|singing|sings|sing|sung|sang|singer|vocalist)\b"
)


def music(text: str) -> tuple[Span, ...]:
    """Where a normalised text names music or a part of it."""
    return tuple(match.span() for match in _MUSIC.finditer(text))


def voice(text: str) -> tuple[Span, ...]:
    """Where a normalised text names a voice or singing."""
    return tuple(match.span() for match in _VOICE.finditer(text))


def distance(words: tuple[Span, ...], hit: Span, bounds: Span) -> int | None:
    """Characters between a hit and the nearest word inside the bounds; words inside the hit itself do not count.

    Returns:
        0 for neighbours, None where no word stands inside the bounds.
    """
    start, end = hit
    gaps = (
        begin - end if begin >= end else start - finish
        for begin, finish in words
        if bounds[0] <= begin and finish <= bounds[1] and (begin >= end or finish <= start)
    )
    return min(gaps, default=None)
