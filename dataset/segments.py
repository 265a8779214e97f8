"""Where in a track a clip is cut: where it sounds, away from silence, and at the point that a comment speaks of."""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


def choose(
    levels: NDArray[np.float32], *, frames: int, count: int, silence: float, around: int | None
) -> list[int]:
    """Choose windows that do not overlap.

    Args:
        levels: Mean square of each frame of the track.
        frames: Length of a window.
        count: Windows wanted at most; a short track gives fewer.
        silence: Mean square below which a frame is silent.
        around: A frame that one of the windows shall hold.

    Returns:
        First frames of the windows, in the order of time. The track is divided into ``count`` equal parts; each
        gives the window with the most sound in it, and of equal ones that nearest to the middle of the part.
    """
    starts = len(levels) - frames + 1
    if starts <= 1:
        return [0]
    heard = np.concatenate(([0], np.cumsum(levels >= silence)))
    sounding = heard[frames:] - heard[:-frames]  # frames with sound in the window that begins at each start
    free = np.ones(starts, bool)
    chosen = []
    for first, end in _parts(starts, min(count, len(levels) // frames), frames, around):
        open_starts = first + np.flatnonzero(free[first:end])
        if len(open_starts):
            best = open_starts[sounding[open_starts] == sounding[open_starts].max()]
            start = int(best[np.abs(best - (first + end - 1) / 2).argmin()])
            free[max(0, start - frames + 1) : start + frames] = False
            chosen.append(start)
    return sorted(chosen)


def _parts(starts: int, count: int, frames: int, around: int | None) -> list[tuple[int, int]]:
    """Ranges of starts to choose one window from each; the one that holds ``around`` comes first."""
    edges = [part * starts // count for part in range(count + 1)]
    parts = list(pairwise(edges))
    if around is None:
        return parts
    first, last = (min(max(start, 0), starts - 1) for start in (around - frames + 1, around))
    middle = (first + last) // 2
    return [(first, last + 1), *((a, b) for a, b in parts if not a <= middle < b)]
