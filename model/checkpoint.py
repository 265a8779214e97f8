"""One safetensors file that explains itself: weights, config, training data. Nothing is unpickled."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from emtool.crawler.errors import CheckpointError, UsageError
from emtool.model.config import Config
from emtool.model.tensor_files import writing

VERSION = 1
FILE = "checkpoint.safetensors"  # the averaged weights of a run, all that sampling needs
EXPORTED = "model.safetensors"  # the same in an exported folder, under the name that the Hub knows
SHIPPED = ("demo",)  # names that stand for the checkpoints in model/pretrained/

_FORMAT = "emtool-checkpoint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """What a file holds."""

    config: Config
    tensors: dict[str, Tensor]
    about: dict[str, Any]  # step, dataset, sampling settings, ...


def save(path: Path, tensors: Mapping[str, Tensor], config: Config, about: Mapping[str, Any]) -> None:
    """Write a checkpoint atomically: the file of before stays until the new one is whole.

    Raises:
        OSError: The disk is full or the folder is not writable.
    """
    metadata = {
        "format": _FORMAT,
        "version": str(VERSION),
        "config": json.dumps(config.to_json()),
        "about": json.dumps(dict(about), ensure_ascii=False),
    }
    with writing(path) as part:
        save_file(
            {name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, part, metadata
        )


def load(path: Path) -> Checkpoint:
    """Read a checkpoint.

    Raises:
        CheckpointError: The file is missing, cut off, not emtool's, or of a newer version.
    """
    if not path.is_file():
        raise CheckpointError(f"no checkpoint at {path}: name a run folder, a .safetensors file, or 'demo'")
    try:
        with safe_open(path, framework="pt") as opened:
            metadata = opened.metadata() or {}
            if metadata.get("format") != _FORMAT:
                raise CheckpointError(f"{path} is no checkpoint of emtool: its header names no {_FORMAT!r}")
            if not metadata["version"].isdigit() or int(metadata["version"]) > VERSION:
                raise CheckpointError(
                    f"{path} has checkpoint version {metadata['version']}, known are up to {VERSION}: "
                    "upgrade emtool"
                )
            tensors = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118 - no mapping
    except (SafetensorError, OSError) as error:
        raise CheckpointError(
            f"{path} is cut off or no safetensors file ({error}): take an earlier one"
        ) from error
    try:
        config = Config.from_json(json.loads(metadata["config"]))
        about = json.loads(metadata["about"])
    except (KeyError, ValueError, UsageError) as error:
        raise CheckpointError(f"{path} has a config that this emtool does not know ({error})") from error
    return Checkpoint(config=config, tensors=tensors, about=about)


def find(run: str | Path) -> Path:
    """Turn ``demo``, a run, an exported folder or a file into the path of a checkpoint.

    Raises:
        CheckpointError: Nothing is there.
    """
    if str(run) in SHIPPED:
        return Path(str(resources.files("emtool.model.pretrained") / f"{run}.safetensors"))
    path = Path(run)
    if not path.is_dir():
        return path
    for name in (FILE, EXPORTED):
        if (path / name).is_file():
            return path / name
    raise CheckpointError(
        f"{run} has neither {FILE} nor {EXPORTED}: train into it first, with emtool train --out {run}"
    )
