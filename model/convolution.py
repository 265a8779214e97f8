"""Convolution, normalisation and activation of the deep U-Net, which keep less for the backward pass.

Results equal those of ``nn.Conv1d``, ``nn.GroupNorm`` and ``nn.GELU``; only how they are computed differs.
Shapes: B clips, C channels, N positions.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn
from torch.autograd import Function
from torch.nn import functional

from emtool.model import winograd

_EPS = 1e-5
_FEWEST_CHANNELS = 80  # below it evaluating costs more than the products that it saves (measured)
_FEWEST_POSITIONS = 512


def _by_winograd(x: Tensor, weight: Tensor) -> bool:
    return (
        weight.shape[2] == winograd.TAPS
        and x.device.type == "cpu"
        and x.dtype == weight.dtype == torch.float32
        and not torch.is_autocast_enabled("cpu")
        and min(weight.shape[:2]) >= _FEWEST_CHANNELS
        and x.shape[2] >= _FEWEST_POSITIONS
    )


def _apply(x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    if _by_winograd(x, weight):
        return winograd.convolve(x, weight, bias)
    return functional.conv1d(x, weight, bias, padding=weight.shape[2] // 2)


def _gradients(x: Tensor, weight: Tensor, grad: Tensor) -> tuple[Tensor, Tensor]:
    if _by_winograd(x, weight):
        return winograd.gradients(x, weight, grad)
    found: tuple[Tensor, Tensor, None] = torch.ops.aten.convolution_backward(
        grad, x, weight, None, [1], [weight.shape[2] // 2], [1], False, [0], 1, [True, True, False]
    )
    return found[:2]


class _Winograd(Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        ctx.save_for_backward(x, weight)
        return winograd.convolve(x, weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, Tensor | None]:
        of_bias = grad.sum(dim=(0, 2)) if ctx.needs_input_grad[2] else None
        x, weight = ctx.saved_tensors
        return *winograd.gradients(x, weight, grad), of_bias


_winograd: Callable[..., Tensor] = _Winograd.apply


def convolve(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Convolve x [B, C, N] with an odd number of taps [O, C, K], zeros beyond the ends: [B, O, N]."""
    if _by_winograd(x, weight):
        return _winograd(x, weight, bias)
    if weight.shape[2] == 1 and bias is None:
        return weight[:, :, 0] @ x  # conv1d takes its slow way with one tap
    return functional.conv1d(x, weight, bias, padding=weight.shape[2] // 2)


class Convolution(nn.Conv1d):
    """``nn.Conv1d`` of the same length; the input may come in parts, as skips do, without a joined copy."""

    def __init__(self, channels_in: int, channels: int, kernel: int, *, bias: bool = True) -> None:
        super().__init__(channels_in, channels, kernel, padding=kernel // 2, bias=bias)

    def forward(self, *parts: Tensor) -> Tensor:
        """[B, C_i, N] each, the C_i adding up to the channels that come in, to [B, O, N]."""
        weights = self.weight.split([part.shape[1] for part in parts], dim=1)
        made = convolve(parts[0], weights[0], self.bias)
        for part, weight in zip(parts[1:], weights[1:], strict=True):
            made = made + convolve(part, weight)
        return made


def _normalise(x: Tensor, weight: Tensor, bias: Tensor, groups: int) -> tuple[Tensor, Tensor, Tensor]:
    b, c, n = x.shape
    made: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_group_norm(
        x, weight, bias, b, c, n, groups, _EPS
    )
    return made


def _normalise_again(x: Tensor, weight: Tensor, bias: Tensor, mean: Tensor, scale: Tensor) -> Tensor:
    """Normalise with the mean and scale [B, G] found before: one pass instead of two."""
    b, c, _ = x.shape
    groups = mean.shape[1]
    gain = (scale[:, :, None] * weight.view(groups, -1)).view(b, c, 1)
    shift = bias[:, None] - (mean[:, :, None] * gain.view(b, groups, -1)).view(b, c, 1)
    return torch.addcmul(shift, gain, x).to(x.dtype)


def _of_norm(
    grad: Tensor, x: Tensor, weight: Tensor, mean: Tensor, scale: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    b, c, n = x.shape
    found: tuple[Tensor, Tensor, Tensor] = torch.ops.aten.native_group_norm_backward(
        grad, x, mean, scale, weight, b, c, n, mean.shape[1], [True, True, True]
    )
    return found


class _NormGelu(Function):
    """gelu(norm(x)) (+ residual), keeping nothing but x: the rest is computed again, which is cheap."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, weight: Tensor, bias: Tensor, groups: int, residual: Tensor | None
    ) -> Tensor:
        x = x.contiguous()
        normed, mean, scale = _normalise(x, weight, bias, groups)
        ctx.save_for_backward(x, weight, bias, mean, scale)
        made: Tensor = torch.ops.aten.gelu_(normed)
        return made if residual is None else made.add_(residual)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, weight, bias, mean, scale = ctx.saved_tensors
        normed = _normalise_again(x, weight, bias, mean, scale)
        of_normed = torch.ops.aten.gelu_backward(grad.to(x.dtype).contiguous(), normed)
        of_x, of_weight, of_bias = _of_norm(of_normed, x, weight, mean, scale)
        return of_x, of_weight, of_bias, None, grad if ctx.needs_input_grad[4] else None


_norm_gelu: Callable[..., Tensor] = _NormGelu.apply


class NormGelu(nn.GroupNorm):
    """Group normalisation and GELU in one step, with something added to the result if given."""

    def __init__(self, groups: int, channels: int) -> None:
        super().__init__(groups, channels, eps=_EPS)

    def forward(self, x: Tensor, residual: Tensor | None = None) -> Tensor:
        """[B, C, N] to [B, C, N]."""
        return _norm_gelu(x, self.weight, self.bias, self.num_groups, residual)


class _NormGeluConvolve(Function):
    """convolve(gelu(norm(x))), keeping nothing but x for the backward pass."""

    @staticmethod
    def forward(
        ctx: Any, x: Tensor, norm_weight: Tensor, norm_bias: Tensor, groups: int, weight: Tensor, bias: Tensor
    ) -> Tensor:
        x = x.contiguous()
        normed, mean, scale = _normalise(x, norm_weight, norm_bias, groups)
        ctx.save_for_backward(x, norm_weight, norm_bias, mean, scale, weight)
        return _apply(torch.ops.aten.gelu_(normed), weight, bias)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        x, norm_weight, norm_bias, mean, scale, weight = ctx.saved_tensors
        grad = grad.contiguous()
        normed = _normalise_again(x, norm_weight, norm_bias, mean, scale)
        of_heard, of_weight = _gradients(functional.gelu(normed), weight, grad)
        of_normed = torch.ops.aten.gelu_backward(of_heard, normed)
        of_x, of_norm_weight, of_norm_bias = _of_norm(of_normed, x, norm_weight, mean, scale)
        return of_x, of_norm_weight, of_norm_bias, None, of_weight, grad.sum(dim=(0, 2))


_norm_gelu_convolve: Callable[..., Tensor] = _NormGeluConvolve.apply


def normalise_and_convolve(norm: NormGelu, layer: Convolution, x: Tensor) -> Tensor:
    """Give ``layer(norm(x))``, keeping nothing but x [B, C, N] where the arithmetic is that of the weights."""
    assert layer.bias is not None
    device = x.device.type
    mixed = torch.amp.autocast_mode.is_autocast_available(device) and torch.is_autocast_enabled(device)
    if mixed or x.dtype != layer.weight.dtype:
        made: Tensor = layer(norm(x))
        return made
    return _norm_gelu_convolve(x, norm.weight, norm.bias, norm.num_groups, layer.weight, layer.bias)
