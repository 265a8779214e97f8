"""The deep one-dimensional U-Net on the waveform (Dance Diffusion's layout; ERNIE-Music section 3.2).

Convolution blocks at every level, a cubic filter between levels, attention in the deepest ones, one skip a level.
Shapes: B clips, D channels, N positions.
"""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from emtool.model.attention import ConditionalSelfAttention
from emtool.model.convolution import Convolution, NormGelu, normalise_and_convolve
from emtool.model.resampling import Double, Halve

_FEWEST_POSITIONS = 4  # that the mirrored ends of the filters need in the deepest level


class ConvolutionBlock(nn.Module):
    """Twice convolution, normalisation and GELU beside a skip; the last block of all ends in a bare convolution."""

    def __init__(
        self, before: int, between: int, after: int, *, kernel: int, groups: int, last: bool = False
    ) -> None:
        super().__init__()
        self.first = Convolution(before, between, kernel)
        self.norm = NormGelu(groups, between)
        self.second = Convolution(between, after, kernel)
        self.leave = None if last else NormGelu(groups, after)
        self.skip = Convolution(before, after, 1, bias=False) if before != after else None

    def forward(self, *parts: Tensor) -> Tensor:
        """[B, D_i, N] each, the D_i adding up to ``before``, to [B, after, N]."""
        skipped = parts[0] if self.skip is None else self.skip(*parts)
        h = normalise_and_convolve(self.norm, self.second, self.first(*parts))
        if self.leave is None:
            return h + skipped
        made: Tensor = self.leave(h, skipped)
        return made


class Blocks(nn.Module):
    """Blocks of one level in one direction, each followed by attention where the level has it."""

    def __init__(
        self,
        before: int,
        width: int,
        after: int,
        *,
        blocks: int,
        kernel: int,
        groups: int,
        head_dim: int,
        text_dim: int,
        last: bool = False,
    ) -> None:
        """Make ``blocks`` from ``before`` through ``width`` to ``after`` channels; ``head_dim`` 0: no attention."""
        super().__init__()
        starts, ends = [before, *[width] * (blocks - 1)], [*[width] * (blocks - 1), after]
        self.blocks = nn.ModuleList(
            ConvolutionBlock(
                start, width, end, kernel=kernel, groups=groups, last=last and index == blocks - 1
            )
            for index, (start, end) in enumerate(zip(starts, ends, strict=True))
        )
        self.attention = nn.ModuleList(
            ConditionalSelfAttention(end, text_dim, end // head_dim) for end in ends if head_dim
        )

    def forward(self, tokens: Tensor, mask: Tensor, *parts: Tensor) -> Tensor:
        """[B, D_i, N] each to [B, after, N]."""
        for index, block in enumerate(self.blocks):
            parts = (block(*parts),)
            if len(self.attention):
                parts = (self.attention[index](parts[0], tokens, mask),)
        return parts[0]


class DeepUNet(nn.Module):
    """Halve the rate from level to level and come back; what a level gave joins what comes back to it."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        *,
        channels: Sequence[int],
        blocks: int,
        attention_levels: int,
        head_dim: int,
        kernel: int,
        groups: int,
        text_dim: int,
        checkpointing: bool = False,
    ) -> None:
        super().__init__()
        depth = len(channels)
        self.checkpointing = checkpointing
        self.halvings = depth - 1
        self.lower, self.lift = Halve(), Double()
        self.down, self.up = nn.ModuleList(), nn.ModuleList()
        for level, width in enumerate(channels):
            shape: dict[str, Any] = {
                "blocks": blocks,
                "kernel": kernel,
                "groups": groups,
                "head_dim": head_dim if level >= depth - attention_levels else 0,
                "text_dim": text_dim,
            }
            above = channels[level - 1] if level else channels_in
            back = channels[level - 1] if level else channels_out
            joined = width if level == depth - 1 else 2 * width  # nothing comes back to the deepest level
            self.down.append(Blocks(above, width, width, **shape))
            self.up.append(Blocks(joined, width, back, **shape, last=level == 0))

    def _run(self, blocks: nn.Module, tokens: Tensor, mask: Tensor, *parts: Tensor) -> Tensor:
        if self.checkpointing and torch.is_grad_enabled():
            rerun: Tensor = checkpoint(blocks, tokens, mask, *parts, use_reentrant=False)
            return rerun
        made: Tensor = blocks(tokens, mask, *parts)
        return made

    def forward(self, x: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """[B, channels_in, N] to [B, channels_out, N] for any N: it is filled up for the halvings and cut back."""
        positions = x.shape[-1]
        step = 2**self.halvings
        x = functional.pad(x, (0, max(-positions % step, _FEWEST_POSITIONS * step - positions)))
        kept: list[Tensor] = []
        for level, blocks in enumerate(self.down):
            x = self._run(blocks, tokens, mask, self.lower(x) if level else x)
            kept.append(x)
        x = self._run(self.up[-1], tokens, mask, kept.pop())
        for blocks in reversed(self.up[:-1]):
            x = self._run(blocks, tokens, mask, self.lift(x), kept.pop())
        return x[..., :positions]
