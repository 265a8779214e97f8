"""Which tracks are one and the same recording: at another bit rate or level, resampled, or cut at its ends.

Prints are compared where they share values, through an index of the values, and not each with each: the work grows
with the number of tracks, not with its square. An index entry takes 16 bytes, a track of two minutes about 16 KB.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.fingerprint import ITEM_S, Print

_NEIGHBOURS = 8  # tracks with the same value that each is held against; the rest is reached through them
_LEAST_DISTINCT = 8  # different values in a print: a held tone or hum has fewer, and equals any other
_LEAST_HITS = 2  # equal values at one shift, from which two prints are compared bit by bit
_SHIFTS = 3  # most frequent ones that are tried for a pair
_NEAR = (-1, 0, 1)  # a shift in time need not be a whole number of values
_LEAST_OVERLAP = 0.5  # of the shorter print
_FULL_S = 5.0  # overlaps below have few bits, which agree by chance more easily
_SHORT_STRICTNESS = 2 / 3  # of the threshold, for these
_OWNER_BITS, _SHIFT_BITS = 24, 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """Two prints, by their places, that are one recording."""

    first: int
    second: int
    errors: float  # share of the bits that differ where they overlap
    shift_s: float  # how much later the music begins in the first than in the second


def matches(prints: Sequence[Print], max_errors: float) -> Iterator[Match]:
    """Find the pairs of prints that are the same recording, in the order of their places.

    Args:
        prints: One for every track; an empty one is like no other.
        max_errors: Share of bits from 0 to 1 that may differ. Copies lie below 0.06, different music above 0.3.
    """
    for first, second, shifts in _candidates(prints):
        tried = sorted(
            {shift + near for shift in shifts for near in _NEAR}, key=lambda shift: (abs(shift), shift)
        )
        found = [(_errors(prints[first], prints[second], shift), shift) for shift in tried]
        (errors, overlap_s), shift = min(found, key=lambda one: one[0][0])
        if errors <= max_errors * (1 if overlap_s >= _FULL_S else _SHORT_STRICTNESS):
            yield Match(first=first, second=second, errors=errors, shift_s=shift * ITEM_S)


def _errors(first: Print, second: Print, shift: int) -> tuple[float, float]:
    """Share of differing bits when ``second`` is laid ``shift`` values into ``first``, and the overlap in seconds."""
    one, other = first[max(0, shift) :], second[max(0, -shift) :]
    overlap = min(len(one), len(other))
    if overlap < max(1.0, _LEAST_OVERLAP * min(len(first), len(second))):
        return 1.0, 0.0
    bits = int(np.bitwise_count(one[:overlap] ^ other[:overlap]).sum())
    return bits / (32 * overlap), overlap * ITEM_S


def _candidates(prints: Sequence[Print]) -> Iterator[tuple[int, int, list[int]]]:
    """Pairs of places with the shifts at which most of their values are equal, in order."""
    codes, hits = np.unique(_equal_values(prints), return_counts=True)
    codes, hits = codes[hits >= _LEAST_HITS], hits[hits >= _LEAST_HITS]
    pairs = codes >> np.uint64(_SHIFT_BITS)
    order = np.lexsort((codes, -hits, pairs))
    edges = np.flatnonzero(np.diff(pairs[order])) + 1
    for group in np.split(order, edges) if len(order) else []:
        pair = int(pairs[group[0]])
        shifts = codes[group[:_SHIFTS]].astype(np.int64) % (1 << _SHIFT_BITS) - (1 << (_SHIFT_BITS - 1))
        yield pair >> _OWNER_BITS, pair % (1 << _OWNER_BITS), shifts.tolist()


def _equal_values(prints: Sequence[Print]) -> NDArray[np.uint64]:
    """One code of pair and shift for each value that two prints share."""
    values, owners, positions = _index(prints)
    found = [np.empty(0, np.uint64)]
    for step in range(1, _NEIGHBOURS + 1):
        same = np.flatnonzero(values[step:] == values[:-step])
        first, second = owners[same].astype(np.uint64), owners[same + step].astype(np.uint64)
        shift = positions[same].astype(np.int64) - positions[same + step] + (1 << (_SHIFT_BITS - 1))
        pair = (first << np.uint64(_OWNER_BITS)) | second
        found.append((pair << np.uint64(_SHIFT_BITS)) | shift.astype(np.uint64))
    return np.concatenate(found)


def _index(prints: Sequence[Print]) -> tuple[Print, NDArray[np.int32], NDArray[np.int32]]:
    """Values, the place of the print that holds each, and where in it: sorted, each once a print."""
    values, owners, positions = [np.empty(0, np.uint32)], [np.empty(0, np.int32)], [np.empty(0, np.int32)]
    for owner, one in enumerate(prints):
        distinct, first = np.unique(one, return_index=True)
        if len(distinct) >= _LEAST_DISTINCT:
            values.append(distinct)
            owners.append(np.full(len(distinct), owner, np.int32))
            positions.append(first.astype(np.int32))
    joined = np.concatenate(values)
    order = np.argsort(joined, kind="stable")  # so tracks with one value stay in the order of their places
    return joined[order], np.concatenate(owners)[order], np.concatenate(positions)[order]
