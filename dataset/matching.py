"""Finds the lexicon's forms in a normalised text: longest match, whole English words, guards against look-alikes."""

import functools
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from emtool.dataset import vocabulary
from emtool.dataset.vocabulary import Entry, Facet, Form, Needs

_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z0-9à-öø-ÿ]+(?:['&+][a-z0-9à-öø-ÿ]+)*")
_JOINT = re.compile(r"[ '&+/-]{1,3}")
"""What may stand between the words of one form: "drum-machine", "drum & bass", "rock 'n' roll"."""
_SIBILANT = ("s", "x", "z", "ch", "sh")
_NOUN_FACETS = frozenset(
    {Facet.INSTRUMENT, Facet.GENRE, Facet.VOICE, Facet.STRUCTURE, Facet.PRODUCTION, Facet.USE}
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """A tag that a form names; no meaning at all marks a guard."""

    entry: Entry
    needs: Needs


@dataclass(frozen=True, slots=True)
class Hit:
    """One place of a text where a form stands."""

    start: int
    end: int
    meanings: tuple[Meaning, ...]


def plural(word: str) -> str:
    """Regular English plural, good enough for names of instruments and parts."""
    if word.endswith(_SIBILANT):
        return word + "es"
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return word[:-1] + "ies"
    return word + "s"


class Matcher:
    """An index of forms: by first character for Chinese, by first word for the rest."""

    def __init__(self, entries: Iterable[Entry], guards: Iterable[str]) -> None:
        meanings: dict[str, list[Meaning]] = {}
        for guard in guards:
            meanings[guard if _HAN.search(guard) else _words(guard)] = []
        for entry in entries:
            for form in entry.forms:
                for written in _ways_to_write(entry.facet, form):
                    meanings.setdefault(written, []).append(Meaning(entry, form.needs))
        self._meanings: Mapping[str, tuple[Meaning, ...]] = {f: tuple(m) for f, m in meanings.items()}
        self._chinese = frozenset(form for form in meanings if _HAN.search(form))
        self._lengths = _lengths_by_first(self._chinese)
        self._word_counts = _counts_by_first(meanings.keys() - self._chinese)

    def find(self, text: str) -> list[Hit]:
        """Hits of a normalised text from left to right; none overlaps another, the longer one wins."""
        found = list(self._find_words(text))
        if not text.isascii():
            found.extend(self._find_characters(text))
        found.sort(key=lambda hit: (hit.start - hit.end, hit.start))
        taken = bytearray(len(text))
        kept: list[Hit] = []
        for hit in found:
            if taken.find(1, hit.start, hit.end) < 0:
                taken[hit.start : hit.end] = b"\1" * (hit.end - hit.start)
                if hit.meanings:
                    kept.append(hit)
        return sorted(kept, key=lambda hit: hit.start)

    def _find_characters(self, text: str) -> Iterator[Hit]:
        lengths, known = self._lengths, self._chinese
        for start, character in enumerate(text):
            for length in lengths.get(character, ()):
                form = text[start : start + length]
                if form in known and _stands_alone(text, start, start + len(form)):
                    yield Hit(start, start + len(form), self._meanings[form])
                    break

    def _find_words(self, text: str) -> Iterator[Hit]:
        words = list(_WORD.finditer(text))
        for index, first in enumerate(words):
            for count in self._word_counts.get(first.group(), ()):
                run = words[index : index + count]
                meanings = (
                    self._meanings.get(" ".join(word.group() for word in run)) if len(run) == count else None
                )
                if meanings is not None and _joined(text, run):
                    yield Hit(first.start(), run[-1].end(), meanings)
                    break


def _words(form: str) -> str:
    return " ".join(_WORD.findall(form))


def _ways_to_write(facet: Facet, form: Form) -> tuple[str, ...]:
    """A form as the index knows it, and its plural where it is a noun in Latin letters."""
    if form.chinese:
        return (form.text,)
    words = _words(form.text)
    return (words, plural(words)) if facet in _NOUN_FACETS else (words,)


def _joined(text: str, run: Sequence[re.Match[str]]) -> bool:
    """Whether words follow each other as the parts of one name."""
    return all(_JOINT.fullmatch(text, one.end(), other.start()) for one, other in pairwise(run))


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Whether a form that begins or ends with a Latin letter is not the piece of a longer word."""
    first, last = text[start], text[end - 1]
    before, after = text[start - 1 : start], text[end : end + 1]
    return not (
        (first.isascii() and before.isascii() and before.isalnum())
        or (last.isascii() and after.isascii() and after.isalnum())
    )


def _lengths_by_first(forms: Iterable[str]) -> dict[str, tuple[int, ...]]:
    lengths: dict[str, set[int]] = defaultdict(set)
    for form in forms:
        lengths[form[0]].add(len(form))
    return {first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()}


def _counts_by_first(forms: Iterable[str]) -> dict[str, tuple[int, ...]]:
    counts: dict[str, set[int]] = defaultdict(set)
    for form in forms:
        words = form.split(" ")
        counts[words[0]].add(len(words))
    return {first: tuple(sorted(found, reverse=True)) for first, found in counts.items()}


@functools.cache
def shipped() -> Matcher:
    """The matcher over the shipped lexicon."""
    return Matcher(vocabulary.entries().values(), vocabulary.guards())
