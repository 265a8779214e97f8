"""Hand-labelled tags of describing comments, put into the words of our lexicon.

The labels are in an open vocabulary, each in English and in Chinese ("warm vocal", "温暖的声音"). A label stands for
the tags of the lexicon that its English name names (``gold_tags.tsv`` says so where the name is no form of the
lexicon), or that its Chinese name names. A label with several tags in the table asks for all of them.
"""

import csv
import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from emtool.dataset import matching, tag_choices, vocabulary

TABLE = Path(__file__).with_name("gold_tags.tsv")
FACETS = {
    "instrument": ("instrument",),
    "genre": ("genre", "production", "voice"),
    "mood": ("mood", "genre"),
    "tempo": ("tempo", "mood"),
    "vocal": ("voice",),
    "other": ("structure", "production", "use", "mood"),
}
"""Facets in which an English label of each kind is looked up, in this order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One describing comment."""

    text: str
    language: str
    unsure: bool
    asked: tuple[frozenset[str], ...]  # a tag of each set is right; an empty set cannot be met


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Counts over all rows."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        return self.right / max(1, self.right + self.wrong)

    @property
    def recall(self) -> float:
        return self.right / max(1, self.right + self.missed)

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)


@cache
def _table() -> Mapping[str, tuple[str, ...]]:
    with TABLE.open(encoding="utf-8", newline="") as opened:
        rows = csv.reader(opened, delimiter="\t")
        return {name: tuple(tags.split("|")) if tags else () for name, tags in rows}


@cache
def _by_form() -> Mapping[str, tuple[tuple[str, str], ...]]:
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for entry in vocabulary.entries().values():
        for form in entry.forms:
            found[form.text].append((entry.facet, entry.name))
    return {form: tuple(tags) for form, tags in found.items()}


def english(label: Mapping[str, str]) -> tuple[str, ...]:
    """Tags that the English name of a label stands for."""
    name = label["tag"].lower()
    if name in _table():
        return _table()[name]
    if name in vocabulary.entries():
        return (name,)
    tags = _by_form().get(name, ())
    by_facet = [tag for facet in FACETS[label["kind"]] for of, tag in tags if of == facet]
    return tuple((by_facet or [tag for _, tag in tags])[:1])


def chinese(label: Mapping[str, str]) -> frozenset[str]:
    """Tags that the Chinese name of a label stands for."""
    hits = matching.shipped().find(vocabulary.normalise(label["tag_zh"]))
    names = {meaning.entry.name for hit in hits for meaning in hit.meanings}
    return frozenset(names - tag_choices.shipped().discarded)


def asked(labels: Sequence[Mapping[str, str]], *, strict: bool) -> tuple[frozenset[str], ...]:
    """What an extractor should find for a row's labels, each thing once.

    Args:
        labels: The labels of one comment.
        strict: Only the English name counts.
    """
    found: list[frozenset[str]] = []
    for label in labels:
        named = english(label)
        either = frozenset() if strict else chinese(label)
        found += [frozenset({name}) for name in named] if len(named) > 1 else [frozenset(named) | either]
    return tuple(dict.fromkeys(found)) if all(found) else _with_empty(found)


def _with_empty(found: Sequence[frozenset[str]]) -> tuple[frozenset[str], ...]:
    """Each set once, but every label that nothing can meet."""
    met = dict.fromkeys(one for one in found if one)
    return (*met, *(one for one in found if not one))


def read(path: Path, *, strict: bool = False) -> list[Row]:
    """Describing rows of a file of labelled comments."""
    values: list[dict[str, Any]] = [
        json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()
    ]
    return [
        Row(
            text=value["text"],
            language=value["lang"],
            unsure=value["unsure"],
            asked=asked(value["tags"], strict=strict),
        )
        for value in values
        if value["label"] == "describes"
    ]


def score(rows: Sequence[Row], given: Sequence[Collection[str]]) -> Score:
    """Count: each asked set is met by one tag, a tag that meets none is wrong.

    A second tag of a set that is met already (the other language's name of the same label) counts neither way.
    """
    right = wrong = missed = 0
    for row, tags in zip(rows, given, strict=True):
        left = set(tags)
        for wanted in sorted(row.asked, key=len):
            met = sorted(left & wanted)
            right += bool(met)
            missed += not met
            left -= set(met[:1])
        wrong += len(left - frozenset().union(*row.asked))
    return Score(right=right, wrong=wrong, missed=missed)
