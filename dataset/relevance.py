"""How surely a comment describes the music that it stands under: a score, the words that tell it, and why."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from math import exp

import numpy as np
from numpy.typing import NDArray

from emtool.crawler import registry
from emtool.dataset.reading.cues import FACETS
from emtool.dataset.reading.features import read
from emtool.dataset.reading.model import Model, Parts, shipped

BATCH = 256
"""Comments that are looked at together: it bounds the memory, not the number of comments."""
_READABLE = re.compile(r"[^\W_]")
_TELLING = 0.02
"""An n-gram that moves the score by less is not worth telling, ..."""
_TELLING_RARITY = 4.0
"""... nor is one that stands in more than one comment of twenty."""
_SPOKEN = re.compile(r"[\u4e00-\u9fff]{2}|(?=.{5})[a-z' ]+")
_AGAINST = {"wish": "wish", "other_song": "question or other song", "story": "story", "fandom": "fans"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What the relevance model says of one comment."""

    score: float
    """Chance in [0, 1] that the comment describes the music, calibrated on comments that the model had not seen."""
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Words that the model counted, by facet: instrument, voice, genre, tempo, structure, production, mood."""
    why: str
    """One sentence: what spoke for the score and what against."""


Judge = Callable[[Sequence[str]], list[Verdict]]


@cache
def judge_of(choice: str) -> Judge:
    """Give what ``--relevance-model`` names.

    Args:
        choice: ``built-in``, ``huggingface:NAME``, ``endpoint:URL#MODEL``: a plug-in of
            ``emtool.dataset.relevance_models``, and behind the first colon what it opens.

    Raises:
        UsageError: There is no such plug-in, or it cannot open this.
    """
    kind, _, address = choice.partition(":")
    opened: Judge = registry.load("emtool.dataset.relevance_models", kind).open(address)
    return opened


def judge(texts: Sequence[str], *, model: Model | None = None) -> list[Verdict]:
    """Judge comments in Chinese or English; other languages only by the words that they share.

    Args:
        texts: Comments as they were written or cleaned; any text is allowed.
        model: What judges; the one of this release if None.
    """
    verdicts = [Verdict(score=0.0, why="There is nothing to read.")] * len(texts)
    readable = [number for number, text in enumerate(texts) if _READABLE.search(text)]
    chosen = model or shipped()
    for first in range(0, len(readable), BATCH):
        numbers = readable[first : first + BATCH]
        for number, parts in zip(numbers, chosen.judge([texts[number] for number in numbers]), strict=True):
            verdicts[number] = _verdict(parts, chosen)
    return verdicts


def facets_of(text: str) -> dict[str, tuple[str, ...]]:
    """Words of a comment by facet, for models that give a score only."""
    hits = [hit for found in read(text, shipped().cues).hits for hit in found]
    named = {facet: tuple(dict.fromkeys(hit.form for hit in hits if hit.kind == facet)) for facet in FACETS}
    return {facet: words for facet, words in named.items() if words}


def _verdict(parts: Parts, model: Model) -> Verdict:
    facets = {facet: words for facet in FACETS if (words := _words(parts, facet))}
    score = 1 / (1 + exp(-max(min(parts.logit, 30), -30)))
    return Verdict(score=score, facets=facets, why=_why(parts, model, facets))


def _words(parts: Parts, kind: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(hit.form for hits in parts.reading.hits for hit in hits if hit.kind == kind))


def _why(parts: Parts, model: Model, facets: dict[str, tuple[str, ...]]) -> str:
    named = ", ".join(f"{'/'.join(words[:3])} ({facet})" for facet, words in facets.items())
    spoken = [f"Names {named}" if named else "Names no property of music"]
    numbers, where = np.unique(parts.grams[0], return_inverse=True)
    added = np.bincount(where, parts.grams[1], len(numbers))
    order = np.argsort(added, kind="stable")
    told = "|".join(word for words in facets.values() for word in words)
    if favourable := _grams(model, numbers[order[::-1]], added[order[::-1]] > _TELLING, told):
        spoken.append(f"for it speak {_quoted(favourable)}")
    against = _grams(model, numbers[order], added[order] < -_TELLING, told)
    against += [f"{words[0]} ({name})" for kind, name in _AGAINST.items() if (words := _words(parts, kind))][
        :2
    ]
    if against:
        spoken.append(f"against it {_quoted(against)}")
    spoken.append(
        "the rest had decided before the sentence encoder"
        if parts.encoder is None
        else f"the sentence encoder adds {parts.encoder:+.2f}"
    )
    return "; ".join(spoken) + "."


def _grams(model: Model, numbers: NDArray[np.int64], telling: NDArray[np.bool_], told: str) -> list[str]:
    """Two n-grams that are words, are not told already, and are rare enough to mean something."""
    found: dict[str, None] = {}
    for number in numbers[telling]:
        gram = model.vocabulary.known[number].strip()
        rare = model.vocabulary.rarity[number] >= _TELLING_RARITY
        if rare and gram not in told and _SPOKEN.fullmatch(gram):
            found[gram] = None
        if len(found) == 2:
            break
    return list(found)


def _quoted(words: Sequence[str]) -> str:
    return ", ".join(f"“{word}”" for word in words)
