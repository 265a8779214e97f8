"""Windows over long clips: every sample is covered, once in all, and nothing jumps."""

import numpy as np
import pytest
import torch

from emtool.model.sample import Sampler
from emtool.model.windows import Windows
from tests.model.making import RATE_HZ, SAMPLES


@pytest.mark.parametrize("length", [256, 264, 384, 520, 1024, 1032])
def test_cutting_and_joining_gives_the_clips_back(length: int) -> None:
    windows = Windows(length, 256, 8)
    assert windows.starts[0] == 0
    assert windows.starts[-1] == length - 256
    assert all(start % 8 == 0 for start in windows.starts)
    assert all(
        0 < after - start <= 128 + 8 for start, after in zip(windows.starts, windows.starts[1:], strict=False)
    )
    clips = torch.randn(3, 2, length, generator=torch.Generator().manual_seed(length))
    pieces = windows.cut(clips)
    assert pieces.shape == (3 * len(windows.starts), 2, 256)
    assert torch.equal(pieces[len(windows.starts)], clips[1, :, :256])
    assert torch.allclose(windows.join(pieces), clips, atol=1e-6)


def test_windows_that_disagree_cross_without_a_jump() -> None:
    windows = Windows(1024, 256, 8)
    levels = torch.arange(len(windows.starts), dtype=torch.float32)[:, None, None].expand(-1, 1, 256)
    joined = windows.join(levels)[0, 0]
    assert float(joined.diff().abs().max()) < 0.02
    assert float(joined[0]) == 0
    assert float(joined[-1]) == pytest.approx(len(windows.starts) - 1)


@pytest.fixture(scope="module")
def sampler(trained: "object") -> Sampler:
    return Sampler.open(str(trained))


def test_a_sound_of_any_length_repeats_whatever_the_batch(sampler: Sampler) -> None:
    options = {"steps": 2, "precision": "fp32", "seed": 4}
    long = sampler.generate(["flute", "cello"], seconds=1.3, batch=8, **options)  # type: ignore[arg-type]
    assert long.shape == (2, 1, round(1.3 * RATE_HZ))
    again = sampler.generate(["flute", "cello"], seconds=1.3, batch=2, **options)  # type: ignore[arg-type]
    assert np.allclose(long, again, atol=1e-4)
    short = sampler.generate(["flute"], seconds=0.1, **options)  # type: ignore[arg-type]
    whole = sampler.generate(["flute"], **options)  # type: ignore[arg-type]
    assert whole.shape[-1] == SAMPLES
    assert np.array_equal(short, whole[..., : round(0.1 * RATE_HZ)])
