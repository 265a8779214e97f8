"""Minimal filtering against the definition of the convolution, forward and backward."""

import pytest
import torch
from torch.nn import functional

from emtool.model import convolution, winograd


@pytest.mark.parametrize("positions", [1, 3, 4, 5, 17, 64, 203])
@pytest.mark.parametrize("scratch", [1 << 20, 1])  # one part; parts of 16 tiles, which overlap
@pytest.mark.parametrize("biased", [True, False])
def test_it_is_the_convolution(
    positions: int, scratch: int, biased: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(winograd, "_SCRATCH", scratch)
    monkeypatch.setattr(convolution, "_FEWEST_CHANNELS", 1)
    monkeypatch.setattr(convolution, "_FEWEST_POSITIONS", 1)
    torch.manual_seed(0)
    x = torch.randn(2, 6, positions, requires_grad=True)
    weight = torch.randn(7, 6, winograd.TAPS, requires_grad=True)
    bias = torch.randn(7, requires_grad=True) if biased else None
    inputs = [x, weight, *([] if bias is None else [bias])]
    exact = [part.detach().double().requires_grad_() for part in inputs]
    expected = functional.conv1d(exact[0], exact[1], exact[2] if biased else None, padding=2)
    made = convolution.convolve(x, weight, bias)
    upstream = torch.randn(2, 7, positions)
    gradients = torch.autograd.grad(made, inputs, upstream)
    wanted = torch.autograd.grad(expected, exact, upstream.double())
    for found, right in zip((made, *gradients), (expected, *wanted), strict=True):
        assert found.shape == right.shape
        assert float((found - right).detach().abs().max()) < 1e-5 * float(
            right.detach().abs().max().clamp(min=1)
        )
