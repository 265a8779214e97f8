"""JSON values as a record's fields: numbers come as texts and the other way round, lists as single values."""

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from emtool.crawler.quantities import count

_DATE_AND_TIME = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}.*)")
_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_MILLISECONDS_FROM = 10**11  # as seconds this would be the year 5138
_TAGS_END = re.compile(r"[,;]")


def text(value: Any, *, joint: str = ", ") -> str | None:
    """Give a text or a number as text, a list of them joined; None for anything else and for nothing."""
    if isinstance(value, list):
        return joint.join(part for part in map(text, value) if part) or None
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    try:
        said = str(value)
    except ValueError:  # an integer of thousands of digits
        return None
    return said.encode("utf-8", "replace").decode().replace("\0", "").strip() or None


def first_text(value: Any) -> str | None:
    """Give a text, of a list its first."""
    if isinstance(value, list):
        return next(filter(None, map(text, value)), None)
    return text(value)


def votes(value: Any) -> int | None:
    """Read a number of votes; None if it is not known, which is not zero."""
    return None if isinstance(value, dict | list) else count(value)


def tags(value: Any) -> tuple[str, ...]:
    """Give a list of texts, or the parts of one text with commas or semicolons."""
    if isinstance(value, str):
        value = _TAGS_END.split(value)
    if not isinstance(value, list):
        return ()
    return tuple(dict.fromkeys(tag for tag in map(text, _flat(value)) if tag))


def iso_time(value: Any) -> str | None:
    """Give a time as ISO 8601: from such a text, or from seconds or milliseconds since 1970; else None."""
    said = text(value)
    if said is None or isinstance(value, list):
        return None
    if moment := _DATE_AND_TIME.fullmatch(said):
        return f"{moment[1]}T{moment[2].rstrip()}"
    if isinstance(value, str) and _DATE.fullmatch(said):
        return said
    try:
        number = float(said)
        if not math.isfinite(number) or number <= 0:
            return None
        seconds = number / 1000 if number >= _MILLISECONDS_FROM else number
        return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return None


def _flat(value: Iterable[Any]) -> list[Any]:
    return [inner for one in value for inner in (one if isinstance(one, list) else [one])]
