"""The MDCT is orthonormal, inverts exactly and finds a tone where it is."""

import math

import pytest
import torch

from emtool.model.frontend import Mdct


@pytest.mark.parametrize("bands", [1, 8, 64, 256])
def test_it_inverts_and_keeps_energy(bands: int) -> None:
    x = torch.randn(3, 2, bands * 10, generator=torch.Generator().manual_seed(0))
    mdct = Mdct(bands)
    coefficients = mdct.analyse(x)
    assert coefficients.shape == (3, 2 * bands, 10)
    assert torch.allclose(mdct.synthesise(coefficients), x, atol=1e-5)
    assert torch.allclose(coefficients.square().sum(), x.square().sum(), rtol=1e-5)


def test_white_noise_stays_white() -> None:
    x = torch.randn(8, 1, 64 * 400, generator=torch.Generator().manual_seed(0))
    power = Mdct(64).analyse(x).square().mean(dim=(0, 2))
    assert float(power.min()) > 0.9
    assert float(power.max()) < 1.1


def test_a_tone_stands_in_its_band_and_the_quadrature_fills_the_gaps() -> None:
    bands, band = 64, 20
    n = torch.arange(bands * 40)
    tone = torch.cos(math.pi * (band + 0.5) / bands * n)[None, None]
    mdct = Mdct(bands)
    cosine, sine = mdct.analyse(tone), mdct.quadrature(tone)
    assert int(cosine.square().mean(dim=(0, 2)).argmax()) == band
    envelope = (cosine[0, band] ** 2 + sine[0, band] ** 2).sqrt()[2:-2]
    assert float(envelope.std() / envelope.mean()) < 0.15
    assert float(cosine[0, band, 2:-2].abs().std() / cosine[0, band, 2:-2].abs().mean()) > 0.3
