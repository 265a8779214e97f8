"""Halving and doubling of a rate by the cubic filter of the Dance Diffusion family, the ends mirrored.

The published code convolves with a dense matrix of filters that is zero off its diagonal, a product for every
pair of channels. Here positions are cut into blocks, and one small matrix turns a block and its neighbour into
the filtered ones: matrix products run at the processor's full speed where filters of one channel do not.

Shapes: B clips, C channels, N positions.
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.autograd import Function

_CUBIC = (-3, -9, 29, 111, 111, 29, -9, -3)  # in 1 / 256
_BLOCK = 16
_BESIDE = {"halve": 3, "double": 2}  # mirrored positions at either end
_Kind = Literal["halve", "double"]


@cache
def _matrices(kind: _Kind, device: torch.device, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """What a block and the next one give to the block's results, [16, 8] (halved) or [16, 32] (doubled) each."""
    made = torch.zeros(2 * _BLOCK, _BLOCK // 2 if kind == "halve" else 2 * _BLOCK)
    for position in range(len(made)):
        for result in range(made.shape[1]):
            tap = position - 2 * result if kind == "halve" else result + 7 - 2 * position
            if 0 <= tap < len(_CUBIC):
                made[position, result] = _CUBIC[tap] / (256 if kind == "halve" else 128)
    first, second = made.to(device, dtype).chunk(2)
    return first.contiguous(), second.contiguous()


def _in_blocks(x: Tensor, beside: int) -> Tensor:
    """Mirror the ends and fill up with zeros to blocks and one more: [B, C, 16 (M + 1)]."""
    n = x.shape[2]
    blocks = -(-n // _BLOCK) + 1
    made = x.new_zeros(*x.shape[:2], _BLOCK * blocks)
    made[..., beside : beside + n] = x
    made[..., :beside] = x[..., 1 : beside + 1].flip(-1)
    made[..., beside + n : n + 2 * beside] = x[..., -beside - 1 : -1].flip(-1)
    return made


class _Resample(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, kind: _Kind) -> Tensor:
        ctx.kind, ctx.length = kind, x.shape[2]
        first, second = _matrices(kind, x.device, x.dtype)
        blocks = _in_blocks(x, _BESIDE[kind]).view(-1, _BLOCK)
        made = x.new_empty(len(blocks), first.shape[1])
        torch.mm(blocks, first, out=made)  # with ``out``, autocast leaves the type alone
        made[:-1].addmm_(blocks[1:], second)
        length = x.shape[2] // 2 if kind == "halve" else 2 * x.shape[2]
        return made.view(*x.shape[:2], -1)[..., :length].contiguous()

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None]:
        first, second = _matrices(ctx.kind, grad.device, grad.dtype)
        n, beside, width = ctx.length, _BESIDE[ctx.kind], first.shape[1]
        blocks = -(-n // _BLOCK) + 1
        given = torch.nn.functional.pad(grad, (0, width * blocks - grad.shape[2])).view(-1, width)
        spread = given @ first.T
        spread[1:].addmm_(given[:-1], second.T)
        spread = spread.view(*grad.shape[:2], -1)
        found = spread[..., beside : beside + n].contiguous()
        found[..., 1 : beside + 1] += spread[..., :beside].flip(-1)
        found[..., -beside - 1 : -1] += spread[..., beside + n : n + 2 * beside].flip(-1)
        return found, None


_resample: Callable[..., Tensor] = _Resample.apply


class Halve(nn.Module):
    """[B, C, N] to [B, C, N / 2]; N must be even and at least 4."""

    def forward(self, x: Tensor) -> Tensor:
        """Filter and drop every second position."""
        return _resample(x, "halve")


class Double(nn.Module):
    """[B, C, N] to [B, C, 2 N]; N must be at least 3."""

    def forward(self, x: Tensor) -> Tensor:
        """Put zeros between the positions and filter."""
        return _resample(x, "double")
