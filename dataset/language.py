"""Which language a comment is in: by its script where that decides, else by lingua."""

import re
from functools import cache
from typing import Any

UNKNOWN = "und"

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003134f]")
_KANA = re.compile(r"[\u3041-\u309f\u30a1-\u30fa\u31f0-\u31ff]")
_HANGUL = re.compile(r"[\u1100-\u11ff\u3130-\u318f\uac00-\ud7a3]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_OTHER = re.compile(r"[^\W\d_]")

LANGUAGES = (
    "ar", "de", "en", "es", "fr", "hi", "id", "it", "ja", "ko", "nl", "pl", "pt", "ru", "th", "tr", "uk", "vi", "zh",
)  # fmt: skip
"""What ``language`` tells apart."""

_LETTERS_PER_HAN = 3  # a Chinese word of two characters weighs as much as an English one of six letters
_ENOUGH_LETTERS = 400  # of a text: more changes no verdict
_SURE = 0.5  # below it lingua guesses: "nice piano" is Italian to it
_NONE = 0.01  # what a language has that shares no letter with the text
_CANDIDATES = (
    "ENGLISH", "SPANISH", "PORTUGUESE", "FRENCH", "GERMAN", "ITALIAN", "DUTCH", "POLISH", "TURKISH", "INDONESIAN",
    "VIETNAMESE", "RUSSIAN", "UKRAINIAN", "ARABIC", "HINDI", "THAI",
)  # fmt: skip
_OTHER_SCRIPTS = ("ru", "uk", "ar", "hi", "th")


def language(text: str) -> str:
    """Give an ISO 639-1 code, or ``und`` where there are no letters."""
    head = text[:_ENOUGH_LETTERS]
    han, kana, hangul = (len(script.findall(head)) for script in (_HAN, _KANA, _HANGUL))
    others = len(_OTHER.findall(head)) - han - kana - hangul
    syllables = han + kana + hangul
    if syllables * _LETTERS_PER_HAN >= others and syllables:
        if hangul * 2 >= syllables:
            return "ko"
        return "ja" if kana * 10 >= syllables else "zh"
    return _by_words(head) if others > 0 else UNKNOWN


def _by_words(text: str) -> str:
    """Ask lingua for the first language whose script is that of most letters."""
    latin = len(_LATIN.findall(text)) * 2 > len(_OTHER.findall(text))
    values = _detector().compute_language_confidence_values(text)
    if latin and values[0].value < _SURE:
        return "en"
    codes = (value.language.iso_code_639_1.name.lower() for value in values if value.value > _NONE)
    return next((code for code in codes if (code not in _OTHER_SCRIPTS) == latin), UNKNOWN)


@cache
def _detector() -> Any:
    from lingua import Language, LanguageDetectorBuilder

    return LanguageDetectorBuilder.from_languages(*(getattr(Language, name) for name in _CANDIDATES)).build()
