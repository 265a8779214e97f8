"""N-grams of a comment, weighed by how rare they are: pairs of characters for Chinese, pairs of words for the rest."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import log

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[a-z0-9']+")
_LATIN = re.compile(r"[a-z0-9]")


def grams(text: str) -> list[str]:
    """All n-grams of a prepared text: one to two characters outside Latin words, one to two Latin words.

    Words carry a leading blank, so that no word is taken for a character.
    """
    lower = text.lower()
    words = _WORD.findall(lower)
    found = [f" {word}" for word in words]
    found += [f" {first} {second}" for first, second in pairwise(words)]
    apart = _LATIN.sub("\0", lower)
    found += [character for character in apart if character not in "\0 "]
    found += [apart[at : at + 2] for at in range(len(apart) - 1) if "\0" not in apart[at : at + 2]]
    return found


class Vocabulary:
    """The n-grams that the model knows, and the weight of each."""

    def __init__(self, known: Sequence[str], rarity: NDArray[np.float32]) -> None:
        self.known = tuple(known)
        self.rarity = rarity
        self._number = {gram: number for number, gram in enumerate(self.known)}

    @classmethod
    def learn(cls, texts: Iterable[str], *, least: int) -> "Vocabulary":
        """Take the n-grams that stand in at least so many texts; rarity is the smoothed inverse document frequency."""
        held: Counter[str] = Counter()
        count = 0
        for text in texts:
            held.update(set(grams(text)))
            count += 1
        known = sorted(gram for gram, times in held.items() if times >= least)
        return cls(known, np.array([1 + log((1 + count) / (1 + held[gram])) for gram in known], np.float32))

    def row(self, text: str) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Numbers and weights of a text's n-grams, weights of length 1 together: (1 + ln count) times rarity."""
        number_of = self._number.get
        counted = Counter([number for gram in grams(text) if (number := number_of(gram)) is not None])
        numbers = np.fromiter(counted.keys(), np.int64, len(counted))
        times = np.fromiter(counted.values(), np.float32, len(counted))
        weights = (1 + np.log(times)) * self.rarity[numbers]
        return numbers, weights / max(float(np.linalg.norm(weights)), 1e-9)
