"""The network v_hat(z_t, t, y): front end, fuse, U-Net, and the optimal linear estimate that it corrects.

Shapes: B clips, C audio channels, T samples, M bands, N = T / M frames, E text dimensions.
"""

import math

import torch
from torch import Tensor, nn

from emtool.crawler import registry
from emtool.model.config import ModelConfig
from emtool.model.diffusion import alpha, sigma
from emtool.model.frontend import Mdct
from emtool.model.text_encoder import TextStates
from emtool.model.unet import UNet

_SMALLEST_BAND = 3e-3  # share of the mean level below which a band counts as this loud


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


class VelocityNetwork(nn.Module):
    """v_hat in the waveform domain: what is diffused is the waveform after ``enter``, a fixed invertible filter."""

    def __init__(self, config: ModelConfig, text_dim: int) -> None:
        super().__init__()
        self.config = config
        bands = config.channels * config.bands
        self.frontend = Mdct(config.bands)
        self.time = TimestepEmbedding(config.time_dim)
        self.fuse = registry.load("emtool.model.fuse", config.fuse).Fuse(config.time_dim, text_dim)
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
        )
        self.null_sentence = nn.Parameter(torch.zeros(text_dim))
        self.null_token = nn.Parameter(torch.zeros(text_dim))
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

    def without_text(self, text: TextStates, dropped: Tensor) -> TextStates:
        """Replace the text of the clips where ``dropped`` [B] is True by the learned empty text."""
        first = torch.zeros_like(text.mask)
        first[:, 0] = True
        return TextStates(
            torch.where(dropped[:, None], self.null_sentence, text.sentence),
            torch.where(dropped[:, None, None], self.null_token, text.tokens),
            torch.where(dropped[:, None], first, text.mask),
        )


def parameter_count(network: nn.Module) -> int:
    """Count the trained numbers of a network."""
    return sum(parameter.numel() for parameter in network.parameters())
