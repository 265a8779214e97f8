"""The deep U-Net: its parts against torch's own, joined inputs, checkpointing, any length."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from emtool.model import convolution
from emtool.model.convolution import Convolution, NormGelu
from emtool.model.deep_unet import DeepUNet


def unet(*, checkpointing: bool = False, text_dim: int = 7, blocks: int = 3) -> DeepUNet:
    torch.manual_seed(0)
    made = DeepUNet(
        3,
        2,
        channels=(8, 8, 16, 16),
        blocks=blocks,
        attention_levels=2,
        head_dim=8,
        kernel=5,
        groups=1,
        text_dim=text_dim,
        checkpointing=checkpointing,
    )
    for (
        parameter
    ) in made.parameters():  # the outputs of the attention begin at zero, which hides what is before
        nn.init.normal_(parameter, std=0.2)
    return made


def inputs(positions: int = 48) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(1)
    return torch.randn(2, 3, positions), torch.randn(2, 4, 7), torch.ones(2, 4, dtype=torch.bool)


def gradients(made: DeepUNet) -> list[Tensor]:
    made(*inputs()).square().mean().backward()
    return [parameter.grad for parameter in made.parameters() if parameter.grad is not None]


@pytest.mark.parametrize("blocks", [1, 3])
def test_it_has_no_dead_parameter(blocks: int) -> None:
    made = unet(blocks=blocks)
    found = gradients(made)
    assert len(found) == len(list(made.parameters()))
    assert all(float(gradient.abs().max()) > 0 for gradient in found)


def test_checkpointing_changes_no_gradient() -> None:
    for plain, again in zip(gradients(unet()), gradients(unet(checkpointing=True)), strict=True):
        assert torch.equal(plain, again)


@pytest.mark.parametrize("positions", [1, 31, 32, 33, 50])
def test_any_length_comes_back(positions: int) -> None:
    assert unet()(*inputs(positions)).shape == (2, 2, positions)


def test_the_last_position_hears_the_first() -> None:
    made, (x, tokens, mask) = unet(), inputs()
    changed = x.clone()
    changed[..., 0] += 1
    assert not torch.allclose(made(x, tokens, mask)[..., -1], made(changed, tokens, mask)[..., -1])


@pytest.mark.parametrize("taps", [1, 5])
@pytest.mark.parametrize("fewest", [1, 1000])  # by minimal filtering, and by conv1d
def test_parts_are_convolved_as_if_joined(taps: int, fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "_FEWEST_CHANNELS", fewest)
    monkeypatch.setattr(convolution, "_FEWEST_POSITIONS", 1)
    torch.manual_seed(0)
    layer = Convolution(7, 5, taps, bias=taps > 1)
    left, right = torch.randn(2, 3, 40), torch.randn(2, 4, 40)
    joined = functional.conv1d(torch.cat((left, right), dim=1), layer.weight, layer.bias, padding=taps // 2)
    assert torch.allclose(layer(left, right), joined, atol=1e-5)


@pytest.mark.parametrize("groups", [1, 3])
@pytest.mark.parametrize("added", [True, False])
def test_norm_and_gelu_are_those_of_torch(groups: int, added: bool) -> None:
    torch.manual_seed(0)
    layer = NormGelu(groups, 6).double()
    for parameter in layer.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 6, 9, dtype=torch.float64, requires_grad=True)
    residual = torch.randn(2, 6, 9, dtype=torch.float64, requires_grad=True) if added else None
    expected = functional.gelu(functional.group_norm(x, groups, layer.weight, layer.bias))
    expected = expected if residual is None else expected + residual
    made = layer(x, residual)
    assert torch.allclose(made, expected)
    upstream = torch.randn_like(made)
    wanted_of = (x, *layer.parameters(), *([] if residual is None else [residual]))
    found, wanted = (torch.autograd.grad(out, wanted_of, upstream) for out in (made, expected))
    assert all(torch.allclose(a, b) for a, b in zip(found, wanted, strict=True))


@pytest.mark.parametrize("fewest", [1, 1000])  # by minimal filtering, and by conv1d
def test_norm_gelu_and_convolution_in_one_are_the_three(fewest: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(convolution, "_FEWEST_CHANNELS", fewest)
    monkeypatch.setattr(convolution, "_FEWEST_POSITIONS", 1)
    torch.manual_seed(0)
    norm, layer = NormGelu(3, 6), Convolution(6, 5, 5)
    for parameter in norm.parameters():
        nn.init.normal_(parameter)
    x = torch.randn(2, 6, 40, requires_grad=True)
    made = convolution.normalise_and_convolve(norm, layer, x)
    heard = functional.gelu(functional.group_norm(x, 3, norm.weight, norm.bias))
    expected = functional.conv1d(heard, layer.weight, layer.bias, padding=2)
    assert torch.allclose(made, expected, atol=1e-5)
    upstream = torch.randn_like(made)
    wanted_of = (x, *norm.parameters(), *layer.parameters())
    found, wanted = (torch.autograd.grad(out, wanted_of, upstream) for out in (made, expected))
    assert all(torch.allclose(a, b, atol=1e-4) for a, b in zip(found, wanted, strict=True))


def test_under_autocast_it_runs_in_bf16() -> None:
    made, (x, tokens, mask) = unet(), inputs()
    plain = made(x, tokens, mask)
    with torch.autocast("cpu", torch.bfloat16):
        mixed = made(x, tokens, mask)
    mixed.float().square().mean().backward()
    assert float((mixed.float() - plain).detach().norm() / plain.detach().norm()) < 0.1
