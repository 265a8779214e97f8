"""Convolution of five taps by minimal filtering, F(4, 5): 8 products where the definition takes 20.

Winograd's algorithm (S. Winograd, "Arithmetic Complexity of Computations", 1980; for networks: Lavin & Gray,
arXiv 1509.09308) evaluates signal and taps at eight points, multiplies there and interpolates. It changes the
rounding, not the result: errors stay near 2e-6 of the largest value in fp32.

Shapes: B clips, C channels in, O channels out, N positions, T = ceil(N / 4) tiles of four outputs.
"""

from collections.abc import Iterator
from functools import cache

import torch
from torch import Tensor

TAPS = 5
_TILE = 4  # outputs per tile
_POINTS = (0.0, 1.0, -1.0, 0.5, -0.5, 2.0, -2.0)  # and infinity
_AT = len(_POINTS) + 1
_BESIDE = TAPS // 2  # samples that a tile reads before its first output
_SCRATCH = 1 << 20  # numbers of an evaluated part: what the inner cache of a processor core holds


def _powers(count: int) -> Tensor:
    """Matrix that evaluates a polynomial of ``count`` coefficients at all points, [8, count]."""
    rows = [[point**power for power in range(count)] for point in _POINTS]
    return torch.tensor([*rows, [0.0] * (count - 1) + [1.0]], dtype=torch.float64)


@cache
def _matrices() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Give A [8, 4], G [8, 5] and the halves of B [8, 8] of y = A^T (G w * B x), rows balanced for rounding."""
    taps = _powers(TAPS)
    signal = torch.linalg.inv(_powers(_AT)).T
    size = taps.abs().sum(dim=1, keepdim=True)
    signal, taps = signal * size, taps / size
    first, second = signal[:, :_TILE], signal[:, _TILE:]
    return (
        _powers(_TILE).float().contiguous(),
        taps.float().contiguous(),
        first.float().contiguous(),
        second.float().contiguous(),
    )


def _evaluate_taps(weight: Tensor) -> Tensor:
    """Turn taps [O, C, 5] into their values at the points, [8, O, C]."""
    taps = _matrices()[1]
    return (taps @ weight.reshape(-1, TAPS).T).view(_AT, *weight.shape[:2])


def _parts(tiles: int, channels: int) -> Iterator[tuple[int, int]]:
    step = max(16, _SCRATCH // (_AT * channels))
    for start in range(0, tiles, step):
        yield start, min(tiles, start + step)


def _around(x: Tensor, start: int, end: int) -> Tensor:
    """Copy what tiles ``start`` to ``end`` read of x [C, N], zeros outside: [C, 4 (end - start) + 4]."""
    low, high = _TILE * start - _BESIDE, _TILE * end + _TILE - _BESIDE
    part = x[:, max(low, 0) : min(high, x.shape[1])]
    return torch.nn.functional.pad(part, (max(-low, 0), max(high - x.shape[1], 0))).contiguous()


def _evaluate(around: Tensor) -> Tensor:
    """Turn samples [C, 4 n + 4] into the values of their tiles, [8, C, n + 1]; the last tile is none."""
    _, _, first, second = _matrices()
    blocks = around.view(-1, _TILE)
    values = torch.mm(first, blocks.T)
    values[:, :-1].addmm_(second, blocks[1:].T)
    return values.view(_AT, len(around), -1)


def _forward(x: Tensor, taps: Tensor, bias: Tensor | None) -> Tensor:
    leave = _matrices()[0]
    positions = x.shape[-1]
    out = x.new_empty(len(x), taps.shape[1], positions)
    for clip, made in zip(x, out, strict=True):
        for start, end in _parts(-(-positions // _TILE), max(taps.shape[1:])):
            values = torch.bmm(taps, _evaluate(_around(clip, start, end)))
            answer = torch.mm(values.view(_AT, -1).T, leave).view(len(made), -1)
            stop = min(_TILE * end, positions)
            answer = answer[:, : stop - _TILE * start]
            if bias is None:
                made[:, _TILE * start : stop] = answer
            else:
                torch.add(answer, bias[:, None], out=made[:, _TILE * start : stop])
    return out


def _spread_back(values: Tensor, channels: int) -> Tensor:
    """Transpose of ``_evaluate``: [8, C, n + 1] with an empty last tile to [C, 4 n + 4]."""
    _, _, first, second = _matrices()
    flat = values.view(_AT, -1)
    blocks = torch.mm(flat.T, first)
    blocks[1:].addmm_(flat[:, :-1].T, second)
    return blocks.view(channels, -1)


def _backward(x: Tensor, taps: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of x [B, C, N] and of the taps [O, C, 5] from that of the result [B, O, N]."""
    leave, of_taps, _, _ = _matrices()
    positions = x.shape[-1]
    grad_x = torch.empty_like(x, memory_format=torch.contiguous_format)
    grad_taps = torch.zeros_like(taps)
    turned = taps.transpose(1, 2)
    for clip, given, found in zip(x, grad, grad_x, strict=True):
        for start, end in _parts(-(-positions // _TILE), max(taps.shape[1:])):
            stop = min(_TILE * end, positions)
            part = given[:, _TILE * start : stop]
            padded = torch.nn.functional.pad(part, (0, _TILE * (end - start + 1) - part.shape[1]))
            products = torch.mm(leave, padded.view(-1, _TILE).T).view(_AT, len(given), -1)
            values = _evaluate(_around(clip, start, end))
            grad_taps.baddbmm_(products[..., :-1], values[..., :-1].transpose(1, 2))
            spread = _spread_back(torch.bmm(turned, products), len(clip))
            low = _TILE * start - _BESIDE
            left, right = max(low, 0), min(low + spread.shape[1], positions)
            both = min(_TILE, right - left) if start else 0  # positions that the part before reached too
            found[:, left : left + both] += spread[:, left - low : left - low + both]
            found[:, left + both : right] = spread[:, left - low + both : right - low]
    weight = (grad_taps.view(_AT, -1).T @ of_taps).view(*taps.shape[1:], TAPS)
    return grad_x, weight


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Correlate x [B, C, N] in fp32 with taps [O, C, 5], zeros beyond the ends: [B, O, N]; not differentiable."""
    return _forward(x, _evaluate_taps(weight), bias)


def gradients(x: Tensor, weight: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    """Gradients of x [B, C, N] and of the taps [O, C, 5] from that of the result [B, O, N]."""
    return _backward(x, _evaluate_taps(weight), grad)
