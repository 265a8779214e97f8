"""Weights of diffusers' ``UNet1DModel`` in the Dance Diffusion configuration, carried over into our waveform design."""

import importlib
from typing import Any

import torch
from torch import Tensor, nn

from emtool.model.config import Config, ModelConfig, TrainConfig

TIME_FEATURES = 16


def waveform_config(
    channels: tuple[int, ...], attention_levels: int, *, audio_channels: int, samples: int
) -> Config:
    """Settings of the design ``waveform`` that make it Dance Diffusion's network, without text."""
    return Config(
        model=ModelConfig(
            design="waveform",
            text_encoder="none",
            fuse="none",
            channels=audio_channels,
            samples=samples,
            emphasis=0.0,
            unet_channels=channels,
            attention_levels=attention_levels,
            blocks=3,
            kernel=5,
            groups=1,
            head_dim=32,
            time_dim=TIME_FEATURES,
        ),
        train=TrainConfig(),
    )


def dance_diffusion(
    channels: tuple[int, ...], attention_levels: int, *, audio_channels: int, samples: int
) -> Any:
    """Make diffusers' network of the same layout; its middle block is the deepest of our levels."""
    made = importlib.import_module("diffusers").UNet1DModel  # compared with, never depended on
    attended, plain = attention_levels - 1, len(channels) - attention_levels
    return made(
        sample_size=samples,
        in_channels=audio_channels,
        out_channels=audio_channels,
        extra_in_channels=TIME_FEATURES,
        time_embedding_dim=TIME_FEATURES,
        block_out_channels=channels[:-1],
        down_block_types=(
            "DownBlock1DNoSkip",
            *["DownBlock1D"] * (plain - 1),
            *["AttnDownBlock1D"] * attended,
        ),
        up_block_types=(*["AttnUpBlock1D"] * attended, *["UpBlock1D"] * (plain - 1), "UpBlock1DNoSkip"),
        mid_block_type="UNetMidBlock1D",
    )


def _block(theirs: Any) -> dict[str, Tensor]:
    pairs = {
        "first": theirs.conv_1,
        "norm": theirs.group_norm_1,
        "second": theirs.conv_2,
        "leave": getattr(theirs, "group_norm_2", None),
        "skip": getattr(theirs, "conv_skip", None),
    }
    return {
        f"{name}.{key}": value
        for name, module in pairs.items()
        if module is not None
        for key, value in module.state_dict().items()
    }


def _attention(theirs: Any) -> dict[str, Tensor]:
    projections = (theirs.query, theirs.key, theirs.value)
    return {
        "norm.weight": theirs.group_norm.weight,
        "norm.bias": theirs.group_norm.bias,
        "of_music.weight": torch.cat([part.weight for part in projections]),
        "of_music.bias": torch.cat([part.bias for part in projections]),
        "out.weight": theirs.proj_attn.weight,
        "out.bias": theirs.proj_attn.bias,
    }


def _level(blocks: Any, attentions: Any) -> dict[str, Tensor]:
    found: dict[str, Tensor] = {}
    for index, theirs in enumerate(blocks):
        found |= {f"blocks.{index}.{key}": value for key, value in _block(theirs).items()}
    for index, theirs in enumerate(attentions):
        found |= {f"attention.{index}.{key}": value for key, value in _attention(theirs).items()}
    return found


def carry_over(theirs: Any, ours: nn.Module) -> None:
    """Copy all weights of ``dance_diffusion(...)`` into a network of ``waveform_config(...)``.

    Raises:
        RuntimeError: The two are not of the same layout.
    """
    middle, deepest = theirs.mid_block, len(theirs.down_blocks)
    half = len(middle.resnets) // 2
    sides: dict[str, dict[str, Tensor]] = {
        f"down.{deepest}": _level(middle.resnets[:half], middle.attentions[:half]),
        f"up.{deepest}": _level(middle.resnets[half:], middle.attentions[half:]),
    }
    for level, (down, up) in enumerate(zip(theirs.down_blocks, reversed(theirs.up_blocks), strict=True)):
        for side, blocks in (("down", down), ("up", up)):
            sides[f"{side}.{level}"] = _level(blocks.resnets, getattr(blocks, "attentions", ()))
    state = {
        f"unet.{side}.{key}": value
        for side, level_state in sides.items()
        for key, value in level_state.items()
    }
    own = ours.state_dict()
    state |= {
        "time.frequencies": theirs.time_proj.weight,
        "band_gain": own["band_gain"],
        "band_scale": own["band_scale"],
    }
    ours.load_state_dict(state)
