"""Continuous-time diffusion with velocity prediction (Salimans & Ho 2022; ERNIE-Music section 3).

Shapes: B clips, C audio channels, T samples. Times t lie in [0, 1]: 0 is clean, 1 is noise.
"""

import math
from typing import Protocol

import torch
from torch import Tensor


class Denoiser(Protocol):
    """All that a sampler knows of a network."""

    def __call__(self, z: Tensor, t: Tensor) -> Tensor:
        """Estimate the velocity at ``z`` [B, C, T] and times ``t`` [B]; the result is [B, C, T]."""


def alpha(t: Tensor) -> Tensor:
    """Signal level cos(pi t / 2) of the variance-preserving cosine schedule."""
    return torch.cos(t * (math.pi / 2))


def sigma(t: Tensor) -> Tensor:
    """Noise level sin(pi t / 2) of the variance-preserving cosine schedule."""
    return torch.sin(t * (math.pi / 2))


def log_snr(t: Tensor) -> Tensor:
    """lambda_t = log(alpha_t^2 / sigma_t^2)."""
    return 2 * (alpha(t).log() - sigma(t).log())


def over_clips(level: Tensor, like: Tensor) -> Tensor:
    """Reshape one value per clip, [B], so that it broadcasts over ``like`` [B, ...]."""
    return level.reshape(-1, *([1] * (like.ndim - 1)))


def diffuse(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """Draw z_t from q(z_t | x) = N(alpha_t x, sigma_t^2 I) with the given standard noise."""
    return over_clips(alpha(t), x) * x + over_clips(sigma(t), x) * noise


def diffuse_further(z: Tensor, noise: Tensor, t: Tensor, later: Tensor) -> Tensor:
    """Draw z at a later time from q(z_later | z_t) (Salimans & Ho 2022, section 2)."""
    ratio = over_clips(alpha(later) / alpha(t), z)
    variance = -torch.expm1(log_snr(later) - log_snr(t)) * sigma(later) ** 2
    return ratio * z + over_clips(variance.clamp(min=0).sqrt(), z) * noise


def velocity(x: Tensor, noise: Tensor, t: Tensor) -> Tensor:
    """v_t = alpha_t eps - sigma_t x."""
    return over_clips(alpha(t), x) * noise - over_clips(sigma(t), x) * x


def signal_from_velocity(z: Tensor, v: Tensor, t: Tensor) -> Tensor:
    """x_hat = alpha_t z_t - sigma_t v_hat."""
    return over_clips(alpha(t), z) * z - over_clips(sigma(t), z) * v


def noise_from_velocity(z: Tensor, v: Tensor, t: Tensor) -> Tensor:
    """eps_hat = sigma_t z_t + alpha_t v_hat."""
    return over_clips(sigma(t), z) * z + over_clips(alpha(t), z) * v


def reverse_mean_and_variance(z: Tensor, x: Tensor, t: Tensor, earlier: Tensor) -> tuple[Tensor, Tensor]:
    """Mean [B, C, T] and variance [B] of q(z_earlier | z_t, x), the ancestral step (PAPER.md section 2)."""
    shrink = torch.exp(log_snr(t) - log_snr(earlier))
    mean = (
        over_clips(shrink * alpha(earlier) / alpha(t), z) * z
        + over_clips((1 - shrink) * alpha(earlier), z) * x
    )
    return mean, (1 - shrink) * sigma(earlier) ** 2


def stratified_times(count: int, generator: torch.Generator) -> Tensor:
    """Draw one time from each of ``count`` equal parts of [0, 1], in random order: U[0, 1] with less spread."""
    parts = torch.randperm(count, generator=generator) + torch.rand(count, generator=generator)
    return parts / count


def sampling_times(steps: int) -> Tensor:
    """Falling times from just below 1 to 0, [steps + 1], equal in t as in the paper's DDIM.

    The first time stays short of 1, where alpha is 0 and the ancestral step would divide by it.
    """
    return torch.linspace(1 - 1e-3, 0, steps + 1)
