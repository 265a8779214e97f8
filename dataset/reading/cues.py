"""Words by class: what a comment says of the music, what it says it of, and what speaks for a story or a quotation."""

import re
from collections.abc import Iterator
from typing import NamedTuple

FACETS = ("instrument", "voice", "genre", "tempo", "structure", "production", "mood")
"""Classes of words that tell one piece of music from another."""

_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN_WORD = re.compile(r"[a-z0-9][a-z0-9&'\-]*")
_MAX_WORDS = 3


class Hit(NamedTuple):
    """A form of the list found in a clause."""

    kind: str
    form: str


class Cues:
    """A list of words by class, see ``cues.txt``."""

    def __init__(self, listing: str) -> None:
        self.listing = listing
        self.kinds: tuple[str, ...] = ()
        self._han: dict[str, list[Hit]] = {}
        self._latin: dict[str, list[Hit]] = {}
        self._han_lengths: dict[str, list[int]] = {}
        for line in listing.splitlines():
            if line and not line.startswith("#"):
                self._add(line)

    def _add(self, line: str) -> None:
        kind, _, forms = line.partition(": ")
        self.kinds = (*self.kinds, kind)
        for form in forms.split("|"):
            if not _HAN.search(form):
                self._latin.setdefault(form, []).append(Hit(kind, form))
                continue
            self._han.setdefault(form, []).append(Hit(kind, form))
            lengths = self._han_lengths.setdefault(form[0], [])
            if len(form) not in lengths:
                lengths.append(len(form))
                lengths.sort(reverse=True)

    def find(self, clause: str) -> list[Hit]:
        """Find forms in a clause in lower case, the longest first; facets do not overlap each other."""
        return [*self._find_han(clause), *self._find_latin(clause)]

    def _find_han(self, clause: str) -> Iterator[Hit]:
        position = 0
        while position < len(clause):
            step = 1
            for length in self._han_lengths.get(clause[position], ()):
                hits = self._han.get(clause[position : position + length])
                if hits:
                    yield from hits
                    step = length if any(hit.kind in FACETS for hit in hits) else 1
                    break
            position += step

    def _find_latin(self, clause: str) -> Iterator[Hit]:
        words = list(_LATIN_WORD.finditer(clause))
        first = 0
        while first < len(words):
            step = 1
            for count in range(min(_MAX_WORDS, len(words) - first), 0, -1):
                hits = self._latin.get(clause[words[first].start() : words[first + count - 1].end()])
                if hits:
                    yield from hits
                    step = count
                    break
            first += step
