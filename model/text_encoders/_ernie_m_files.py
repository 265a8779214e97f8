"""The files of a published ERNIE-M checkpoint, from a folder or the Hub, read without unpickling."""

import json
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from emtool.crawler.errors import CheckpointError, UsageError

WEIGHTS = ("model.safetensors", "pytorch_model.bin")  # the first that there is
_HEAD_PREFIX = "ernie_m."  # of the encoder's weights in a checkpoint that has a task's head


def find(source: str, *names: str) -> Path:
    """Give the first of the named files that a folder, or a repository of the Hub, has.

    Raises:
        UsageError: It has none of them, or cannot be reached.
    """
    found, why = _look(source, names)
    if found is None:
        raise UsageError(
            f"cannot load the text encoder {source!r}: no {' or '.join(names)} ({why}): give a folder with the "
            "files of susnato/ernie-m-base_pytorch, or a Hub name"
        )
    return found


def find_optional(source: str, name: str) -> Path | None:
    """Give a file of a folder or a repository of the Hub, or None."""
    return _look(source, (name,))[0]


def _look(source: str, names: tuple[str, ...]) -> tuple[Path | None, str]:
    folder = Path(source).expanduser()
    if folder.is_dir():
        found = (folder / name for name in names if (folder / name).is_file())
        return next(found, None), "there is none in the folder"
    return _from_hub(source, names)


def _from_hub(source: str, names: tuple[str, ...]) -> tuple[Path | None, str]:
    from huggingface_hub import hf_hub_download

    why = ""
    for name in names:
        try:
            return Path(hf_hub_download(source, name)), ""
        except (OSError, ValueError) as error:  # all that the Hub's client raises is one of them
            why = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return None, why


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object.

    Raises:
        CheckpointError: It is none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CheckpointError(f"{path} is no JSON ({error}): fetch it again") from error
    if not isinstance(value, dict):
        raise CheckpointError(f"{path} holds no JSON object: fetch it again")
    return value


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read the encoder's weights as 32-bit floats, named as ``ErnieMModel`` names them.

    Raises:
        CheckpointError: The file is cut off, foreign, or wants to run code.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            state = load_file(path)
        else:
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, pickle.UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{path} cannot be read as weights alone ({type(error).__name__}): it is cut off or foreign; fetch it again"
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise CheckpointError(
            f"{path} holds something else than named weights: it is no checkpoint of ERNIE-M"
        )
    return {name.removeprefix(_HEAD_PREFIX): value.float() for name, value in state.items()}
