"""Held-out loss by noise level, always on the same clips and the same noise."""

from collections.abc import Sequence

import torch
from torch import Tensor

from emtool.model.diffusion import diffuse, velocity
from emtool.model.network import VelocityNetwork
from emtool.model.text_encoder import TextEncoder

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)

_BATCH = 16


@torch.inference_mode()
def velocity_error(
    network: VelocityNetwork, encoder: TextEncoder, audio: Tensor, texts: Sequence[str], t: float, seed: int
) -> Tensor:
    """Mean squared error of v per clip, [N], at time ``t``; audio is [N, C, T] in [-1, 1], on any device."""
    device = network.band_gain.device
    generator = torch.Generator().manual_seed(seed)
    noise = torch.randn(audio.shape, generator=generator)
    errors = []
    for start in range(0, len(audio), _BATCH):
        part = slice(start, start + _BATCH)
        x, drawn = network.enter(audio[part].to(device)), noise[part].to(device)
        times = torch.full((len(x),), t, device=device)
        guess = network(diffuse(x, drawn, times), times, encoder(texts[part]).to(device))
        errors.append((guess - velocity(x, drawn, times)).square().mean(dim=(1, 2)).cpu())
    return torch.cat(errors)


def losses_by_level(
    network: VelocityNetwork, encoder: TextEncoder, audio: Tensor, texts: Sequence[str]
) -> dict[str, float]:
    """Mean held-out error at each of ``LEVELS``, and their mean."""
    losses = {
        f"{t:.1f}": float(velocity_error(network, encoder, audio, texts, t, round(t * 10)).mean())
        for t in LEVELS
    }
    return losses | {"mean": sum(losses.values()) / len(losses)}
