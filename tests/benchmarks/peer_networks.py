"""The networks that ``bench_peers.py`` compares, each at about the asked number of parameters and without text."""

import ast
import importlib
import sys
import types
from bisect import bisect_left
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

import torch
from torch import Tensor, nn

from emtool.model.config import ModelConfig
from emtool.model.network import build_network, parameter_count
from emtool.model.text_encoder import TextStates
from tests.benchmarks.peer_weights import dance_diffusion, waveform_config

LAYOUTS = {  # millions of parameters: channels of Dance Diffusion's layout
    2: (16, 16, 32, 32, *[64] * 6),
    10: (32, 32, 64, 64, *[128] * 7),
    50: (80, 80, 160, 160, *[320] * 6),
}
ATTENTION_LEVELS = 4
_ROUND = 8  # channels are multiples of it
_BLOCKS = {
    "ResidualBlock",
    "ResConvBlock",
    "SelfAttention1d",
    "SkipBlock",
    "FourierFeatures",
    "expand_to_planes",
    "_kernels",
    "Downsample1d",
    "Upsample1d",
}


class Network(NamedTuple):
    """A network and how it is called."""

    module: nn.Module
    velocity: Callable[[Tensor, Tensor], Tensor]  # of z [B, 1, T] and t [B]


def _ours(config: ModelConfig) -> Network:
    module = build_network(config, 0)

    def velocity(z: Tensor, t: Tensor) -> Tensor:
        count = len(z)
        nothing = TextStates(
            z.new_zeros(count, 0),
            z.new_zeros(count, 1, 0),
            torch.ones(count, 1, dtype=torch.bool, device=z.device),
        )
        made: Tensor = module(z, t, nothing)
        return made

    return Network(module, velocity)


def emtool_waveform(millions: int, samples: int) -> Network:
    """Make our faithful deep U-Net: the layout, and so the parameters, of ``diffusers``."""
    config = waveform_config(LAYOUTS[millions], ATTENTION_LEVELS, audio_channels=1, samples=samples)
    return _ours(config.model)


def emtool_mdct(millions: int, samples: int) -> Network:
    """Make our fast design, two levels wide enough for the parameters."""

    def sized(width: int) -> ModelConfig:
        channels = (width, width + width // 4 // _ROUND * _ROUND)
        return ModelConfig(
            text_encoder="none", fuse="none", samples=samples, unet_channels=channels, blocks=2
        )

    def parameters(width: int) -> int:
        with torch.device("meta"):
            return parameter_count(build_network(sized(width), 0))

    return _ours(sized(_width_for(millions, parameters)))


def diffusers(millions: int, samples: int) -> Network:
    """Make ``UNet1DModel`` in the Dance Diffusion configuration; t must be a tensor, or it becomes a long."""
    module = dance_diffusion(LAYOUTS[millions], ATTENTION_LEVELS, audio_channels=1, samples=samples)
    return Network(module, lambda z, t: module(z, t, return_dict=False)[0])


def published_unet_v0() -> Any:
    """Import ``UNetV0``; of torchaudio, which has no build for this torch, its package only imports a name."""
    stub: Any = types.ModuleType("torchaudio")
    stub.transforms = types.ModuleType("torchaudio.transforms")
    with patch.dict(sys.modules, {"torchaudio": stub}):
        return importlib.import_module("audio_diffusion_pytorch").UNetV0


def audio_diffusion_pytorch(millions: int, samples: int) -> Network:
    """Make ``UNetV0`` of the README's layout, its widths scaled; torchaudio, which it only imports, is stood in for."""
    made = published_unet_v0()

    def sized(width: int) -> Any:
        widths = [width // 16, width // 8, width // 4, width // 2, width, width, width, width]
        return made(
            dim=1,
            in_channels=1,
            out_channels=1,
            channels=[max(_ROUND, w // _ROUND * _ROUND) for w in widths],
            factors=[1, 4, 4, 4, 2, 2, 2, 2],
            items=[1, 2, 2, 2, 2, 2, 2, 2],
            attentions=[0, 0, 0, 0, 0, 1, 1, 1],
            attention_heads=8,
            attention_features=max(_ROUND, width // 8 // _ROUND * _ROUND),
            modulation_features=max(32, width),
        )

    def parameters(width: int) -> int:
        with torch.device("meta"):
            return parameter_count(sized(width))

    module = sized(_width_for(millions, parameters))
    return Network(module, lambda z, t: module(z, time=t))


def stable_audio_tools(millions: int, samples: int) -> Network:
    """Make ``DiffusionAttnUnet1D`` from the classes of the PyPI wheel, which does not install beside a current torch.

    Only the classes that the network consists of are taken from the wheel's files; ``use_snake``, which its own
    block does not know, is dropped.
    """
    folder = next(
        path for entry in sys.path if (path := Path(entry) / "stable_audio_tools" / "models").is_dir()
    )
    space: dict[str, Any] = {"nn": nn, "torch": torch, "F": nn.functional, "math": __import__("math")}
    space |= {"partial": partial, "version": __import__("packaging.version").version}
    _take(folder / "blocks.py", _BLOCKS, space)
    space["ResConvBlock"] = _without_snake(space["ResConvBlock"])
    _take(folder / "diffusion.py", {"DiffusionAttnUnet1D"}, space)
    channels = LAYOUTS[millions]
    module = space["DiffusionAttnUnet1D"](
        io_channels=1,
        depth=len(channels),
        n_attn_layers=ATTENTION_LEVELS - 1,  # it counts one less
        channels=list(channels),
        strides=[2] * (len(channels) - 1),
    )
    return Network(module, module)


def _without_snake(block: Callable[..., nn.Module]) -> Callable[..., nn.Module]:
    def made(*channels: int, use_snake: bool, **options: Any) -> nn.Module:
        assert not use_snake
        return block(*channels, **options)

    return made


def _take(path: Path, names: set[str], space: dict[str, Any]) -> None:
    """Run the named definitions of a Python file, and nothing else of it."""
    tree = ast.parse(path.read_text(encoding="utf-8"))

    def wanted(node: ast.stmt) -> bool:
        if isinstance(node, ast.Assign):
            return any(isinstance(target, ast.Name) and target.id in names for target in node.targets)
        return isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names

    tree.body = [node for node in tree.body if wanted(node)]
    exec(compile(tree, str(path), "exec"), space)


def _width_for(millions: int, parameters: Callable[[int], int]) -> int:
    """Width whose parameters come nearest; they grow with the width."""
    widths = range(32, 1536, _ROUND)
    above = bisect_left(widths, 1e6 * millions, key=parameters)
    return min(widths[above - 1 : above + 1], key=lambda width: abs(parameters(width) - 1e6 * millions))


NETWORKS: dict[str, Callable[[int, int], Network]] = {
    "diffusers": diffusers,
    "stable-audio-tools": stable_audio_tools,
    "audio-diffusion-pytorch": audio_diffusion_pytorch,
    "emtool waveform": emtool_waveform,
    "emtool mdct": emtool_mdct,
}
