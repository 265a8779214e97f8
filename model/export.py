"""A checkpoint made small enough to ship: 16-bit weights, nothing that only training needs."""

from pathlib import Path

import torch

from emtool.model import checkpoint


def export_half(run: str | Path, out: Path) -> Path:
    """Write the averaged weights of a run as 16-bit numbers, with their config and history.

    Raises:
        CheckpointError: The run has no checkpoint.
        OSError: ``out`` cannot be written.
    """
    saved = checkpoint.load(checkpoint.find(run))
    half = {
        name: tensor.half() if tensor.is_floating_point() else tensor
        for name, tensor in saved.tensors.items()
    }
    about = {key: value for key, value in saved.about.items() if key != "recent_losses"}
    checkpoint.save(out, half, saved.config, about | {"weights": str(torch.float16).removeprefix("torch.")})
    return out
