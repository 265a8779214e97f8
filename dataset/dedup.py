"""Texts that stand in more than one place: copies under one track, and jokes that are pasted under many."""

import unicodedata
from array import array
from collections.abc import Iterable
from hashlib import blake2b
from typing import Self

import numpy as np
from numpy.typing import NDArray

from emtool.dataset import near, tag_choices, vocabulary
from emtool.dataset.clean import Without, simplify, without_codes

LONG_CHARACTERS = 12
"""Letters and digits; shorter texts are alike by chance, such as "beautiful piano"."""
NEAR_BYTES = 48
"""UTF-8 of 16 Chinese characters or 48 Latin letters; of shorter texts only equal ones are copies."""
DESCRIBING = 0.25
"""Share of a text that names instruments, moods and the like, from which it is a description and no joke."""
BYTES_PER_COMMENT = 24 + near.BYTES_PER_TEXT
"""Memory that counting takes for a comment at most, while it runs."""

_LETTERS = Without(lambda character: not character.isalnum())


def letters(text: str) -> str:
    """Give letters and digits alone, the same for copies that look alike.

    They may differ in case, width, punctuation, emoji, platform codes, traditional or simplified characters.
    """
    plain = unicodedata.normalize("NFKC", text.encode("utf-8", "replace").decode("utf-8"))
    return simplify(without_codes(plain).casefold().translate(_LETTERS))


class Copies:
    """How many works each long text stands under, the same or with small edits; 16 bytes for a copied text."""

    def __init__(self, keys: NDArray[np.uint64], counts: NDArray[np.int64]) -> None:
        self._keys = keys
        self._counts = counts

    @classmethod
    def count(cls, comments: Iterable[tuple[str, str]]) -> Self:
        """Read (work, text) of every comment once."""
        pairs, sketched = array("Q"), array("Q")
        sketches = near.Sketches()
        for work, text in comments:
            plain = letters(text)
            if len(plain) < LONG_CHARACTERS:
                continue
            key = _hash(plain)
            pairs.extend((key, _hash(work)))
            if len(plain.encode()) >= NEAR_BYTES:
                sketched.append(key)
                sketches.add(plain, kind(text))
        table = np.unique(np.frombuffer(pairs, np.uint64).reshape(-1, 2), axis=0)
        keys = np.unique(table[:, 0])
        group = _groups(keys, np.frombuffer(sketched, np.uint64), sketches.table())
        held = np.unique(np.stack((group[np.searchsorted(keys, table[:, 0])], table[:, 1])), axis=1)
        works = np.bincount(held[0].astype(np.int64), minlength=len(keys))[group]
        several = works > 1
        return cls(keys[several], works[several])

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


def _groups(
    keys: NDArray[np.uint64], sketched: NDArray[np.uint64], sketches: NDArray[np.uint16]
) -> NDArray[np.uint64]:
    """Number the groups of near copies: for each key the place of one key of its group."""
    place = np.arange(len(keys), dtype=np.uint64)
    texts, first = np.unique(sketched, return_index=True)
    if len(texts):
        where = np.searchsorted(keys, texts)
        _, one, number = np.unique(near.groups(sketches[first]), return_index=True, return_inverse=True)
        place[where] = where[one][number]
    return place


def kind(text: str) -> int:
    """Tell descriptions apart by what they name: "a slow cello piece" is no copy of "a slow flute piece".

    Returns:
        16 bits; 0 for a text that is no description, since too little of it names anything.
    """
    plain = vocabulary.normalise(text)
    hits = tag_choices.matcher(tag_choices.shipped()).find(plain)
    if sum(hit.end - hit.start for hit in hits) < DESCRIBING * len(plain):
        return 0
    return _hash("|".join(sorted({meaning.entry.name for hit in hits for meaning in hit.meanings}))) & 0xFFFF


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest())
