"""The process against its closed forms (PAPER.md section 2)."""

import pytest
import torch

from emtool.model import diffusion

SHAPE = (6, 2, 500)


@pytest.fixture
def t() -> torch.Tensor:
    return torch.tensor([0.02, 0.2, 0.4, 0.6, 0.8, 0.97], dtype=torch.float64)


def noise(seed: int) -> torch.Tensor:
    return torch.randn(SHAPE, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def test_the_schedule_preserves_variance(t: torch.Tensor) -> None:
    assert torch.allclose(diffusion.alpha(t) ** 2 + diffusion.sigma(t) ** 2, torch.ones_like(t))
    assert float(diffusion.alpha(torch.zeros(1))) == 1
    assert float(diffusion.sigma(torch.ones(1))) == 1


def test_the_loss_is_snr_plus_one_weighted(t: torch.Tensor) -> None:
    x, eps, wrong = noise(0), noise(1), noise(2)
    z = diffusion.diffuse(x, eps, t)
    v = diffusion.velocity(x, eps, t)
    guess = v + 0.1 * wrong
    x_hat = diffusion.signal_from_velocity(z, guess, t)
    weight = 1 + (diffusion.alpha(t) / diffusion.sigma(t)) ** 2
    weighted = weight * (x - x_hat).square().mean(dim=(1, 2))
    assert torch.allclose(weighted, (v - guess).square().mean(dim=(1, 2)), rtol=1e-9)


def test_velocity_gives_back_signal_and_noise(t: torch.Tensor) -> None:
    x, eps = noise(0), noise(1)
    z, v = diffusion.diffuse(x, eps, t), diffusion.velocity(x, eps, t)
    assert torch.allclose(diffusion.signal_from_velocity(z, v, t), x)
    assert torch.allclose(diffusion.noise_from_velocity(z, v, t), eps)


def test_diffusing_in_two_steps_is_diffusing_once(t: torch.Tensor) -> None:
    """Mean and variance of q(z_later | x) follow from q(z_t | x) and q(z_later | z_t)."""
    later = t + 0.02
    x = torch.full(SHAPE, 2.0, dtype=torch.float64)
    zero, one = torch.zeros_like(x), torch.ones_like(x)
    mean = diffusion.diffuse_further(diffusion.diffuse(x, zero, t), zero, t, later)
    assert torch.allclose(mean, diffusion.over_clips(diffusion.alpha(later), x) * x)
    carried = diffusion.diffuse_further(diffusion.diffuse(zero, one, t), zero, t, later)
    added = diffusion.diffuse_further(zero, one, t, later)
    expected = diffusion.over_clips(diffusion.sigma(later) ** 2, x).expand_as(x)
    assert torch.allclose(carried**2 + added**2, expected)


def test_the_reverse_step_inverts_the_forward_step(t: torch.Tensor) -> None:
    """Bayes: q(z_s | x) q(z_t | z_s) has the mean and variance of q(z_s | z_t, x) q(z_t | x)."""
    earlier = t - 0.01
    x, z_t = noise(0), noise(1)
    mean, variance = diffusion.reverse_mean_and_variance(z_t, x, t, earlier)
    ratio = diffusion.alpha(t) / diffusion.alpha(earlier)
    forward = diffusion.sigma(t) ** 2 - (ratio * diffusion.sigma(earlier)) ** 2  # variance of q(z_t | z_s)
    prior = diffusion.sigma(earlier) ** 2
    expected_variance = 1 / (1 / prior + ratio**2 / forward)
    assert torch.allclose(variance, expected_variance, rtol=1e-6)
    pull = diffusion.over_clips(ratio / forward, z_t) * z_t
    rest = diffusion.over_clips(diffusion.alpha(earlier) / prior, x) * x
    expected_mean = diffusion.over_clips(expected_variance, x) * (pull + rest)
    assert torch.allclose(mean, expected_mean, rtol=1e-6, atol=1e-9)


def test_stratified_times_fall_one_into_each_part() -> None:
    times = diffusion.stratified_times(16, torch.Generator().manual_seed(3))
    assert sorted((times * 16).int().tolist()) == list(range(16))
    assert times.tolist() != sorted(times.tolist())
