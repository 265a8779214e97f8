"""U-Net over the bands of an MDCT: few frames of many bands, which is several times cheaper than samples.

The network corrects the best linear estimate of the velocity, band by band. Shapes as in ``emtool.model.network``.
"""

import math

import torch
from torch import Tensor, nn

from emtool.model.config import ModelConfig
from emtool.model.diffusion import alpha, sigma
from emtool.model.network import VelocityNetwork
from emtool.model.text_encoder import TextStates
from emtool.model.unet import UNet


class TimestepEmbedding(nn.Module):
    """Fourier features of t through a small network: [B] to [B, dim]."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        frequencies = torch.exp(torch.linspace(0, math.log(100), dim // 2))
        self.register_buffer("frequencies", frequencies, persistent=False)
        self.frequencies: Tensor
        self.net = nn.Sequential(nn.Linear(2 * (dim // 2), dim), nn.SiLU(), nn.Linear(dim, dim))

    def forward(self, t: Tensor) -> Tensor:
        """Embed times."""
        angles = t[:, None] * self.frequencies * math.pi
        embedded: Tensor = self.net(torch.cat((angles.sin(), angles.cos()), dim=-1))
        return embedded


class Network(VelocityNetwork):
    """Both quadratures of the bands and the fused condition through a U-Net, with FiLM in every block."""

    def __init__(self, config: ModelConfig, text_dim: int) -> None:
        super().__init__(config, text_dim, TimestepEmbedding(config.time_dim))
        bands = config.channels * config.bands
        self.unet = UNet(
            2 * bands + self.fuse.dim,
            3 * bands,
            channels=config.unet_channels,
            blocks=config.blocks,
            attention_levels=config.attention_levels,
            heads=config.heads,
            kernel=config.kernel,
            groups=config.groups,
            fused_dim=self.fuse.dim,
            text_dim=text_dim,
            checkpointing=config.gradient_checkpointing,
        )

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Estimate the velocity [B, C, T] at ``z`` [B, C, T] and times ``t`` [B]."""
        samples = z.shape[-1]
        z = self._pad(z)
        level, noise = alpha(t)[:, None, None], sigma(t)[:, None, None]  # (B, 1, 1)
        scale = self.band_scale[:, None]  # (C M, 1)
        variance = (level * scale) ** 2 + noise**2  # D of the module's preconditioning, (B, C M, 1)
        whiten = variance.rsqrt()
        cosine = self.frontend.analyse(z)  # (B, C M, N)
        sine = self.frontend.quadrature(z)
        fused = self.fuse(self.time(t), text.sentence)  # (B, F)
        spread = fused[:, :, None].expand(-1, -1, cosine.shape[-1])
        cosine_white, sine_white = cosine * whiten, sine * whiten
        features = torch.cat((cosine_white, sine_white, spread), dim=1)
        answer = self.unet(features, fused, text.tokens, text.mask).float()
        # Gains on what came in, beside free values: a mask needs few channels where a copy of 2 C M bands needs many.
        free, of_cosine, of_sine = answer.chunk(3, dim=1)  # (B, C M, N) each
        correction = free + of_cosine * cosine_white + of_sine * sine_white
        # Wiener estimate of v from z alone plus the scaled correction: Karras et al. (2022), table 1, solved for v.
        wiener = level * noise * (1 - scale**2) / variance
        v = wiener * cosine + scale * whiten * correction
        return self.frontend.synthesise(v)[..., :samples]
