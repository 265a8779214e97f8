"""Answers of JSON: bytes in, a value out, or an error that shows how the answer begins."""

import json
import math
from typing import Any, NoReturn

from emtool.crawler.answers import Answer
from emtool.crawler.errors import SourceError
from emtool.crawler.printable import beginning

MAX_BYTES = 16 * 2**20
MAX_DEPTH = 64  # lists and mappings inside of each other


def read_json(answer: Answer, source: str) -> Any:
    """Read an answer of a source as JSON (RFC 8259: NaN and Infinity are none).

    Raises:
        SourceError: It is none, it is larger than ``MAX_BYTES``, or deeper than ``MAX_DEPTH``.
    """
    if len(answer.body) > MAX_BYTES:
        refuse(answer, source, f"{len(answer.body)} bytes are more than {MAX_BYTES}")
    try:
        value = json.loads(answer.body, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        refuse(answer, source, f"it is deeper than {MAX_DEPTH} levels")
    except ValueError as error:  # also bytes of no charset, and integers of thousands of digits
        refuse(answer, source, f"it is no JSON ({error})")
    if _is_deeper(value, MAX_DEPTH):
        refuse(answer, source, f"it is deeper than {MAX_DEPTH} levels")
    return value


def refuse(answer: Answer, source: str, why: str) -> NoReturn:
    """Raise SourceError with the first 200 characters of an answer."""
    raise SourceError(
        f"{answer.url}: not an answer that source {source} knows, {why}: {beginning(answer.body)}"
    )


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number")


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise ValueError(f"{digits[:20]} is too large a number")
    return number


def _is_deeper(value: Any, most: int) -> bool:
    """Tell whether there are more than ``most`` levels, without a call for each of them."""
    level = [value]
    for _ in range(most + 1):
        inside = [one for one in level if isinstance(one, dict | list)]
        if not inside:
            return False
        level = [child for one in inside for child in (one.values() if isinstance(one, dict) else one)]
    return True
