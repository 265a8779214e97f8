"""A run as something to pass on: one small file, or a folder that the Hugging Face Hub understands."""

import shutil
from pathlib import Path
from typing import Any

import torch

from emtool.crawler.errors import UsageError
from emtool.crawler.files import write_json, write_text
from emtool.model import checkpoint
from emtool.model.model_card import card
from emtool.model.origin import ATTRIBUTION

WEIGHTS = {"fp16": torch.float16, "fp32": torch.float32}

_ONLY_FOR_TRAINING = ("recent_losses", "scaler", "compiled")


def export(run: str | Path, out: Path, weights: str = "fp16") -> list[Path]:
    """Write the averaged weights of a run with their config and history; return the files.

    Args:
        run: A run, or any other checkpoint.
        out: A file if it ends in .safetensors, else a folder.
        weights: fp16 halves what is written, fp32 keeps every digit.

    Raises:
        CheckpointError: The run has no checkpoint.
        UsageError: No such type of numbers.
        OSError: ``out`` cannot be written.
    """
    if weights not in WEIGHTS:
        raise UsageError(f"weights={weights!r} is unknown (there are: {', '.join(WEIGHTS)})")
    source = checkpoint.find(run)
    saved = checkpoint.load(source)
    if out.suffix == ".safetensors":
        return [_write_weights(saved, out, weights)]
    files = [_write_weights(saved, out / checkpoint.EXPORTED, weights)]
    about = _kept(saved)
    write_json(out / "config.json", {"config": saved.config.to_json(), "about": about})
    attribution = source.parent / ATTRIBUTION
    named = attribution.is_file()
    if named:
        shutil.copyfile(attribution, out / ATTRIBUTION)
    write_text(out / "README.md", card(out.name, saved.config, about, attributed=named))
    return [*files, out / "config.json", out / "README.md", *([out / ATTRIBUTION] if named else [])]


def _kept(saved: checkpoint.Checkpoint) -> dict[str, Any]:
    kept = {key: value for key, value in saved.about.items() if key not in _ONLY_FOR_TRAINING}
    if "from" in kept:  # the name alone: a path would tell about the machine
        kept["from"] = kept["from"] | {"checkpoint": Path(kept["from"]["checkpoint"]).name}
    return kept


def _write_weights(saved: checkpoint.Checkpoint, path: Path, weights: str) -> Path:
    kind = WEIGHTS[weights]
    tensors = {
        name: tensor.to(kind) if tensor.is_floating_point() else tensor
        for name, tensor in saved.tensors.items()
    }
    told = {"weights": str(kind).removeprefix("torch.")}
    checkpoint.save(path, tensors, saved.config, _kept(saved) | told)
    return path
