"""Samplers with denoisers whose answer is known."""

import math
from functools import partial
from itertools import pairwise

import pytest
import torch

from emtool.crawler import registry
from emtool.model.diffusion import Denoiser, alpha, log_snr, sampling_times, sigma, velocity

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
    assert streams == {"ancestral": 9, "ddim": 0, "dpmpp-2m": 0, "heun": 0}


class Mixture:
    """Two Gaussians on a line, for which everything is known: the best denoiser, and where its flow ends."""

    share = torch.tensor([0.3, 0.7], dtype=torch.float64)
    mean = torch.tensor([-1.0, 0.5], dtype=torch.float64)
    spread = torch.tensor([0.2, 0.3], dtype=torch.float64)

    def velocity(self, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        level, noise_level = alpha(t)[:, None, None], sigma(t)[:, None, None]
        variance = (level[..., None] * self.spread) ** 2 + noise_level[..., None] ** 2
        off = z[..., None] - level[..., None] * self.mean
        belongs = torch.softmax(self.share.log() - variance.log() / 2 - off**2 / variance / 2, dim=-1)
        x = (belongs * (self.mean + level[..., None] * self.spread**2 / variance * off)).sum(-1)
        return (level * z - x) / noise_level

    def below(self, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        """Share of all z_t that lie below ``z``."""
        deviation = ((alpha(t) * self.spread) ** 2 + sigma(t) ** 2).sqrt()
        shares: torch.Tensor = torch.special.ndtr((z[..., None] - alpha(t) * self.mean) / deviation)
        return (self.share * shares).sum(-1)

    def arrives(self, z: torch.Tensor, t: torch.Tensor, earlier: torch.Tensor) -> torch.Tensor:
        """Where the flow carries ``z``: on a line it keeps the order, so the share below stays what it was."""
        low, high = torch.full_like(z, -9), torch.full_like(z, 9)
        for _ in range(80):
            middle = (low + high) / 2
            under = self.below(middle, earlier) < self.below(z, t)
            low, high = torch.where(under, middle, low), torch.where(under, high, middle)
        return low


@pytest.mark.parametrize(("sampler", "order"), [("ddim", 1), ("dpmpp-2m", 2), ("heun", 2)])
def test_the_error_of_a_sampler_falls_with_its_order(sampler: str, order: int) -> None:
    mixture, errors = Mixture(), []
    z = torch.linspace(-2, 2, 41, dtype=torch.float64)[:, None, None]
    ends = torch.tensor([0.9, 0.1], dtype=torch.float64)
    goal = mixture.arrives(z, *ends)
    first, last = (log_snr(ends) / 2).tolist()
    plugin = registry.load("emtool.model.samplers", sampler)
    for steps in (40, 80, 160):
        signal_to_noise = torch.linspace(first, last, steps + 1, dtype=torch.float64)
        times = torch.atan(torch.exp(-signal_to_noise)) * 2 / math.pi
        out = plugin.sample(mixture.velocity, z, times, noise=z.clone)
        errors.append(float((out - goal).abs().mean()))
    orders = [math.log2(before / after) for before, after in pairwise(errors)]
    assert orders == pytest.approx([order, order], abs=0.12)
    assert errors[-1] < (5e-3 if order == 1 else 1e-4)


def test_the_spread_of_ancestral_samples_comes_closer_with_the_first_order() -> None:
    scale, errors = 0.3, []
    plugin = registry.load("emtool.model.samplers", "ancestral")
    for steps in (160, 320, 640):
        draws = torch.eye(steps, dtype=torch.float64)[
            :, :, None, None
        ].unbind()  # each clip gets one of them alone
        rest = iter(draws[1:])
        out = plugin.sample(
            exact_gaussian(scale), draws[0], sampling_times(steps).double(), noise=partial(next, rest)
        )
        variance = float(out.square().sum())  # it is linear here, so what single draws do adds up
        errors.append(abs(variance - scale**2))
    orders = [math.log2(before / after) for before, after in pairwise(errors)]
    assert orders == pytest.approx([1, 1], abs=0.15)


def test_a_few_second_order_steps_are_worth_many_of_the_first() -> None:
    mixture = Mixture()
    z = torch.linspace(-2, 2, 41, dtype=torch.float64)[:, None, None]
    goal = mixture.arrives(z, sampling_times(1)[0].double(), torch.zeros((), dtype=torch.float64))
    errors = {}
    for sampler, steps in (("ddim", 40), ("dpmpp-2m", 20), ("heun", 20)):
        plugin = registry.load("emtool.model.samplers", sampler)
        out = plugin.sample(mixture.velocity, z, sampling_times(steps).double(), noise=z.clone)
        errors[sampler] = float((out - goal).abs().mean())
    assert max(errors["dpmpp-2m"], errors["heun"]) < 0.7 * errors["ddim"]
