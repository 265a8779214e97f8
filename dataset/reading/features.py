"""What the relevance model sees in a comment besides its n-grams and its sentence vector."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import log1p

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.reading.cues import FACETS, Cues, Hit
from emtool.dataset.reading.text import clauses, prepare

_SPOILING = frozenset(("self", "other_person", "story", "fandom", "other_song", "negation"))
"""A facet in a clause without any of these most likely speaks of the music."""
_COMPANIES = (
    ("mood", "voice"),
    ("mood", "instrument"),
    ("mood", "structure"),
    ("mood", "genre"),
    ("mood", "tempo"),
    ("mood", "production"),
    ("mood", "likeness"),
    ("mood", "subject", "likeness"),
)
_HAN = re.compile(r"[\u4e00-\u9fff]")
_LATIN = re.compile(r"[a-z]")
_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        "[“”\"‘]", "[《》]", r"\?", "!", r"\d{1,2}[:分]\d{0,2}", "@", "[\U0001f000-\U0001faff]", r"\.\.\.", "的", r"\d",
    )
)  # fmt: skip
_OPENING_QUOTE = ("“", '"')


@dataclass(frozen=True, slots=True)
class Reading:
    """A comment as the model reads it."""

    text: str
    clauses: Sequence[str]
    hits: Sequence[Sequence[Hit]]
    """Words of the cue list, clause by clause."""

    @property
    def best(self) -> int:
        """Number of the clause that says most about the music."""
        return max(range(len(self.clauses)), key=self._promise)

    def _promise(self, number: int) -> float:
        kinds = {hit.kind for hit in self.hits[number]}
        said = len({hit.form for hit in self.hits[number] if hit.kind in FACETS})
        return (
            said
            + 0.5 * ("subject" in kinds)
            - 0.5 * ("story" in kinds)
            + min(len(self.clauses[number]), 40) / 1000
        )

    def clause(self) -> "Reading":
        """Read the best clause as if it were the whole comment."""
        return Reading(self.clauses[self.best], [self.clauses[self.best]], [self.hits[self.best]])


def read(comment: str, cues: Cues) -> Reading:
    """Prepare a comment and look up its words."""
    text = prepare(comment)
    parts = clauses(text)
    return Reading(text, parts, [cues.find(part) for part in parts])


def vector(reading: Reading, cues: Cues) -> NDArray[np.float32]:
    """Count cues and marks of a comment: what it names, what stands with it in a clause, how long it is."""
    kinds = [{hit.kind for hit in hits} for hits in reading.hits]
    values = [
        *_counts(reading, cues),
        *_in_clauses(reading),
        *_companies(kinds),
        *_shape(reading),
        *(log1p(len(mark.findall(reading.text))) for mark in _MARKS),
        reading.text.startswith(_OPENING_QUOTE),
    ]
    return np.array(values, np.float32)


def _counts(reading: Reading, cues: Cues) -> list[float]:
    forms: dict[str, set[str]] = {kind: set() for kind in cues.kinds}
    for hits in reading.hits:
        for hit in hits:
            forms[hit.kind].add(hit.form)
    named = sum(bool(forms[facet]) for facet in FACETS)
    return [
        *(log1p(len(found)) for found in forms.values()),
        *(bool(found) for found in forms.values()),
        named,
    ]


def _in_clauses(reading: Reading) -> list[float]:
    said = [len({hit.form for hit in hits if hit.kind in FACETS}) for hits in reading.hits]
    share = sum(count > 0 for count in said) / len(said)
    density = 20 * sum(said) / (len(reading.text) + 10)
    return [max(said), log1p(sum(said)), share, said[0] > 0, said[-1] > 0, density]


def _companies(kinds: Sequence[set[str]]) -> list[float]:
    together = [any(kind.issuperset(company) for kind in kinds) for company in _COMPANIES]
    for facet in FACETS:
        found = [kind for kind in kinds if facet in kind]
        together += [
            any("subject" in kind for kind in found),
            any("degree" in kind for kind in found),
            any(kind.isdisjoint(_SPOILING) for kind in found),
        ]
    return [float(value) for value in together]


def _shape(reading: Reading) -> list[float]:
    lower = reading.text.lower()
    han, latin = len(_HAN.findall(lower)), len(_LATIN.findall(lower))
    return [
        log1p(len(lower)),
        log1p(len(reading.clauses)),
        han / (han + latin + 1),
        latin / (han + latin + 1),
    ]
