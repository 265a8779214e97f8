"""The velocity that a sampler follows: what the texts say, exaggerated, away from what is not wanted.

Shapes: B clips, C audio channels, T samples.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from emtool.crawler.errors import UsageError
from emtool.model.diffusion import over_clips
from emtool.model.network import VelocityNetwork
from emtool.model.text_encoder import TextEncoder, TextStates

MOST_GUIDANCE = 100.0

Blend = Sequence[tuple[str, float]]
"""Texts with their weights, which sum to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Guidance:
    """How texts lead.

    Raises:
        UsageError: A number is outside its range.
    """

    scale: float = 3.0  # 1 follows the text as trained, more exaggerates it, 0 ignores it
    rescale: float = 0.0  # share of the level that guidance adds which is taken away again
    negative: str = ""  # what the sound is led away from; the empty text if there is none

    def __post_init__(self) -> None:
        if not 0 <= self.scale <= MOST_GUIDANCE:
            raise UsageError(f"guidance={self.scale} is outside 0 to {MOST_GUIDANCE:g}: 3 is a good start")
        if not 0 <= self.rescale <= 1:
            raise UsageError(f"rescale={self.rescale} is outside 0 to 1: 0.7 is a good start")


def blend(text: str, other: str, share: float) -> Blend:
    """The way from one text to another: 0 is the first, 1 the second."""
    return ((text, 1 - share), (other, share))


class Conditions:
    """What a batch is made after: for each clip its texts with their weights, and the text that it is led away from."""

    def __init__(
        self, network: VelocityNetwork, encoder: TextEncoder, blends: Sequence[Blend], guidance: Guidance
    ) -> None:
        device = network.band_gain.device
        self._network = network
        self._guidance = guidance
        width = max(map(len, blends))
        padded = [(*texts, *[(texts[0][0], 0.0)] * (width - len(texts))) for texts in blends]
        listed = [texts[number][0] for number in range(width) for texts in padded]
        texts = encoder([*listed, *[guidance.negative or listed[0]] * len(blends)]).to(device)
        self._weights = torch.tensor([[weight for _, weight in texts] for texts in padded]).T.to(device)
        everywhere = torch.ones(len(blends), dtype=torch.bool, device=device)
        *self._texts, base = (
            TextStates(*parts) for parts in zip(*(part.chunk(width + 1) for part in texts), strict=True)
        )
        self._base = base if guidance.negative else network.without_text(base, everywhere)

    def velocity(self, z: Tensor, t: Tensor, clips: Tensor) -> Tensor:
        """Estimate the velocity [N, C, T] at ``z`` [N, C, T] and ``t`` [N], each row after the texts of its clip, [N].

        With guidance (Ho & Salimans 2022): v_0 + g (v_text - v_0), several texts by their weights (Liu et al. 2022,
        composable diffusion); its level brought back to that of v_text as far as asked (Lin et al. 2023, section 3.4).
        """
        scale = self._guidance.scale
        texts = [*self._texts] if scale == 1 else [*self._texts, self._base]
        states = TextStates(
            *(torch.cat([part[clips] for part in parts]) for parts in zip(*texts, strict=True))
        )
        found = self._network(z.repeat(len(texts), 1, 1), t.repeat(len(texts)), states).chunk(len(texts))
        plain = torch.zeros_like(z)
        for weight, v in zip(self._weights, found, strict=False):  # the last of them may be the base
            plain = plain + over_clips(weight[clips], z) * v
        if scale == 1:
            return plain
        base: Tensor = found[-1]
        guided = base + scale * (plain - base)
        if not self._guidance.rescale:
            return guided
        level = plain.std(dim=(1, 2), keepdim=True) / guided.std(dim=(1, 2), keepdim=True).clamp(min=1e-12)
        return guided * (self._guidance.rescale * level + 1 - self._guidance.rescale)
