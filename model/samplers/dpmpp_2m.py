"""DPM-Solver++(2M): second order, one evaluation a step (Lu et al. 2022, arXiv 2211.01095, algorithm 2)."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from emtool.model.diffusion import Denoiser, alpha, log_snr, sigma, signal_from_velocity


def sample(
    denoise: Denoiser,
    z: Tensor,
    times: Tensor,
    *,
    noise: Callable[[], Tensor],  # noqa: ARG001 - one signature for all samplers
    callback: Callable[[int], None] | None = None,
) -> Tensor:
    """Walk from noise to sound along a line through the last two estimates of it.

    Args:
        denoise: (z, t) to velocity.
        z: Standard noise [B, C, T].
        times: Falling times [n + 1], the last one 0.
        noise: Gives fresh standard noise of z's shape; not drawn from here.
        callback: Called after each step with its number from 1.

    Returns:
        The clean estimate [B, C, T].
    """
    half_log_snr = log_snr(times) / 2
    before, length_before = z, times.new_zeros(())
    for step, (t, earlier) in enumerate(pairwise(times), 1):
        now = t.expand(len(z))
        x = signal_from_velocity(z, denoise(z, now), now)
        length = half_log_snr[step] - half_log_snr[step - 1]
        # without noise at the end the step is infinitely long there, and the last estimate is the answer
        ahead = x + (x - before) * length / (2 * length_before) if 1 < step < len(times) - 1 else x
        z = sigma(earlier) / sigma(t) * z - alpha(earlier) * torch.expm1(-length) * ahead
        before, length_before = x, length
        if callback:
            callback(step)
    return z
