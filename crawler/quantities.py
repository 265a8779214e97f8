"""Numbers as sites write them: "1.2k", "1.2万", "10万+", "1,234", "3:25"."""

import math
import re
import unicodedata
from decimal import Decimal

_UNITS = {"k": 10**3, "m": 10**6, "b": 10**9, "千": 10**3, "万": 10**4, "萬": 10**4, "亿": 10**8, "億": 10**8}
_NUMBER = re.compile(r"\d+(?:[.,' ]\d+)*")
_UNIT = re.compile(rf"\s*([{''.join(_UNITS)}])(?![a-z])")
_GROUPED = re.compile(r"\d{1,3}(?:([.,' ])\d{3})(?:\1\d{3})*")
_CLOCK = re.compile(r"(?:(\d+):)?(\d+):(\d{2}(?:\.\d+)?)")
_PLAIN_SECONDS = re.compile(r"(\d+(?:\.\d+)?)\s*(?:s|sec|seconds)?")
_LARGEST = 2**63 - 1  # what a database column holds
_LONGEST = 200  # characters; a longer text is no number


def count(value: object) -> int | None:
    """Read a number of votes; None where the text holds none, or more than one, which is not zero.

    "1.2k" is 1200, "10万+" 100000, "1,234" 1234, "-3" -3, "赞 12" 12.
    """
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else None
    if isinstance(value, float):
        whole = int(value) if math.isfinite(value) and value == int(value) else None
        return whole if whole is not None and abs(whole) <= _LARGEST else None
    text = unicodedata.normalize("NFKC", str(value)[:_LONGEST]).replace("\N{MINUS SIGN}", "-").lower()
    numbers = list(_NUMBER.finditer(text))
    if len(numbers) != 1:
        return None
    number = numbers[0]
    unit = _UNIT.match(text, number.end())
    size = _with_unit(number[0], _UNITS[unit[1]]) if unit else _without_unit(number[0])
    if size is None or size > _LARGEST:
        return None
    return -size if text[: number.start()].endswith("-") else size


def seconds(value: object) -> float | None:
    """Read a length in seconds from 205, "205.5", "3:25" or "1:03:25"; None for anything else."""
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return float(value) if 0 <= value <= _LARGEST else None
    text = unicodedata.normalize("NFKC", str(value)[:_LONGEST]).strip().lower()
    if plain := _PLAIN_SECONDS.fullmatch(text):
        return float(plain[1])
    if clock := _CLOCK.fullmatch(text):
        return int(clock[1] or 0) * 3600 + int(clock[2]) * 60 + float(clock[3])
    return None


def _without_unit(number: str) -> int | None:
    if number.isdecimal():
        return int(number)
    if _GROUPED.fullmatch(number):
        return int(re.sub(r"\D", "", number))
    return None  # "1.5" votes: a rating, not a count


def _with_unit(number: str, unit: int) -> int | None:
    if number.isdecimal():
        return int(number) * unit
    grouped = _GROUPED.fullmatch(number)
    if grouped and grouped[1] != ".":
        return int(re.sub(r"\D", "", number)) * unit
    pieces = re.split(r"[.,]", number)
    if len(pieces) != 2:
        return None
    return int(Decimal(".".join(pieces)) * unit)
