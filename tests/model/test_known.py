"""Sound that is given: kept where it is to stay, whatever the sampler; the rest is made beside it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emtool.crawler import registry
from emtool.crawler.errors import UsageError
from emtool.model.diffusion import sampling_times
from emtool.model.known import Known, holding
from emtool.model.sample import Sampler
from tests.model.making import RATE_HZ, SAMPLES, tone
from tests.model.test_samplers import exact_gaussian

OPTIONS = {"steps": 4, "precision": "fp32", "seed": 3}


@pytest.fixture(scope="module")
def sampler(trained: Path) -> Sampler:
    return Sampler.open(trained)


@pytest.mark.parametrize("name", registry.names("emtool.model.samplers"))
def test_what_is_known_comes_out_and_the_rest_is_free(name: str) -> None:
    stream = torch.Generator().manual_seed(1)

    def noise() -> torch.Tensor:
        return torch.randn(64, 1, 64, generator=stream, dtype=torch.float64)

    signal = torch.linspace(-1, 1, 64, dtype=torch.float64)[None]
    keep = torch.zeros(64, dtype=torch.float64)
    keep[:32] = 1
    plugin = registry.load("emtool.model.samplers", name)
    denoise = holding(exact_gaussian(0.3), signal, keep)
    out = plugin.sample(denoise, noise(), sampling_times(100).double(), noise=noise)
    assert torch.allclose(out[..., :32], signal[..., :32].expand(64, 1, 32), atol=1e-6)
    assert float(out[..., 32:].std()) == pytest.approx(0.3, rel=0.1)


def test_an_infilled_part_changes_and_the_rest_stays(sampler: Sampler) -> None:
    sound = tone(220.0)
    known = Known.infilled(sound, 800, 1200, RATE_HZ)
    (made, other) = sampler.generate(["flute", "cello"], known=known, **OPTIONS)  # type: ignore[arg-type]
    fade = round(0.03 * RATE_HZ)
    for clip in (made, other):
        assert np.allclose(clip[:, : 800 - fade], sound[:, : 800 - fade], atol=1e-6)
        assert np.allclose(clip[:, 1200 + fade :], sound[:, 1200 + fade :], atol=1e-6)
        assert np.abs(clip[:, 800:1200] - sound[:, 800:1200]).max() > 0.05
        assert np.abs(np.diff(clip)).max() < 3 * np.abs(np.diff(clip[:, 900:1100])).max()
    assert not np.allclose(made[:, 800:1200], other[:, 800:1200], atol=1e-3)


def test_a_sound_is_continued_beyond_one_window(sampler: Sampler) -> None:
    sound = tone(220.0, 1500)
    known = Known.continued(sound, 5000, RATE_HZ)
    (made,) = sampler.generate(["flute"], known=known, **OPTIONS)  # type: ignore[arg-type]
    assert made.shape == (1, 5000)
    assert np.allclose(made[:, :1300], sound[:, :1300], atol=1e-6)
    assert np.abs(made[:, 1500:]).std() > 0


def test_a_weak_variation_stays_close_and_a_strong_one_goes_far(sampler: Sampler) -> None:
    sound = tone(220.0)
    off = [
        float(np.abs(sampler.generate(["flute"], known=Known.varied(sound, s), **OPTIONS)[0] - sound).mean())  # type: ignore[arg-type]
        for s in (0.05, 0.4, 1.0)
    ]
    assert off[0] < 0.02
    assert off[0] < off[1] < off[2]


@pytest.mark.parametrize("strength", [0.0, 1.01, -1.0])
def test_a_strength_has_its_range(strength: float) -> None:
    with pytest.raises(UsageError, match=f"strength={strength} is outside 0 to 1"):
        Known.varied(tone(220.0), strength)


def test_parts_must_lie_in_the_sound() -> None:
    sound = tone(220.0)
    with pytest.raises(
        UsageError, match=r"the part from 0.3 to 0.2 s does not lie in the 0.512 s of the sound"
    ):
        Known.infilled(sound, 1200, 800, RATE_HZ)
    with pytest.raises(UsageError, match=r"seconds=0.5 is the length of the whole, .* has 0.512 already"):
        Known.continued(sound, SAMPLES - 48, RATE_HZ)
