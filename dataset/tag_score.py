"""How sure a hit is to be a tag of this music: a logistic model over what stands around it.

The weights are fitted on hand-labelled comments by ``tests/benchmarks/fit_tags.py`` and stand in
``lexicon/weights.tsv``; each feature is explained in ``features``.
"""

import functools
import math
from dataclasses import dataclass

from emtool.dataset import context, cues, vocabulary
from emtool.dataset.context import Span
from emtool.dataset.matching import Hit, Meaning
from emtool.dataset.vocabulary import Facet, Needs

_LATIN_WIDTH = 3
"""Latin words take about so many characters where Chinese takes one: distances are scaled by it."""
_NEAR_MUSIC, _NEAR_MOOD, _NEAR_HIT, _NEAR_VOICE, _NEAR_VOICE_LATIN = 10, 12, 4, 6, 15
_LONG_FORM = 3


@dataclass(frozen=True, slots=True)
class View:
    """A text with everything found in it once."""

    text: str  # normalised, names blanked
    hits: tuple[Hit, ...]
    music: tuple[Span, ...]
    voice: tuple[Span, ...]

    @classmethod
    def of(cls, text: str, hits: list[Hit]) -> "View":
        """Look at a text in which something was found."""
        return cls(text, tuple(hits), context.music(text), context.voice(text))

    def latin(self, hit: Hit) -> bool:
        """Whether a hit is written in Latin letters."""
        return self.text[hit.start : hit.end].isascii()

    def sung(self, hit: Hit) -> bool:
        """Whether the sentence speaks of a voice close to a hit."""
        bounds = cues.sentence(self.text, hit.start, hit.end)
        gap = context.distance(self.voice, (hit.start, hit.end), bounds)
        return gap is not None and gap <= (_NEAR_VOICE_LATIN if self.latin(hit) else _NEAR_VOICE)


def readings(view: View, hit: Hit) -> tuple[Meaning, ...]:
    """Meanings of a hit where it stands: beside a voice an adjective speaks of the voice, elsewhere of the mood."""
    vocal = any(meaning.needs is Needs.VOICE for meaning in hit.meanings) and view.sung(hit)
    if vocal:
        return tuple(m for m in hit.meanings if m.entry.facet is not Facet.MOOD)
    return tuple(m for m in hit.meanings if m.needs is not Needs.VOICE)


def features(view: View, hit: Hit, meaning: Meaning) -> dict[str, float]:
    """What the model looks at; a feature that is not named is 0."""
    facet = meaning.entry.facet
    latin = view.latin(hit)
    scale = _LATIN_WIDTH if latin else 1
    bounds = cues.sentence(view.text, hit.start, hit.end)
    music = context.distance(view.music, (hit.start, hit.end), bounds)
    near = context.distance(
        tuple((other.start, other.end) for other in view.hits), (hit.start, hit.end), (0, len(view.text))
    )
    length = hit.end - hit.start
    return {
        "always": 1.0,
        f"facet {facet}": 1.0,
        "weak form": float(meaning.needs is Needs.MUSIC),
        "voice form": float(meaning.needs is Needs.VOICE),
        "music near": float(music is not None and music <= _NEAR_MUSIC * scale),
        "mood, music near": float(facet is Facet.MOOD and music is not None and music <= _NEAR_MOOD * scale),
        "another hit near": float(near is not None and near <= _NEAR_HIT * scale),
        "one character": float(not latin and length == 1),
        "three characters or more": float(not latin and length >= _LONG_FORM),
        "latin": float(latin),
        "before 的": float(view.text[hit.end : hit.end + 1] == "的"),
        "hits, log": math.log(len(view.hits)),
        "text length, log": math.log(len(view.text) + 1) - 4.0,
    }


@functools.cache
def weights() -> dict[str, float]:
    """The fitted weight of each feature."""
    rows = (line.split("\t") for line in vocabulary.read_lines("weights.tsv"))
    return {name: float(weight) for name, weight in rows}


def probability(view: View, hit: Hit, meaning: Meaning) -> float:
    """Chance that a reader would give this tag to the music of a describing comment."""
    fitted = weights()
    total = sum(fitted.get(name, 0.0) * value for name, value in features(view, hit, meaning).items())
    return 1.0 / (1.0 + math.exp(-total))
