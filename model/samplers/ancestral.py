"""Ancestral sampling: the stochastic reverse process of PAPER.md section 2."""

from collections.abc import Callable
from itertools import pairwise

from torch import Tensor

from emtool.model.diffusion import Denoiser, over_clips, reverse_mean_and_variance, signal_from_velocity


def sample(
    denoise: Denoiser,
    z: Tensor,
    times: Tensor,
    *,
    noise: Callable[[], Tensor],
    callback: Callable[[int], None] | None = None,
) -> Tensor:
    """Walk from noise to sound with fresh noise at every step but the last.

    Args:
        denoise: (z, t) to velocity.
        z: Standard noise [B, C, T].
        times: Falling times [n + 1], the last one 0.
        noise: Gives fresh standard noise of z's shape.
        callback: Called after each step with its number from 1.

    Returns:
        The clean estimate [B, C, T].
    """
    last = len(times) - 1
    for step, (t, earlier) in enumerate(pairwise(times), 1):
        now = t.expand(len(z))
        x = signal_from_velocity(z, denoise(z, now), now)
        if step == last:
            z = x
        else:
            mean, variance = reverse_mean_and_variance(z, x, now, earlier.expand(len(z)))
            z = mean + over_clips(variance.sqrt(), z) * noise()
        if callback:
            callback(step)
    return z
