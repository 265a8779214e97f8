"""Heun's method on the probability flow: second order, two evaluations a step (Karras et al. 2022, algorithm 1)."""

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor

from emtool.model.diffusion import (
    Denoiser,
    alpha,
    diffuse,
    noise_from_velocity,
    sigma,
    signal_from_velocity,
)


def sample(
    denoise: Denoiser,
    z: Tensor,
    times: Tensor,
    *,
    noise: Callable[[], Tensor],  # noqa: ARG001 - one signature for all samplers
    callback: Callable[[int], None] | None = None,
) -> Tensor:
    """Walk from noise to sound; each step but the last is taken again with what its end says.

    Args:
        denoise: (z, t) to velocity.
        z: Standard noise [B, C, T].
        times: Falling times [n + 1], the last one 0.
        noise: Gives fresh standard noise of z's shape; not drawn from here.
        callback: Called after each step with its number from 1.

    Returns:
        The clean estimate [B, C, T].
    """
    last = len(times) - 1
    for step, (t, earlier) in enumerate(pairwise(times), 1):
        now, then = t.expand(len(z)), earlier.expand(len(z))
        v = denoise(z, now)
        x, eps = signal_from_velocity(z, v, now), noise_from_velocity(z, v, now)
        reached = diffuse(x, eps, then)
        if step < last:
            v = denoise(reached, then)
            x = (x + signal_from_velocity(reached, v, then)) / 2
            eps = (eps + noise_from_velocity(reached, v, then)) / 2
            reached = z + (alpha(earlier) - alpha(t)) * x + (sigma(earlier) - sigma(t)) * eps
        z = reached
        if callback:
            callback(step)
    return z
