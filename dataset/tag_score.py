"""How sure a hit is to be a tag of this music: a logistic model over what stands around it.

The weights are fitted on hand-labelled comments by ``tests/benchmarks/fit_tags.py`` and stand in
``lexicon/weights.tsv``; ``View.features`` computes what they weigh.
"""

import functools
import math
from collections.abc import Sequence

from emtool.dataset import cues, vocabulary
from emtool.dataset.context import Words
from emtool.dataset.matching import Hit, Meaning
from emtool.dataset.vocabulary import Facet, Needs

_LATIN_WIDTH = 3
"""Latin words take about so many characters where Chinese takes one: distances are scaled by it."""
_NEAR_MUSIC, _NEAR_MOOD, _NEAR_HIT, _NEAR_VOICE = 10, 12, 4, 6
"""How many characters away is near, for each feature; every one was tried on gold_dev2.jsonl."""
_LONG_FORM = 3
_USUAL_LOG_LENGTH = 4.0
"""Comments have about exp(4) = 55 characters."""


class View:
    """A text with everything found in it once: hits, cues, words of music and of the voice."""

    def __init__(self, text: str, hits: Sequence[Hit]) -> None:
        self.text = text  # normalised, names blanked
        self.hits = hits
        self.reading = cues.Reading(text)
        self._music = Words.of_music(text)
        self._voice = Words.of_voice(text)
        self._places = Words((hit.start, hit.end) for hit in hits)

    def latin(self, hit: Hit) -> bool:
        """Whether a hit is written in Latin letters."""
        return self.text[hit.start : hit.end].isascii()

    def near(self, words: Words, hit: Hit, characters: int) -> bool:
        """Whether one of the words stands so close to a hit, in its sentence."""
        span = (hit.start, hit.end)
        gap = words.distance(span, self.reading.sentence(*span))
        return gap is not None and gap <= characters * (_LATIN_WIDTH if self.latin(hit) else 1)

    def readings(self, hit: Hit) -> tuple[Meaning, ...]:
        """Meanings of a hit where it stands: beside a voice an adjective speaks of the voice, elsewhere of the mood."""
        could_be_vocal = any(meaning.needs is Needs.VOICE for meaning in hit.meanings)
        if could_be_vocal and self.near(self._voice, hit, _NEAR_VOICE):
            return tuple(m for m in hit.meanings if m.entry.facet is not Facet.MOOD)
        return tuple(m for m in hit.meanings if m.needs is not Needs.VOICE)

    def features(self, hit: Hit, meaning: Meaning) -> dict[str, float]:
        """What the model looks at; a feature that is not named is 0."""
        facet, latin, length = meaning.entry.facet, self.latin(hit), hit.end - hit.start
        return {
            "always": 1.0,
            f"facet {facet}": 1.0,
            "weak form": float(meaning.needs is Needs.MUSIC),
            "voice form": float(meaning.needs is Needs.VOICE),
            "music near": float(self.near(self._music, hit, _NEAR_MUSIC)),
            "mood, music near": float(facet is Facet.MOOD and self.near(self._music, hit, _NEAR_MOOD)),
            "another hit near": float(self.near(self._places, hit, _NEAR_HIT)),
            "one character": float(not latin and length == 1),
            "three characters or more": float(not latin and length >= _LONG_FORM),
            "latin": float(latin),
            "before 的": float(self.text[hit.end : hit.end + 1] == "的"),
            "hits, log": math.log(len(self.hits)),
            "text length, log": math.log(len(self.text) + 1) - _USUAL_LOG_LENGTH,
        }

    def probability(self, hit: Hit, meaning: Meaning) -> float:
        """Chance that a reader would give this tag to the music of a describing comment."""
        fitted = weights()
        total = sum(fitted.get(name, 0.0) * value for name, value in self.features(hit, meaning).items())
        return 1.0 / (1.0 + math.exp(-total))


@functools.cache
def weights() -> dict[str, float]:
    """The fitted weight of each feature."""
    rows = (line.split("\t") for line in vocabulary.read_lines("weights.tsv"))
    return {name: float(weight) for name, weight in rows}
