"""What every network v_hat(z_t, t, y) shares: the signal that is diffused, the fused condition, the empty text.

A design is a plug-in of ``emtool.model.designs`` whose ``Network`` adds how the velocity is estimated.
Shapes: B clips, C audio channels, T samples, M bands, N = T / M frames, E text dimensions.
"""

import torch
from torch import Tensor, nn

from emtool.crawler import registry
from emtool.model.config import ModelConfig
from emtool.model.frontend import Mdct
from emtool.model.text_encoder import TextStates

_SMALLEST_BAND = 3e-3  # share of the mean level below which a band counts as this loud


class VelocityNetwork(nn.Module):
    """v_hat in the waveform domain: what is diffused is the waveform after ``enter``, a fixed invertible filter."""

    def __init__(self, config: ModelConfig, text_dim: int, time: nn.Module) -> None:
        """Make the shared parts; ``time`` turns times [B] into their embedding [B, time_dim]."""
        super().__init__()
        self.config = config
        bands = config.channels * config.bands
        self.frontend = Mdct(config.bands)
        self.time = time
        self.fuse = registry.load("emtool.model.fuse", config.fuse).Fuse(config.time_dim, text_dim)
        self.null_sentence = nn.Parameter(torch.zeros(text_dim)) if text_dim else None
        self.null_token = nn.Parameter(torch.zeros(text_dim)) if text_dim else None
        self.register_buffer("band_gain", torch.ones(bands))  # from waveform to the signal that is diffused
        self.register_buffer(
            "band_scale", torch.ones(bands)
        )  # standard deviation of each band of that signal
        self.band_gain: Tensor
        self.band_scale: Tensor

    @torch.no_grad()
    def fit_scale(self, audio: Tensor) -> None:
        """Measure the bands of clips [B, C, T] of the training data and set gains and scales from them."""
        power = self.frontend.analyse(self._pad(audio)).square().mean(dim=(0, 2))  # (C M)
        level = power.sqrt().clamp(min=_SMALLEST_BAND * float(power.mean().sqrt().clamp(min=1e-6)))
        emphasised = level ** (1 - self.config.emphasis)
        overall = emphasised.square().mean().sqrt()
        self.band_scale.copy_(emphasised / overall)
        self.band_gain.copy_(level**-self.config.emphasis / overall)

    @torch.no_grad()
    def enter(self, audio: Tensor) -> Tensor:
        """Turn waveforms [B, C, T] in [-1, 1] into the signal of unit power that is diffused, [B, C, T]."""
        return self._scaled(audio, self.band_gain)

    @torch.no_grad()
    def leave(self, signal: Tensor) -> Tensor:
        """Inverse of ``enter``."""
        return self._scaled(signal, 1 / self.band_gain)

    def _scaled(self, x: Tensor, gain: Tensor) -> Tensor:
        bands = self.frontend.analyse(self._pad(x)) * gain[:, None]
        return self.frontend.synthesise(bands)[..., : x.shape[-1]]

    def _pad(self, x: Tensor) -> Tensor:
        return nn.functional.pad(x, (0, -x.shape[-1] % self.config.bands))

    def forward(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Estimate the velocity [B, C, T] at ``z`` [B, C, T] and times ``t`` [B]."""
        raise NotImplementedError(f"{type(self).__name__} is no design: its forward is missing")

    def without_text(self, text: TextStates, dropped: Tensor) -> TextStates:
        """Replace the text of the clips where ``dropped`` [B] is True by the learned empty text."""
        if self.null_sentence is None or self.null_token is None:  # made without text
            return text
        first = torch.zeros_like(text.mask)
        first[:, 0] = True
        return TextStates(
            torch.where(dropped[:, None], self.null_sentence, text.sentence),
            torch.where(dropped[:, None, None], self.null_token, text.tokens),
            torch.where(dropped[:, None], first, text.mask),
        )


def build_network(config: ModelConfig, text_dim: int) -> VelocityNetwork:
    """Make the network of ``config.design`` for text vectors of ``text_dim`` numbers, 0 without text."""
    made: VelocityNetwork = registry.load("emtool.model.designs", config.design).Network(config, text_dim)
    return made


def parameter_count(network: nn.Module) -> int:
    """Count the trained numbers of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
