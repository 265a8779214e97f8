"""Clips as points: the log-mel statistics that distances and diversity are measured on.

No trained network stands behind them: they hear spectrum and change, but neither melody nor order in time.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.progress import Task
from emtool.model.listening.features import STATISTICS, spectrum_statistics
from emtool.model.listening.sounds import Sounds

NAME = "log-mel statistics (64 bands: mean, deviation and change; no trained network)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """Points of clips."""

    points: NDArray[np.float64]  # [N, D]
    works: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.points)

    def first(self, count: int) -> "Embedded":
        """Give the first ``count`` points."""
        return Embedded(points=self.points[:count], works=self.works[:count])


def embed(sounds: Sounds, task: Task) -> Embedded:
    """Compute the point of every clip."""
    points = np.zeros((len(sounds), STATISTICS))
    for index in range(len(sounds)):
        points[index] = spectrum_statistics(sounds.mono(index), sounds.sample_rate_hz)
        task.advance()
    return Embedded(points=points, works=sounds.works)
