"""The bilingual lexicon: canonical English tags with their parents and the words that name them.

One tab-separated file per facet in ``lexicon/`` with the columns ``tag``, ``parent``, ``zh``, ``en``; forms are
separated by ``|``. A form that ends in ``?`` is *weak*: an everyday word ("dark", "温柔") that needs something beside
it that speaks of music. One that ends in ``~`` counts only beside a word for the voice, and there it takes the place
of what it means elsewhere ("温暖的声音" is a warm voice, no warm mood). ``guards.txt`` holds phrases in which a form
means something else ("鼓励", "organ donor"): the longest match wins, so a guard hides the form inside it.
"""

import csv
import functools
import io
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from typing import Self

FORM_SEPARATOR = "|"
_CJK = re.compile(r"[\u3400-\u9fff]")


class Facet(StrEnum):
    """What a tag speaks of."""

    INSTRUMENT = "instrument"
    GENRE = "genre"
    MOOD = "mood"
    TEMPO = "tempo"
    VOICE = "voice"
    STRUCTURE = "structure"
    PRODUCTION = "production"
    USE = "use"


class Needs(StrEnum):
    """What must stand near a form for it to count; the value is the mark at its end."""

    NOTHING = ""
    MUSIC = "?"
    VOICE = "~"


_MARKS = frozenset(need.value for need in Needs if need.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """One word or phrase that names a tag, normalised."""

    text: str
    needs: Needs

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read a form as it stands in a table, with its mark."""
        mark = Needs(written[-1]) if written[-1] in _MARKS else Needs.NOTHING
        return cls(text=written.removesuffix(mark), needs=mark)

    @property
    def chinese(self) -> bool:
        """Whether it holds a Chinese character, and so is matched by characters instead of words."""
        return bool(_CJK.search(self.text))


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One canonical tag."""

    name: str
    facet: Facet
    parent: str | None
    forms: tuple[Form, ...]


@functools.cache
def _to_simplified() -> Callable[[str], str]:
    from opencc import OpenCC

    convert: Callable[[str], str] = OpenCC("t2s").convert
    return convert


def normalise(text: str) -> str:
    """Give the shape in which forms and comments are compared: NFKC, lower case, simplified characters."""
    folded = unicodedata.normalize("NFKC", text).lower().replace("’", "'").replace("‘", "'")
    if folded.isascii():
        return folded
    # A lone surrogate cannot cross into the converter's UTF-8.
    return _to_simplified()(folded.encode("utf-8", "replace").decode("utf-8"))


def parse(facet: Facet, table: str) -> Iterator[Entry]:
    """Read one facet's table."""
    for row in csv.DictReader(io.StringIO(table), delimiter="\t", quoting=csv.QUOTE_NONE):
        forms = tuple(
            Form.parse(form)
            for column in ("zh", "en")
            for form in (row[column] or "").split(FORM_SEPARATOR)
            if form
        )
        yield Entry(name=row["tag"], facet=facet, parent=row["parent"] or None, forms=forms)


def read_lines(name: str) -> list[str]:
    """Lines of a word list in ``lexicon/``, without comments and empty lines."""
    text = resources.files("emtool.dataset.lexicon").joinpath(name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


@functools.cache
def entries() -> Mapping[str, Entry]:
    """All canonical tags by name, facet after facet in the order of ``Facet``."""
    folder = resources.files("emtool.dataset.lexicon")
    return {
        entry.name: entry
        for facet in Facet
        for entry in parse(facet, folder.joinpath(f"{facet}.tsv").read_text(encoding="utf-8"))
    }


@functools.cache
def guards() -> tuple[str, ...]:
    """Phrases in which a form means something else."""
    return tuple(read_lines("guards.txt"))


def ancestors(name: str) -> tuple[str, ...]:
    """Parents of a tag, nearest first; none for a tag that the lexicon does not hold."""
    found: list[str] = []
    entry = entries().get(name)
    while entry is not None and entry.parent is not None:
        found.append(entry.parent)
        entry = entries().get(entry.parent)
    return tuple(found)


def narrowest(names: Iterable[str]) -> frozenset[str]:
    """Leave out every tag of which a narrower one is there too."""
    given = frozenset(names)
    return given - {parent for name in given for parent in ancestors(name)}
