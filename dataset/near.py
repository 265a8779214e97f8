"""Texts that are nearly the same: MinHash over character 3-grams, compared only where they fall into one bucket.

A. Z. Broder, "On the resemblance and containment of documents" (1997): of two sets, the share of equal minima under
random orders of all elements estimates the Jaccard index. The buckets are the bands of Leskovec, Rajaraman and
Ullman, "Mining of Massive Datasets", section 3.4.2.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from rensa import RMinHash
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

GRAM_CHARACTERS = 3
ORDERS = 96  # minima of a sketch: the estimate's standard error is 0.05 or less
ROWS_PER_BAND = 3  # a pair of Jaccard index 0.4 shares one of the 32 bands in 88 %, one of 0.5 in 99 %
SAME = (
    0.33  # Jaccard index: a text of which 15 % of the characters were changed has about 0.45 with the other
)
BYTES_PER_TEXT = (
    ORDERS * 2 + 2
)  # minima keep 16 of their bits: two differ, yet look equal, once in 65,536 times

_SEED = 1
_READ_CHARACTERS = 2_000  # of a text: what is alike so far is a copy
_BATCH = 512  # texts that are sketched together
_NEIGHBOURS = 4  # of a bucket's texts, each is compared with so many next ones: linear in a crowded bucket
_PAIRS_AT_ONCE = 1 << 15


class Sketches:
    """Sketches of many texts, in ``BYTES_PER_TEXT`` each."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, int]] = []
        self._done: list[NDArray[np.uint16]] = []

    def add(self, plain: str, kind: int) -> None:
        """Sketch a text.

        Args:
            plain: Its letters, at least ``GRAM_CHARACTERS``.
            kind: A number of 16 bits; texts of different kinds are never copies.
        """
        self._waiting.append((plain[:_READ_CHARACTERS], kind))
        if len(self._waiting) == _BATCH:
            self._sketch()

    def table(self) -> NDArray[np.uint16]:
        """Sketches of all texts, [texts, ORDERS + 1], in their order; the kind stands last."""
        if self._waiting:
            self._sketch()
        return np.concatenate(self._done) if self._done else np.empty((0, ORDERS + 1), np.uint16)

    def _sketch(self) -> None:
        grams = [sorted(_grams(plain)) for plain, _ in self._waiting]
        minima = RMinHash.digest_matrix_from_token_sets(grams, ORDERS, _SEED).to_rows()
        kinds = np.asarray([[kind] for _, kind in self._waiting], np.uint16)
        self._done.append(np.hstack(((np.asarray(minima, np.uint32) & 0xFFFF).astype(np.uint16), kinds)))
        self._waiting.clear()


def groups(sketches: NDArray[np.uint16]) -> NDArray[np.int32]:
    """Number the groups of texts that are, directly or through others, near copies of each other.

    Args:
        sketches: [texts, ORDERS + 1], of texts that all differ.

    Returns:
        The number of each text's group, [texts].
    """
    number = np.arange(len(sketches), dtype=np.int32)
    for pairs in _buckets(sketches):
        apart = pairs[number[pairs[:, 0]] != number[pairs[:, 1]]]
        edges = number[_alike(sketches, apart)]
        if not len(edges):
            continue
        graph = coo_array((np.ones(len(edges), bool), (edges[:, 0], edges[:, 1])), shape=(len(number),) * 2)
        number = connected_components(graph, directed=False)[1][number].astype(np.int32)
    return number


def _grams(plain: str) -> set[str]:
    return {plain[start : start + GRAM_CHARACTERS] for start in range(len(plain) - GRAM_CHARACTERS + 1)}


def _buckets(sketches: NDArray[np.uint16]) -> Iterator[NDArray[np.int64]]:
    """Give pairs of texts to compare, [pairs, 2], band by band."""
    for first in range(0, ORDERS, ROWS_PER_BAND):
        columns = [*range(first, first + ROWS_PER_BAND), ORDERS]
        keys = np.ascontiguousarray(sketches[:, columns]).view(np.uint64).ravel()
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        for step in range(1, _NEIGHBOURS + 1):
            together = np.flatnonzero(keys[step:] == keys[:-step])
            yield np.stack((order[together], order[together + step]), axis=1)


def _alike(sketches: NDArray[np.uint16], pairs: NDArray[np.int64]) -> NDArray[np.int64]:
    """Keep the pairs whose sketches agree in so many places as near copies do."""
    kept: Sequence[NDArray[np.int64]] = [
        some[(sketches[some[:, 0], :ORDERS] == sketches[some[:, 1], :ORDERS]).mean(axis=1) >= SAME]
        for start in range(0, len(pairs), _PAIRS_AT_ONCE)
        for some in [pairs[start : start + _PAIRS_AT_ONCE]]
    ]
    return np.concatenate(kept) if kept else np.empty((0, 2), np.int64)
