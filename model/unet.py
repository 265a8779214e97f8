"""One-dimensional U-Net: stacked convolution blocks, attention in chosen levels, skip connections.

Shapes: B clips, D channels, N frames. The fused vector [B, F] reaches every block as scale and shift (FiLM).
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.checkpoint import checkpoint

from emtool.model.attention import ConditionalSelfAttention


class ResidualBlock(nn.Module):
    """Two normalised convolutions with a scale and shift from the fused vector between them."""

    def __init__(self, channels_in: int, channels: int, fused_dim: int, *, kernel: int, groups: int) -> None:
        super().__init__()
        self.norm_in = nn.GroupNorm(groups, channels_in)
        self.first = nn.Conv1d(channels_in, channels, kernel, padding=kernel // 2)
        self.modulation = nn.Linear(fused_dim, 2 * channels)
        self.norm = nn.GroupNorm(groups, channels)
        self.second = nn.Conv1d(channels, channels, kernel, padding=kernel // 2)
        self.skip = nn.Conv1d(channels_in, channels, 1) if channels_in != channels else nn.Identity()
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(torch.as_tensor(self.second.bias))

    def forward(self, x: Tensor, fused: Tensor) -> Tensor:
        """[B, channels_in, N] to [B, channels, N]."""
        h = self.first(functional.silu(self.norm_in(x)))
        scale, shift = self.modulation(fused)[:, :, None].chunk(2, dim=1)
        h = self.second(functional.silu(self.norm(h) * (1 + scale) + shift))
        skipped: Tensor = self.skip(x)
        out: Tensor = skipped + h
        return out


class Level(nn.Module):
    """Blocks of one resolution, each followed by attention where the level has it."""

    def __init__(
        self,
        channels_in: Sequence[int],
        channels: int,
        *,
        fused_dim: int,
        text_dim: int,
        kernel: int,
        groups: int,
        heads: int,
    ) -> None:
        super().__init__()
        self.blocks = nn.ModuleList(
            ResidualBlock(before, channels, fused_dim, kernel=kernel, groups=groups) for before in channels_in
        )
        self.attention = nn.ModuleList(
            ConditionalSelfAttention(channels, text_dim, heads) for _ in channels_in if heads
        )

    def forward(
        self, x: Tensor, fused: Tensor, tokens: Tensor, mask: Tensor, skips: Sequence[Tensor] = ()
    ) -> tuple[Tensor, list[Tensor]]:
        """Run the blocks; ``skips`` are joined to each block's input from the last to the first."""
        outputs = []
        for index, block in enumerate(self.blocks):
            if skips:
                x = torch.cat((x, skips[-1 - index]), dim=1)
            x = block(x, fused)
            if len(self.attention):
                x = self.attention[index](x, tokens, mask)
            outputs.append(x)
        return x, outputs


class UNet(nn.Module):
    """Halve the frames from level to level and come back, with a skip from every block to its mirror."""

    def __init__(
        self,
        channels_in: int,
        channels_out: int,
        *,
        channels: Sequence[int],
        blocks: int,
        attention_levels: int,
        heads: int,
        kernel: int,
        groups: int,
        fused_dim: int,
        text_dim: int,
        checkpointing: bool = False,
    ) -> None:
        super().__init__()
        self.checkpointing = checkpointing
        self.halvings = len(channels) - 1
        self.enter = nn.Conv1d(channels_in, channels[0], kernel, padding=kernel // 2)

        def level(inputs: Sequence[int], depth: int) -> Level:
            deep = depth >= len(channels) - attention_levels
            return Level(
                inputs,
                channels[depth],
                fused_dim=fused_dim,
                text_dim=text_dim,
                kernel=kernel,
                groups=groups,
                heads=heads if deep else 0,
            )

        self.down = nn.ModuleList(level([width] * blocks, depth) for depth, width in enumerate(channels))
        self.shrink = nn.ModuleList(
            nn.Conv1d(before, after, 4, stride=2, padding=1) for before, after in pairwise(channels)
        )
        self.up = nn.ModuleList(level([2 * width] * blocks, depth) for depth, width in enumerate(channels))
        self.grow = nn.ModuleList(
            nn.ConvTranspose1d(after, before, 4, stride=2, padding=1) for before, after in pairwise(channels)
        )
        self.norm = nn.GroupNorm(groups, channels[0])
        self.leave = nn.Conv1d(channels[0], channels_out, kernel, padding=kernel // 2)
        nn.init.zeros_(self.leave.weight)
        nn.init.zeros_(torch.as_tensor(self.leave.bias))

    def _run(self, level: nn.Module, *inputs: Any) -> tuple[Tensor, list[Tensor]]:
        made: tuple[Tensor, list[Tensor]]
        if self.checkpointing and torch.is_grad_enabled():
            made = checkpoint(level, *inputs, use_reentrant=False)
        else:
            made = level(*inputs)
        return made

    def forward(self, x: Tensor, fused: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """[B, channels_in, N] to [B, channels_out, N] for any N: it is padded to the halvings and cut back."""
        frames = x.shape[-1]
        x = functional.pad(x, (0, -frames % 2**self.halvings))
        h = self.enter(x)
        kept: list[list[Tensor]] = []
        for depth, level in enumerate(self.down):
            if depth:
                h = self.shrink[depth - 1](h)
            h, outputs = self._run(level, h, fused, tokens, mask)
            kept.append(outputs)
        for depth in reversed(range(len(self.up))):
            h, _ = self._run(self.up[depth], h, fused, tokens, mask, kept[depth])
            if depth:
                h = self.grow[depth - 1](h)
        out: Tensor = self.leave(functional.silu(self.norm(h)))
        return out[..., :frames]
