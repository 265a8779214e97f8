"""The designs that race, behind one call: network(z [B, 1, T], t [B], text) gives v [B, 1, T].

Public networks get the same text as ours: what they have an input for (UNetV0: tokens to its cross-attention), or a
projection of the sentence vector beside the timestep, as ERNIE-Music adds it to its U-Net (diffusers).
"""

import importlib
import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from emtool.model.config import ModelConfig
from emtool.model.network import VelocityNetwork, build_network
from emtool.model.text_encoder import TextStates
from tests.benchmarks.peer_networks import published_unet_v0
from tests.benchmarks.training.corpus import SAMPLES

TEXT_DIM = 512


class Contender(nn.Module):
    """A network with a learned empty text, for guidance."""

    def __init__(self) -> None:
        super().__init__()
        self.null_sentence = nn.Parameter(torch.zeros(TEXT_DIM))
        self.null_token = nn.Parameter(torch.zeros(TEXT_DIM))

    without_text = VelocityNetwork.without_text

    def fit_scale(self, audio: Tensor) -> None:
        """Public networks measure nothing."""


class UNetV0(Contender):
    """audio-diffusion-pytorch's U-Net with its published factors and items, narrower."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels = [8, 32, 64, 128, 256, 512, 512, 1024, 1024]
        narrow = [max(8, round(one * width / 1024 / 8) * 8) for one in channels]
        self.net = published_unet_v0()(
            dim=1,
            in_channels=1,
            channels=narrow,
            factors=[1, 4, 4, 4, 2, 2, 2, 2, 2],
            items=[1, 2, 2, 2, 2, 2, 2, 4, 4],
            attentions=[0, 0, 0, 0, 0, 1, 1, 1, 1],
            cross_attentions=[0, 0, 0, 1, 1, 1, 1, 1, 1],
            attention_heads=8,
            attention_features=max(8, width // 16),
            embedding_features=TEXT_DIM,
            modulation_features=width,
        )

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Tokens behind the sentence vector go to the cross-attention."""
        embedding = torch.cat((text.sentence[:, None], text.tokens * text.mask[:, :, None]), dim=1)
        out: Tensor = self.net(z, t, embedding=embedding)
        return out


class DanceDiffusion(Contender):
    """diffusers' UNet1DModel in the Dance Diffusion configuration, narrower."""

    def __init__(self, width: int, levels: int = 13, text_channels: int = 16) -> None:
        super().__init__()
        widths = [width // 4] * 2 + [width // 2] * 2 + [width] * (levels - 4)
        self.project = nn.Linear(TEXT_DIM, text_channels)
        self.net = importlib.import_module("diffusers.models.unets.unet_1d").UNet1DModel(
            sample_size=SAMPLES,
            in_channels=1 + text_channels,
            out_channels=1,
            extra_in_channels=16,
            time_embedding_dim=16,
            block_out_channels=tuple(widths),
            down_block_types=("DownBlock1DNoSkip", *["DownBlock1D"] * (levels - 5), *["AttnDownBlock1D"] * 4),
            up_block_types=(*["AttnUpBlock1D"] * 4, *["UpBlock1D"] * (levels - 5), "UpBlock1DNoSkip"),
            mid_block_type="UNetMidBlock1D",
        )

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """The sentence stands beside the waveform as constant channels; t is a tensor, or diffusers rounds it."""
        spread = self.project(text.sentence)[:, :, None].expand(-1, -1, z.shape[-1])
        out: Tensor = self.net(torch.cat((z, spread), dim=1), t)[0]
        return out


def ours(**settings: Any) -> nn.Module:
    """Our network on plain waveforms: no emphasis, so that its loss is of the same signal as the others'."""
    return build_network(ModelConfig(samples=SAMPLES, emphasis=0.0, **settings), TEXT_DIM)


CONTENDERS: dict[str, Callable[[], nn.Module]] = {
    "mdct": lambda: ours(unet_channels=(216, 248), blocks=1),
    "unet-v0": lambda: UNetV0(112),
    "dance-diffusion": lambda: DanceDiffusion(80),
}


def add_peers(folder: Path | None) -> None:
    """Let Python find the public packages."""
    if folder:
        sys.path.append(str(folder))


def parameters(network: nn.Module) -> float:
    """Millions of trained numbers."""
    return math.fsum(parameter.numel() for parameter in network.parameters()) / 1e6
