"""Texts that stand in more than one place: copies under one track, and jokes that are pasted under many."""

import unicodedata
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

LONG_CHARACTERS = 12  # letters and digits; shorter texts are alike by chance, such as "beautiful piano"


def letters(text: str) -> str:
    """Give letters and digits alone: the same for copies that differ in case, width, punctuation or emoji."""
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    return "".join(character for character in plain.casefold() if character.isalnum())


class Copies:
    """How many works each long text stands under, in 16 bytes a comment."""

    def __init__(self, keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
        self._keys = keys
        self._counts = counts

    @classmethod
    def count(cls, comments: Iterable[tuple[str, str]]) -> Self:
        """Read (work, text) of every comment once."""
        pairs = array("Q")
        for work, text in comments:
            if len(plain := letters(text)) >= LONG_CHARACTERS:
                pairs.extend((_hash(plain), _hash(work)))
        table = np.unique(np.frombuffer(pairs, np.uint64).reshape(-1, 2), axis=0)
        keys, counts = np.unique(table[:, 0], return_counts=True)
        several = counts > 1
        return cls(keys[several], counts[several])

    @classmethod
    def none(cls) -> Self:
        """Know of no copy: for looking at comments outside of a store."""
        return cls.count(())

    def works(self, plain: str) -> int:
        """Works under which the text with these letters stands; 1 for short texts, which are never counted."""
        key = np.uint64(_hash(plain))
        place = int(np.searchsorted(self._keys, key))
        found = place < len(self._keys) and self._keys[place] == key
        return int(self._counts[place]) if found else 1


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
