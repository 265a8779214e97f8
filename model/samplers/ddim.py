"""DDIM in velocity form: deterministic (Song et al. 2021; Salimans & Ho 2022, section 2)."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from emtool.model.diffusion import Denoiser, diffuse, noise_from_velocity, signal_from_velocity


def sample(
    denoise: Denoiser,
    z: Tensor,
    times: Tensor,
    *,
    noise: Callable[[], Tensor],  # noqa: ARG001 - one signature for all samplers
    callback: Callable[[int], None] | None = None,
) -> Tensor:
    """Walk from noise to sound.

    Args:
        denoise: (z, t) to velocity.
        z: Standard noise [B, C, T].
        times: Falling times [n + 1], the last one 0.
        noise: Gives fresh standard noise of z's shape; not drawn from here.
        callback: Called after each step with its number from 1.

    Returns:
        The clean estimate [B, C, T].
    """
    for step, (t, earlier) in enumerate(pairwise(times), 1):
        now = t.expand(len(z))
        v = denoise(z, now)
        x = signal_from_velocity(z, v, now)
        z = diffuse(x, noise_from_velocity(z, v, now), torch.as_tensor(earlier).expand(len(z)))
        if callback:
            callback(step)
    return z
