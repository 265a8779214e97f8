"""Sounds longer than the network was trained on: overlapped windows, made together.

MultiDiffusion (Bar-Tal et al. 2023) on the time axis. At every step the windows' velocities are faded into each other,
so that no window is finished before its neighbours and there is no place to join. Shapes: B clips, C audio channels,
L samples of a clip, T of a window, W windows.
"""

import math

import torch
from torch import Tensor

OVERLAP = 0.5  # share of a window that the next one covers too


class Windows:
    """Where the windows of a clip lie."""

    def __init__(self, length: int, window: int, multiple: int) -> None:
        """Lay windows of ``window`` samples over ``length``, at starts that are multiples of ``multiple``."""
        self.length = length
        self.window = min(window, length)
        spread = length - self.window
        count = 1 + math.ceil(spread / (window * (1 - OVERLAP)))
        last = max(1, count - 1)
        self.starts = [round(spread * number / last / multiple) * multiple for number in range(count - 1)]
        self.starts.append(spread)
        self._weights = self._fades()

    def _fades(self) -> Tensor:
        """What each window counts at each of its samples, [W, T]: sine squared, and one in all at every sample."""
        position = (torch.arange(self.window, dtype=torch.float64) + 0.5) / self.window
        weights = torch.sin(math.pi * position).square().repeat(len(self.starts), 1)
        weights[0, : self.window // 2] = 1.0  # nothing else stands at the ends
        weights[-1, self.window // 2 :] = 1.0
        total = torch.zeros(self.length, dtype=torch.float64)
        for start, fade in zip(self.starts, weights, strict=True):
            total[start : start + self.window] += fade
        parts = [total[start : start + self.window] for start in self.starts]
        return (weights / torch.stack(parts)).float()

    def cut(self, z: Tensor) -> Tensor:
        """Cut clips [B, C, L] into [B W, C, T], the windows of a clip next to each other."""
        pieces = [z[..., start : start + self.window] for start in self.starts]
        return torch.stack(pieces, dim=1).flatten(0, 1)

    def join(self, pieces: Tensor) -> Tensor:
        """Fade [B W, C, T] into clips [B, C, L]."""
        rows = pieces.unflatten(0, (-1, len(self.starts)))  # (B, W, C, T)
        weights = self._weights.to(pieces.device)
        joined = pieces.new_zeros(len(rows), pieces.shape[1], self.length)
        for number, start in enumerate(self.starts):
            joined[..., start : start + self.window] += rows[:, number] * weights[number]
        return joined
