"""Writes comments that describe a piece, and describe it truly."""

import re
from random import Random

from emtool.crawler.demo import phrases_en, phrases_zh, words
from emtool.crawler.demo.compose import Piece

FORMS = ("full", "partial")

_ENDINGS_EN = ("", "", "", "!", ".", " ❤️", " :)")
_ENDINGS_ZH = ("", "", "", "！", "。", "～", "❤️")


def describe(piece: Piece, language: str, form: str, random: Random) -> str:
    """Write one comment.

    Args:
        piece: What is heard.
        language: ``en``, ``zh`` or ``zh-Hant``, which knows only the form ``full``.
        form: ``full`` names every instrument, the tempo and a mood; ``partial`` some of them.
        random: Source of the choice of words.
    """
    if language == "en":
        return _english(piece, form, random)
    if language == "zh":
        template = random.choice(
            _templates(piece, form, phrases_zh.FULL, phrases_zh.SOLO, phrases_zh.DUO) or phrases_zh.PARTIAL
        )
        return template.format(**_slots_zh(piece, random)) + random.choice(_ENDINGS_ZH)
    slots = {name: value.translate(words.TRADITIONAL) for name, value in _slots_zh(piece, random).items()}
    return random.choice(phrases_zh.TRADITIONAL).format(**slots)


def _templates(
    piece: Piece, form: str, full: tuple[str, ...], solo: tuple[str, ...], duo: tuple[str, ...]
) -> tuple[str, ...]:
    if form == "partial":
        return ()
    return full + (duo if len(piece.instruments) > 1 else solo)


def _english(piece: Piece, form: str, random: Random) -> str:
    templates = (
        _templates(piece, form, phrases_en.FULL, phrases_en.SOLO, phrases_en.DUO) or phrases_en.PARTIAL
    )
    text = random.choice(templates).format(**_slots_en(piece, random))
    text = re.sub(r"\b([Aa]) (?=[aeiou])", r"\1n ", text)
    if random.random() < 0.5:
        text = text[0].upper() + text[1:]
    return text if text[-1] in ".!" else text + random.choice(_ENDINGS_EN)


def _slots_en(piece: Piece, random: Random) -> dict[str, str]:
    names = [random.choice(words.INSTRUMENTS_EN[name]) for name in piece.instruments]
    mood, mood2 = random.sample(words.MOODS_EN[piece.mode, piece.tempo], 2)
    return {
        "inst": random.choice((" and ", " and ", " & ")).join(names),
        "one": random.choice(names),
        "lead": names[0],
        "other": names[-1],
        "tempo": random.choice(words.TEMPOS_EN[piece.tempo]),
        "pace": random.choice(words.PACES_EN[piece.tempo]),
        "speed": random.choice(words.ADVERBS_EN[piece.tempo]),
        "mood": mood,
        "mood2": mood2,
        "mode": piece.mode,
        "key": piece.key,
        "bpm": str(piece.tempo_bpm),
        "texture": random.choice(words.TEXTURES_EN[piece.texture]),
        "timbre": random.choice(words.TIMBRES_EN[random.choice(piece.instruments)]),
    }


def _slots_zh(piece: Piece, random: Random) -> dict[str, str]:
    names = [random.choice(words.INSTRUMENTS_ZH[name]) for name in piece.instruments]
    mood, mood2 = random.sample(words.MOODS_ZH[piece.mode, piece.tempo], 2)
    return {
        "inst": random.choice(("和", "和", "与", "加")).join(names),
        "one": random.choice(names),
        "lead": names[0],
        "other": names[-1],
        "tempo": random.choice(words.TEMPOS_ZH[piece.tempo]),
        "pace": random.choice(words.PACES_ZH[piece.tempo]),
        "mood": mood,
        "mood2": mood2,
        "mode": words.MODES_ZH[piece.mode],
        "bpm": str(piece.tempo_bpm),
        "texture": random.choice(words.TEXTURES_ZH[piece.texture]),
        "timbre": random.choice(words.TIMBRES_ZH[random.choice(piece.instruments)]),
    }
