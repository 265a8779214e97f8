"""Samplers with denoisers whose answer is known."""

import pytest
import torch

from emtool.crawler import registry
from emtool.model.diffusion import Denoiser, alpha, sampling_times, sigma, velocity

SAMPLERS = registry.names("emtool.model.samplers")


def run(
    sampler: str, denoise: Denoiser, steps: int, seed: int = 0, shape: tuple[int, ...] = (4, 1, 64)
) -> torch.Tensor:
    stream = torch.Generator().manual_seed(seed)

    def noise() -> torch.Tensor:
        return torch.randn(shape, generator=stream, dtype=torch.float64)

    done: list[int] = []
    plugin = registry.load("emtool.model.samplers", sampler)
    times = sampling_times(steps).double()
    out: torch.Tensor = plugin.sample(denoise, noise(), times, noise=noise, callback=done.append)
    assert done == list(range(1, steps + 1))
    return out


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_a_denoiser_that_knows_the_data_returns_it(sampler: str) -> None:
    data = torch.randn(4, 1, 64, generator=torch.Generator().manual_seed(9), dtype=torch.float64)

    def knows(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        level, noise_level = alpha(t)[:, None, None], sigma(t)[:, None, None]
        return velocity(data, (z - level * data) / noise_level, t)

    assert torch.allclose(run(sampler, knows, 20), data, atol=1e-6)


def exact_gaussian(scale: float) -> Denoiser:
    """The best estimate of v where the data are N(0, scale^2)."""

    def denoise(z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        level, noise_level = alpha(t)[:, None, None], sigma(t)[:, None, None]
        return level * noise_level * (1 - scale**2) / ((level * scale) ** 2 + noise_level**2) * z

    return denoise


@pytest.mark.parametrize("sampler", SAMPLERS)
def test_the_samples_of_a_gaussian_have_its_spread(sampler: str) -> None:
    sound = run(sampler, exact_gaussian(0.3), 400, shape=(64, 1, 256))
    assert float(sound.std()) == pytest.approx(0.3, rel=0.05)
    assert abs(float(sound.mean())) < 0.02


def test_ddim_gets_closer_with_more_steps() -> None:
    errors = [abs(float(run("ddim", exact_gaussian(0.3), steps).std()) / 0.3 - 1) for steps in (5, 20, 80)]
    start = run("ddim", exact_gaussian(0.3), 400).std() / 0.3 - 1
    assert errors[0] > errors[1] > abs(float(start))


def test_only_the_ancestral_sampler_draws_noise_on_the_way() -> None:
    streams = {}
    for sampler in SAMPLERS:
        drawn: list[int] = []

        def noise(kept: list[int] = drawn) -> torch.Tensor:
            kept.append(1)
            return torch.zeros(1, 1, 8, dtype=torch.float64)

        plugin = registry.load("emtool.model.samplers", sampler)
        plugin.sample(
            exact_gaussian(1.0), torch.ones(1, 1, 8).double(), sampling_times(10).double(), noise=noise
        )
        streams[sampler] = len(drawn)
    assert streams == {"ancestral": 9, "ddim": 0}
