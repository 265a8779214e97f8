"""The paper's network: a deep U-Net on the samples themselves (ERNIE-Music section 3.2, Dance Diffusion's layout).

The fused condition joins the noisy waveform as channels, z' = z (+) e', and nowhere else; the text's tokens join
the self-attention of the deepest levels. Shapes as in ``emtool.model.network``.
"""

import math

import torch
from torch import Tensor, nn

from emtool.model.config import ModelConfig
from emtool.model.deep_unet import DeepUNet
from emtool.model.network import VelocityNetwork
from emtool.model.text_encoder import TextStates

_SPREAD = 16.0  # standard deviation of the frequencies, in periods over t in [0, 1]


class FourierFeatures(nn.Module):
    """Cosines and sines of t at learned frequencies (Tancik et al. 2020): [B] to [B, dim]."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.frequencies = nn.Parameter(_SPREAD * torch.randn(dim // 2))

    def forward(self, t: Tensor) -> Tensor:
        """Embed times."""
        angles = 2 * math.pi * t[:, None] * self.frequencies
        return torch.cat((angles.cos(), angles.sin()), dim=-1)


class Network(VelocityNetwork):
    """Deep U-Net over z [B, C, T] and the fused condition, at half of the usual initial weights as published."""

    def __init__(self, config: ModelConfig, text_dim: int) -> None:
        super().__init__(config, text_dim, FourierFeatures(config.time_dim))
        self.unet = DeepUNet(
            config.channels + self.fuse.dim,
            config.channels,
            channels=config.unet_channels,
            blocks=config.blocks,
            attention_levels=config.attention_levels,
            head_dim=config.head_dim,
            kernel=config.kernel,
            groups=config.groups,
            text_dim=text_dim,
            checkpointing=config.gradient_checkpointing,
        )
        with torch.no_grad():
            for parameter in self.unet.parameters():
                parameter.mul_(0.5)

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Estimate the velocity [B, C, T] at ``z`` [B, C, T] and times ``t`` [B]."""
        fused = self.fuse(self.time(t), text.sentence)  # (B, F)
        spread = fused[:, :, None].expand(-1, -1, z.shape[-1])
        made: Tensor = self.unet(torch.cat((z, spread), dim=1), text.tokens, text.mask)
        return made.float()
