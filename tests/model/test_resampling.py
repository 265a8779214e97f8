"""The cubic filters against their definition: mirror, filter each channel, drop or insert every second position."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from emtool.model.resampling import Double, Halve

TAPS = torch.tensor([-3.0, -9, 29, 111, 111, 29, -9, -3], dtype=torch.float64) / 256


def halved(x: Tensor) -> Tensor:
    mirrored = functional.pad(x, (3, 3), "reflect")
    return functional.conv1d(mirrored, TAPS.expand(x.shape[1], 1, -1), stride=2, groups=x.shape[1])


def doubled(x: Tensor) -> Tensor:
    mirrored = functional.pad(x, (2, 2), "reflect")
    taps = 2 * TAPS.expand(x.shape[1], 1, -1)
    return functional.conv_transpose1d(mirrored, taps, stride=2, padding=7, groups=x.shape[1])


@pytest.mark.parametrize("positions", [4, 6, 16, 30, 32, 34, 100])
def test_they_are_their_definition_forward_and_backward(positions: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, positions, dtype=torch.float64, requires_grad=True)
    for module, definition in ((Halve(), halved), (Double(), doubled)):
        made, expected = module(x), definition(x)
        assert torch.allclose(made, expected, atol=1e-12)
        upstream = torch.randn_like(made)
        found, wanted = (torch.autograd.grad(out, x, upstream)[0] for out in (made, expected))
        assert torch.allclose(found, wanted, atol=1e-12)


def test_a_constant_stays_what_it_is() -> None:
    level = torch.full((1, 2, 40), 0.7)
    assert torch.allclose(Double()(level)[..., 4:-4], torch.tensor(0.7), atol=1e-6)
    assert torch.allclose(Halve()(level), torch.tensor(0.7), atol=1e-6)
