"""Every design under every fuse operation, with and without text; the paper's preset; the shipped checkpoint."""

import pytest
import torch

from emtool.crawler import registry
from emtool.crawler.errors import UsageError
from emtool.model import checkpoint
from emtool.model.config import load_preset
from emtool.model.network import VelocityNetwork, build_network, parameter_count
from emtool.model.text_encoder import TextEncoder, TextStates
from tests.model.making import SAMPLES, small_config

TEXT_DIM = 12
DESIGNS = registry.names("emtool.model.designs")
FUSES = registry.names("emtool.model.fuse")
DEEP = ("unet_channels=[16,32,32]", "head_dim=16", "attention_levels=1")


def network(*settings: str, text_dim: int = TEXT_DIM) -> VelocityNetwork:
    torch.manual_seed(0)
    made = build_network(small_config(*DEEP, *settings).model, text_dim)
    for parameter in made.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return made


def text(count: int) -> TextStates:
    torch.manual_seed(1)
    mask = torch.arange(5)[None] < torch.tensor([3, 5, 1, 4])[:count, None]
    return TextStates(torch.randn(count, TEXT_DIM), torch.randn(count, 5, TEXT_DIM), mask)


def test_the_designs_and_fuse_operations_are_all_here() -> None:
    assert {"mdct", "waveform"} <= set(DESIGNS)
    assert set(FUSES) == {"concat", "sum", "film", "none"}


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("fuse", FUSES)
def test_every_design_hears_the_text_and_the_time(design: str, fuse: str) -> None:
    made = network(f"design={design}", f"fuse={fuse}", "channels=2")
    z, t = torch.randn(1, 2, SAMPLES - 5).expand(2, -1, -1), torch.tensor([0.3, 0.3])
    spoken = made(z, t, text(2))
    assert spoken.shape == z.shape
    assert not torch.allclose(spoken[0], spoken[1])
    same = TextStates(*(part[:1] for part in text(1)))
    assert not torch.allclose(made(z[:1], t[:1], same), made(z[:1], t[:1] + 0.4, same))


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("fuse", [name for name in FUSES if name != "none"])
def test_the_fuse_operation_hears_the_sentence(design: str, fuse: str) -> None:
    made = network(f"design={design}", f"fuse={fuse}", "attention_levels=0")
    z, t = torch.randn(1, 1, SAMPLES), torch.tensor([0.3])
    heard = text(1)
    other = heard._replace(sentence=heard.sentence + 1)
    assert not torch.allclose(made(z, t, heard), made(z, t, other))
    assert torch.equal(made(z, t, heard), made(z, t, heard._replace(tokens=heard.tokens + 1)))


@pytest.mark.parametrize("design", DESIGNS)
def test_a_model_without_text_has_no_parameter_for_it(design: str) -> None:
    made = network(f"design={design}", "text_encoder=none", "fuse=none", text_dim=0)
    assert not [name for name, _ in made.named_parameters() if "null" in name or "text" in name]
    nothing = TextEncoder("none")(["a calm cello", ""])
    z, t = torch.randn(1, 1, SAMPLES).expand(2, -1, -1), torch.full((2,), 0.5)
    out = made(z, t, made.without_text(nothing, torch.tensor([True, False])))
    assert torch.equal(out[0], out[1])


def test_the_encoder_none_takes_no_model_name() -> None:
    with pytest.raises(UsageError, match="takes no model name, got 'large'"):
        TextEncoder("none:large")


@pytest.mark.parametrize("design", DESIGNS)
def test_checkpointing_gives_the_same_gradients(design: str) -> None:
    found = []
    for checkpointing in (False, True):
        made = network(f"design={design}", f"gradient_checkpointing={checkpointing}")
        torch.manual_seed(2)
        made(torch.randn(2, 1, SAMPLES), torch.tensor([0.2, 0.7]), text(2)).square().mean().backward()
        found.append([p.grad for p in made.parameters() if p.grad is not None])
    assert len(found[0]) == len(found[1]) > 20
    assert all(torch.equal(plain, again) for plain, again in zip(*found, strict=True))


def test_what_is_diffused_comes_back_in_every_design() -> None:
    audio = 0.1 * torch.randn(4, 1, SAMPLES).cumsum(-1)
    for design in DESIGNS:
        made = network(f"design={design}")
        made.fit_scale(audio)
        assert float(made.enter(audio).square().mean()) == pytest.approx(1, rel=1e-3)
        assert torch.allclose(made.leave(made.enter(audio)), audio, atol=1e-4)


def test_the_papers_preset_has_the_papers_size() -> None:
    """221.4 million parameters, as Dance Diffusion's network of depth 14, and what hears the text beside them."""
    config = load_preset("ernie-music")
    model = config.model
    assert (model.sample_rate_hz, model.channels, model.samples) == (16000, 2, 327680)
    assert model.unet_channels == (128, 128, 256, 256, *[512] * 10)
    with torch.device("meta"):
        with_text = parameter_count(build_network(model, 512))
        bare = load_preset("ernie-music", ["text_encoder=none", "fuse=none"]).model
        without = parameter_count(build_network(bare, 0))
    assert without == pytest.approx(221.4e6, rel=1e-3)
    of_text = 6 * 6 * (512 + 1) * 1024  # six attentions in each of six levels
    assert of_text <= with_text - without < of_text + 0.1e6


def test_the_shipped_checkpoint_still_fits() -> None:
    saved = checkpoint.load(checkpoint.find("demo"))
    made = build_network(saved.config.model, saved.about["text_dim"])
    assert saved.config.model.design == "mdct"
    made.load_state_dict({name: tensor.float() for name, tensor in saved.tensors.items()})
