"""Fit the weights of ``emtool.dataset.tag_score`` on hand-labelled comments and print ten-fold F1 by threshold.

    python -m tests.benchmarks.fit_tags ../shared/data/text/gold_dev2.jsonl [--write]

A hit of a describing comment is right if one of its labels asks for its tag. Hits in comments that do not describe
their music are all wrong, and count a tenth: they are many, and the relevance filter stands before them.
"""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emtool.dataset import cues, tag_choices, tags, vocabulary
from emtool.dataset.lexicon import __file__ as lexicon_file
from emtool.dataset.tag_score import View
from tests.benchmarks import gold_tags

FOLDS = 10
CHATTER_WEIGHT = 0.1
RIDGE = 3.0
THRESHOLDS = (0.3, 0.35, 0.4, 0.45, 0.5)
HEADER = "# Written by tests/benchmarks/fit_tags.py: feature<TAB>weight, see dataset/tag_score.py\n"
Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """One hit that could become a tag."""

    row: int  # of the describing rows; -1 for chatter
    tag: str
    features: dict[str, float]
    right: bool


def examples(text: str, row: int, asked: Sequence[frozenset[str]]) -> list[Example]:
    """Hits of a text that no cue rules out and no list discards."""
    prepared = cues.without_names(vocabulary.normalise(text))
    choices = tag_choices.shipped()
    hits = tag_choices.matcher(choices).find(prepared)
    view = View(prepared, hits)
    right = frozenset().union(*asked)
    return [
        Example(row, meaning.entry.name, view.features(hit, meaning), meaning.entry.name in right)
        for hit in hits
        if not view.reading.ruling(hit.start, hit.end)
        for meaning in view.readings(hit)
        if meaning.entry.name not in choices.discarded
    ]


def matrix(data: Sequence[Example], names: Sequence[str]) -> Array:
    return np.array([[example.features.get(name, 0.0) for name in names] for example in data])


def fit(data: Sequence[Example], names: Sequence[str]) -> Array:
    """Weighted ridge logistic regression by Newton's method."""
    inputs, right = matrix(data, names), np.array([float(example.right) for example in data])
    worth = np.array([CHATTER_WEIGHT if example.row < 0 else 1.0 for example in data])
    weights = np.zeros(len(names))
    for _ in range(50):
        chance = 1 / (1 + np.exp(-inputs @ weights))
        gradient = inputs.T @ (worth * (chance - right)) + RIDGE * weights
        curvature = (inputs.T * (worth * chance * (1 - chance))) @ inputs + RIDGE * np.eye(len(names))
        weights -= np.linalg.solve(curvature, gradient)
    return weights


def held_out(data: Sequence[Example], names: Sequence[str]) -> Array:
    """Chance of each example by a model that saw none of its row's fold."""
    chances = np.zeros(len(data))
    for fold in range(FOLDS):
        seen = [e for e in data if e.row < 0 or e.row % FOLDS != fold]
        unseen = [i for i, e in enumerate(data) if e.row >= 0 and e.row % FOLDS == fold]
        weights = fit(seen, names)
        chances[unseen] = 1 / (1 + np.exp(-matrix([data[i] for i in unseen], names) @ weights))
    return chances


def main() -> None:
    """Fit, print, and write the table if asked to."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path)
    parser.add_argument("--write", action="store_true", help="replace dataset/lexicon/weights.tsv")
    arguments = parser.parse_args()
    rows = gold_tags.read(arguments.gold)
    data = [example for i, row in enumerate(rows) for example in examples(row.text, i, row.asked)]
    for line in arguments.gold.read_text(encoding="utf-8").splitlines():
        if json.loads(line)["label"] != "describes":
            data += examples(json.loads(line)["text"], -1, ())
    names = sorted({name for example in data for name in example.features})
    chances = held_out(data, names)
    for threshold in THRESHOLDS:
        given: list[set[str]] = [set() for _ in rows]
        for example, chance in zip(data, chances, strict=True):
            if example.row >= 0 and chance >= threshold:
                given[example.row].add(example.tag)
        narrowed = [vocabulary.narrowest(one) for one in given]
        mark = "  <- MIN_SCORE" if threshold == tags.MIN_SCORE else ""
        print(f"threshold {threshold:.2f}  ten-fold F1 {gold_tags.score(rows, narrowed).f1:.3f}{mark}")
    table = HEADER + "".join(f"{n}\t{w:.3f}\n" for n, w in zip(names, fit(data, names), strict=True))
    if arguments.write:
        Path(lexicon_file).with_name("weights.tsv").write_text(table, encoding="utf-8")
    print(table, end="")


if __name__ == "__main__":
    main()
