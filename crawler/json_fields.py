"""Fields of answers that nobody promised: absent, null, numbers as texts and the other way round.

Every function gives None (or nothing) for what it cannot read, and raises nothing.
"""

import html
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from emtool.crawler.quantities import count

_LONGEST_ID = 200  # characters
_ISO = re.compile(r"(\d{4})[-/](\d\d)[-/](\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?) ?(Z|[+-]\d\d:?\d\d)?)?")
_JSONP = re.compile(rb"\s*[\w.$]{1,100}\s*\((.*)\)\s*;?\s*", re.DOTALL)
_LINE_END = re.compile(r"<br\s*/?>|</(?:p|div|li)>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def load(body: bytes) -> object:
    """Read JSON or JSONP; raises ValueError."""
    if wrapped := _JSONP.fullmatch(body):
        body = wrapped[1]
    try:
        return json.loads(body.decode("utf-8-sig"))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def mapping(value: object) -> Mapping[str, Any]:
    """Give an object, or an empty one."""
    return value if isinstance(value, dict) else {}


def items(value: object) -> Iterator[Mapping[str, Any]]:
    """Give the objects of a list; what is no object in it is left out."""
    return (item for item in value if isinstance(item, dict)) if isinstance(value, list) else iter(())


def text(value: object) -> str | None:
    """Give a text without space around it, a number as text, or the first text of a list."""
    if isinstance(value, list):
        return next(filter(None, (text(item) for item in value if not isinstance(item, list))), None)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value).encode("utf-8", "replace").decode().strip() or None


def plain(value: object) -> str | None:
    """Give a text that may hold markup without it."""
    markup = text(value)
    return text(html.unescape(_TAG.sub("", _LINE_END.sub("\n", markup)))) if markup else None


def identity(value: object) -> str | None:
    """Give an id: a short printable text, or a number other than 0."""
    found = text(value)
    if found is None or found == "0" or len(found) > _LONGEST_ID or not found.isprintable():
        return None
    return found


def web(value: object) -> str | None:
    """Give an address of http or https."""
    found = text(value)
    return found if found and re.match(r"https?://[^\s/]", found, re.IGNORECASE) else None


def moment(value: object, *, per_second: int = 1) -> str | None:
    """Give a time in seconds since 1970 (or parts of a second, ``per_second`` of them) as ISO 8601 in UTC."""
    number = value if isinstance(value, float) else count(value)
    try:
        if number is None or not number > 0:
            return None
        return datetime.fromtimestamp(int(number) // per_second, UTC).isoformat()
    except (ValueError, OverflowError, OSError):
        return None


def date(value: object) -> str | None:
    """Give a date, or a date and time, as ISO 8601, as exact as it is."""
    found = _ISO.match(text(value) or "")
    if found is None:
        return None
    year, month, day, clock, zone = found.groups()
    moment_text = f"{year}-{month}-{day}" + (f"T{clock}{zone or ''}" if clock else "")
    try:
        datetime.fromisoformat(moment_text)
    except ValueError:
        return None
    return moment_text
