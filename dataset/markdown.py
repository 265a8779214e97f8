"""Text of strangers in Markdown: it shows as it is, and makes no table, link, picture, formula or tag."""

import re
from collections.abc import Iterable, Mapping, Sequence

from emtool.crawler.printable import printable

_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Punctuation that has a meaning somewhere in GitHub's Markdown; colon, at sign and "www." make links by themselves.
_MEANS_SOMETHING = re.compile(r"[\\`*_{}\[\]#+!|~$^=:@]|(?<=www)\.", re.IGNORECASE)
_CELL = 160  # characters


def escaped(text: str) -> str:
    """Show a text on one line, character by character."""
    line = printable(" ".join(text.split()))
    line = _MEANS_SOMETHING.sub(lambda found: "\\" + found[0], line)
    return re.sub("[&<>]", lambda found: _ENTITIES[found[0]], line)


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Lay out cells of any text; long ones are cut."""
    lines = [map(_cell, names), ["---"] * len(names), *(map(_cell, row) for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def listed(counts: Mapping[str, int]) -> str:
    """Write counts in one line, such as ``zh 228, en 202``."""
    return ", ".join(f"{escaped(name)} {number}" for name, number in counts.items())


class Verbatim(str):
    """A cell that is Markdown already."""

    __slots__ = ()


def _cell(value: object) -> str:
    if isinstance(value, Verbatim):
        return value
    text = "" if value is None else " ".join(str(value).split())
    return escaped(text if len(text) <= _CELL else text[: _CELL - 1] + "…")
