"""Weights of diffusers' Dance Diffusion network in our design ``waveform`` give its outputs."""

import pytest
import torch

from emtool.model.network import build_network, parameter_count
from emtool.model.text_encoder import TextStates
from tests.benchmarks.peer_weights import carry_over, dance_diffusion, waveform_config

CHANNELS = (
    32,
    32,
    96,
    96,
    96,
    96,
)  # diffusers narrows a level with attention one block earlier than published
SAMPLES = 1024


@pytest.mark.parametrize("audio_channels", [1, 2])
def test_weights_carried_over_give_equal_outputs(audio_channels: int) -> None:
    pytest.importorskip("diffusers", reason="diffusers is no dependency: pip install diffusers to compare")
    torch.manual_seed(0)
    theirs = dance_diffusion(CHANNELS, 2, audio_channels=audio_channels, samples=SAMPLES)
    ours = build_network(
        waveform_config(CHANNELS, 2, audio_channels=audio_channels, samples=SAMPLES).model, 0
    )
    carry_over(theirs, ours)
    assert parameter_count(ours) == parameter_count(theirs)
    z, t = torch.randn(2, audio_channels, SAMPLES), torch.tensor([0.2, 0.7])
    nothing = TextStates(torch.zeros(2, 0), torch.zeros(2, 1, 0), torch.ones(2, 1, dtype=torch.bool))
    with torch.no_grad():
        assert torch.allclose(ours(z, t, nothing), theirs(z, t).sample, atol=2e-5)
