"""Draws tags from comments: what the lexicon finds, less what a comment denies, wishes or says of other songs."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from emtool.dataset import cues, keywords, tag_choices, vocabulary
from emtool.dataset.keywords import Candidate
from emtool.dataset.matching import Hit
from emtool.dataset.tag_choices import Choices
from emtool.dataset.tag_score import View
from emtool.dataset.vocabulary import Facet

MIN_SCORE = 0.4
"""A tag that is less sure than this is not given: the best F1 on gold_dev2.jsonl, ten-fold."""

SLOW_BELOW_BPM, FAST_FROM_BPM = 82.0, 130.0
"""Between them a tempo is medium: halfway between the bands of the demo corpus."""
_BPM = re.compile(
    r"(?<!\d)(\d{2,3})\s?bpm\b|\bbpm\s?(?:is|was|=|:|of|是|为|大?约)?\s?(\d{2,3})(?!\d)"
    r"|(?:曲速|每分钟)(?:是|为|大?约)?(\d{2,3})(?!\d)|(?<!\d)(\d{2,3}) beats (?:per|a) minute"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """One thing that a comment says about the music."""

    name: str  # canonical, English
    facet: str
    surface: str  # the words that named it, normalised
    score: float  # 0 to 1: the chance that a reader would give the tag


def _nothing() -> None:
    pass


def extract(texts: Sequence[str], *, choices: Choices | None = None) -> list[tuple[Tag, ...]]:
    """Tags of each text, best first, without discarded ones.

    Args:
        texts: Comments or prompts, Chinese or English.
        choices: What is adopted and discarded; the shipped lists if None.
    """
    return [_extract(text, choices or tag_choices.shipped()) for text in texts]


def candidates(
    texts: Sequence[str], *, choices: Choices | None = None, done: Callable[[], object] = _nothing
) -> list[Candidate]:
    """Key words of many documents by jieba's two rankings, with what became of each: the paper's Table 6.

    Args:
        texts: Comments, or the comments of one track each.
        choices: What is adopted and discarded; the shipped lists if None.
        done: Called after each document.
    """
    return keywords.candidates(texts, choices or tag_choices.shipped(), done)


def _extract(text: str, choices: Choices) -> tuple[Tag, ...]:
    prepared = cues.without_names(vocabulary.normalise(text))
    hits = tag_choices.matcher(choices).find(prepared)
    best: dict[str, Tag] = {}
    for tag in (*_scored(prepared, hits, choices), *_tempo(prepared)):
        if tag.score >= MIN_SCORE and (tag.name not in best or tag.score > best[tag.name].score):
            best[tag.name] = tag
    kept = vocabulary.narrowest(best)
    return tuple(sorted((tag for tag in best.values() if tag.name in kept), key=lambda tag: -tag.score))


def _scored(text: str, hits: list[Hit], choices: Choices) -> Iterator[Tag]:
    """Tags of all hits that no cue rules out, with their scores."""
    if not hits:
        return
    view = View(text, hits)
    for hit in hits:
        surface = text[hit.start : hit.end]
        if surface in choices.discarded or view.reading.ruling(hit.start, hit.end):
            continue
        for meaning in view.readings(hit):
            if meaning.entry.name not in choices.discarded:
                yield Tag(
                    name=meaning.entry.name,
                    facet=meaning.entry.facet,
                    surface=surface,
                    score=view.probability(hit, meaning),
                )


def _tempo(text: str) -> Iterator[Tag]:
    """The tempo word for a number of beats a minute."""
    for match in _BPM.finditer(text):
        beats = float(next(group for group in match.groups() if group))
        name = "slow" if beats < SLOW_BELOW_BPM else "fast" if beats >= FAST_FROM_BPM else "medium"
        yield Tag(name=name, facet=Facet.TEMPO, surface=match.group(), score=0.9)
