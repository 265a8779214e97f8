"""Orthonormal front ends: the network sees frames of bands, the diffusion still happens on the waveform.

White noise stays white under an orthonormal transform, so objective and samplers do not change.
Shapes: B clips, C audio channels, T samples, M bands, N = T / M frames.
"""

import math

import torch
from torch import Tensor, nn


class Mdct(nn.Module):
    """Modified discrete cosine transform with a sine window over a circular signal (Princen & Bradley 1986).

    Each frame spans two hops, so it is smooth at the joins; circular ends make it exactly orthonormal.
    The sine part (MDST) gives the quadrature that the cosine part alone does not show.
    """

    def __init__(self, bands: int) -> None:
        super().__init__()
        self.bands = bands
        n = torch.arange(2 * bands, dtype=torch.float64)
        k = torch.arange(bands, dtype=torch.float64)[:, None]
        window = torch.sin(math.pi * (n + 0.5) / (2 * bands)) * math.sqrt(2 / bands)
        phase = math.pi / bands * (n + 0.5 + bands / 2) * (k + 0.5)
        self.register_buffer("cosine", (window * torch.cos(phase)).float(), persistent=False)  # (M, 2M)
        self.register_buffer("sine", (window * torch.sin(phase)).float(), persistent=False)  # (M, 2M)
        self.cosine: Tensor
        self.sine: Tensor

    def _frames(self, x: Tensor) -> Tensor:
        hops = x.reshape(*x.shape[:-1], -1, self.bands)  # (B, C, N, M)
        return torch.cat((hops, hops.roll(-1, dims=-2)), dim=-1)  # (B, C, N, 2M)

    def analyse(self, x: Tensor) -> Tensor:
        """Turn a waveform [B, C, T] into MDCT coefficients [B, C M, N]; T must be a multiple of M."""
        return (self._frames(x) @ self.cosine.T).transpose(-1, -2).flatten(1, 2)

    def quadrature(self, x: Tensor) -> Tensor:
        """Turn a waveform [B, C, T] into MDST coefficients [B, C M, N]."""
        return (self._frames(x) @ self.sine.T).transpose(-1, -2).flatten(1, 2)

    def synthesise(self, coefficients: Tensor) -> Tensor:
        """Inverse of ``analyse``: [B, C M, N] to [B, C, T]."""
        bands = coefficients.reshape(len(coefficients), -1, self.bands, coefficients.shape[-1]).transpose(
            -1, -2
        )  # (B, C, N, M)
        frames = bands @ self.cosine  # (B, C, N, 2M)
        first, second = frames.chunk(2, dim=-1)
        return (first + second.roll(1, dims=-2)).flatten(-2)
