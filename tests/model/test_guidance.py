"""Guidance, against its formulas on a network whose answers are known."""

from pathlib import Path

import pytest
import torch

from emtool.crawler.errors import UsageError
from emtool.model.guidance import Conditions, Guidance, blend
from emtool.model.sample import Sampler

Z = torch.randn(2, 1, 2048, generator=torch.Generator().manual_seed(0))
T = torch.tensor([0.5, 0.5])
CLIPS = torch.tensor([0, 1])


@pytest.fixture(scope="module")
def sampler(trained: Path) -> Sampler:
    opened = Sampler.open(trained)
    stream = torch.Generator().manual_seed(7)
    for weights in opened.network.parameters():  # six steps of training leave what hears the text near zero
        weights.add_(0.1 * torch.randn(weights.shape, generator=stream))
    return opened


@torch.inference_mode()
def velocity(
    sampler: Sampler, *texts: str | tuple[tuple[str, float], ...], **options: object
) -> torch.Tensor:
    blends = [((text, 1.0),) if isinstance(text, str) else text for text in texts]
    conditions = Conditions(sampler.network, sampler.encoder, blends, Guidance(**options))  # type: ignore[arg-type]
    return conditions.velocity(Z[: len(texts)], T[: len(texts)], CLIPS[: len(texts)])


@torch.inference_mode()
def bare(sampler: Sampler, text: str, *, dropped: bool = False) -> torch.Tensor:
    states = sampler.encoder([text])
    if dropped:
        states = sampler.network.without_text(states, torch.tensor([True]))
    found: torch.Tensor = sampler.network(Z[:1], T[:1], states)
    return found


def test_guidance_goes_from_no_text_through_the_text_and_beyond(sampler: Sampler) -> None:
    none, flute = bare(sampler, "flute", dropped=True), bare(sampler, "flute")
    assert not torch.allclose(none, flute, atol=1e-3)
    for scale in (0.0, 1.0, 3.0):
        expected = none + scale * (flute - none)
        assert torch.allclose(velocity(sampler, "flute", scale=scale), expected, atol=1e-4)


def test_a_negative_text_takes_the_place_of_the_empty_one(sampler: Sampler) -> None:
    cello, flute = bare(sampler, "cello"), bare(sampler, "flute")
    expected = cello + 3 * (flute - cello)
    assert torch.allclose(velocity(sampler, "flute", scale=3.0, negative="cello"), expected, atol=1e-4)
    assert torch.allclose(velocity(sampler, "flute", scale=0.0, negative="cello"), cello, atol=1e-4)


def test_a_blend_weighs_the_velocities_of_its_texts(sampler: Sampler) -> None:
    cello, flute = bare(sampler, "cello"), bare(sampler, "flute")
    mixed = velocity(sampler, tuple(blend("cello", "flute", 0.25)), scale=1.0)
    assert torch.allclose(mixed, 0.75 * cello + 0.25 * flute, atol=1e-4)


def test_a_plain_prompt_beside_a_blend_stays_what_it_is(sampler: Sampler) -> None:
    both = velocity(sampler, "flute", tuple(blend("cello", "flute", 0.5)), scale=1.0)
    assert torch.allclose(both[:1], bare(sampler, "flute"), atol=1e-4)


def test_rescaling_brings_back_the_level_of_the_text_alone(sampler: Sampler) -> None:
    plain, guided = bare(sampler, "flute"), velocity(sampler, "flute", scale=8.0)
    level, wanted = guided.std(), plain.std()
    assert level > 1.05 * wanted
    rescaled = velocity(sampler, "flute", scale=8.0, rescale=1.0)
    assert float(rescaled.std()) == pytest.approx(float(wanted), rel=1e-3)
    assert torch.allclose(rescaled / wanted, guided / level, atol=1e-4)
    half = velocity(sampler, "flute", scale=8.0, rescale=0.5)
    assert float(half.std()) == pytest.approx(float(level + wanted) / 2, rel=1e-3)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale": 101.0}, "guidance=101.0 is outside 0 to 100"),
        ({"rescale": -0.1}, "rescale=-0.1 is outside"),
    ],
)
def test_numbers_have_their_range(options: dict[str, float], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Guidance(**options)  # type: ignore[arg-type]
