"""The network: shapes, preconditioning, and text that can be left out."""

import pytest
import torch

from emtool.crawler import registry
from emtool.model.diffusion import diffuse, velocity
from emtool.model.network import VelocityNetwork, build_network, parameter_count
from emtool.model.text_encoder import TextStates
from emtool.model.unet import Level, UNet
from tests.model.making import SAMPLES, small_config

TEXT_DIM = 12


def network(*settings: str) -> VelocityNetwork:
    torch.manual_seed(0)
    return build_network(small_config(*settings).model, TEXT_DIM)


def text(count: int) -> TextStates:
    mask = torch.arange(5)[None] < torch.tensor([3, 5, 1, 4])[:count, None]
    return TextStates(torch.randn(count, TEXT_DIM), torch.randn(count, 5, TEXT_DIM), mask)


@pytest.mark.parametrize("fuse", registry.names("emtool.model.fuse"))
@pytest.mark.parametrize("channels", [1, 2])
def test_every_fuse_gives_a_velocity_of_the_shape_of_z(fuse: str, channels: int) -> None:
    made = network(f"fuse={fuse}", f"channels={channels}")
    z = torch.randn(3, channels, SAMPLES - 5)  # no multiple of bands nor of the halvings
    v = made(z, torch.tensor([0.1, 0.5, 0.9]), text(3))
    assert v.shape == z.shape
    assert parameter_count(made) == sum(p.numel() for p in made.parameters()) > 1000


def test_untrained_it_is_the_best_linear_estimate() -> None:
    """Its first answer is the Wiener estimate: for coloured noise no other band-wise scaling of z does better."""
    made = network()
    colour = torch.randn(64, 1, SAMPLES, generator=torch.Generator().manual_seed(1)).cumsum(-1)
    audio = 0.1 * (colour - colour.mean(dim=-1, keepdim=True)) / colour.std()
    made.fit_scale(audio)
    x = made.enter(audio)
    assert float(x.square().mean()) == pytest.approx(1, rel=1e-3)
    assert torch.allclose(made.leave(x), audio, atol=1e-5)
    noise, t = torch.randn_like(x), torch.full((64,), 0.4)
    z, v = diffuse(x, noise, t), velocity(x, noise, t)
    with torch.no_grad():
        guess = made(z, t, TextStates(*(part.expand(64, *part.shape[1:]) for part in text(1))))
    bands_z, bands_v, bands_guess = (made.frontend.analyse(signal) for signal in (z, v, guess))
    best = (bands_z * bands_v).mean(dim=(0, 2)) / bands_z.square().mean(dim=(0, 2))
    ideal = (bands_v - best[:, None] * bands_z).square().mean()
    assert float((bands_v - bands_guess).square().mean()) == pytest.approx(float(ideal), rel=0.02)


def test_the_text_changes_the_answer_and_the_empty_text_is_one() -> None:
    made = network()
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    z, t = torch.randn(1, 1, SAMPLES).expand(2, -1, -1), torch.full((2,), 0.5)
    spoken = made(z, t, text(2))
    assert not torch.allclose(spoken[0], spoken[1])
    empty = made(z, t, made.without_text(text(2), torch.tensor([True, True])))
    assert torch.allclose(empty[0], empty[1])
    kept = made.without_text(states := text(2), torch.tensor([False, True]))
    assert torch.equal(kept.sentence[0], states.sentence[0])
    assert torch.equal(kept.mask[1], torch.tensor([True, False, False, False, False]))


def test_the_unet_has_no_dead_parameter() -> None:
    unet = UNet(
        6,
        4,
        channels=(8, 16),
        blocks=2,
        attention_levels=1,
        heads=2,
        kernel=3,
        groups=4,
        fused_dim=5,
        text_dim=7,
    )
    for (
        parameter
    ) in unet.parameters():  # the last layers of blocks begin at zero, which hides what is before them
        torch.nn.init.normal_(parameter, std=0.2)
    out = unet(
        torch.randn(2, 6, 11), torch.randn(2, 5), torch.randn(2, 3, 7), torch.ones(2, 3, dtype=torch.bool)
    )
    assert out.shape == (2, 4, 11)
    out.square().sum().backward()
    assert all(p.grad is not None and float(p.grad.abs().sum()) > 0 for p in unet.parameters())


def test_a_level_joins_its_skips_from_the_last_to_the_first() -> None:
    torch.manual_seed(0)
    level = Level([8, 8], 4, fused_dim=5, text_dim=7, kernel=3, groups=2, heads=0)
    for parameter in level.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    x, fused, skips = torch.randn(1, 4, 6), torch.randn(1, 5), [torch.randn(1, 4, 6) for _ in range(2)]
    out, outputs = level(x, fused, torch.zeros(1, 1, 7), torch.ones(1, 1, dtype=torch.bool), skips)
    first = level.blocks[0](torch.cat((x, skips[1]), dim=1), fused)
    assert torch.equal(outputs[0], first)
    assert torch.equal(out, level.blocks[1](torch.cat((first, skips[0]), dim=1), fused))
