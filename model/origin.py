"""Where a run's weights and data come from: the checkpoint that fine-tuning begins with, licences, attribution."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from emtool.crawler.errors import UsageError
from emtool.crawler.files import sha256_file, write_text
from emtool.dataset.load import Dataset
from emtool.model import checkpoint
from emtool.model.config import Config, ModelConfig

ATTRIBUTION = "attribution.txt"  # of a run and of an exported model: whom to name

_CHOSEN_AGAIN = ("samples", "gradient_checkpointing")  # of the model: they leave its weights as they are
_LR_SHARE = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """A checkpoint to begin with."""

    name: str  # "demo", or the absolute path of what was named
    path: Path
    saved: checkpoint.Checkpoint

    @property
    def attribution(self) -> list[str]:
        """Lines of the file beside the checkpoint, if there is one."""
        path = self.path.parent / ATTRIBUTION
        return path.read_text(encoding="utf-8").splitlines() if path.is_file() else []


def open_origin(address: str) -> Origin:
    """Open ``demo``, a run, an exported folder or a .safetensors file.

    Raises:
        CheckpointError: There is none, or it cannot be read.
    """
    path = checkpoint.find(address)
    name = address if address in checkpoint.SHIPPED else str(Path(address).resolve())
    return Origin(name=name, path=path, saved=checkpoint.load(path))


def tuned_config(config: Config, given: Mapping[str, Any], origin: Origin) -> Config:
    """Take the network of the checkpoint and, unless a learning rate is given, a quarter of the preset's.

    Args:
        config: A preset with what is given over it.
        given: The settings that a person chose.
        origin: The checkpoint.

    Raises:
        UsageError: A setting contradicts the checkpoint's network.
    """
    theirs = origin.saved.config.model
    for field in fields(ModelConfig):
        wanted, there = getattr(config.model, field.name), getattr(theirs, field.name)
        if field.name in given and field.name not in _CHOSEN_AGAIN and wanted != there:
            raise UsageError(
                f"{field.name}={wanted} contradicts {origin.name}, which has {there}: "
                "leave it out, or train without --from"
            )
    again = {key: getattr(config.model, key) for key in _CHOSEN_AGAIN if key in given}
    train = config.train
    if "lr" not in given and not train.lora:
        train = replace(train, lr=train.lr * _LR_SHARE)
    return replace(config, model=replace(theirs, **again), train=train)


def check_sound(origin: Origin, dataset: Dataset) -> None:
    """Refuse data whose sound is of another kind.

    Raises:
        UsageError: Another sample rate or other channels.
    """
    theirs, info = origin.saved.config.model, dataset.info
    if (theirs.sample_rate_hz, theirs.channels) != (info.sample_rate_hz, info.channels):
        raise UsageError(
            f"{origin.name} knows {theirs.sample_rate_hz} Hz in {theirs.channels} channels, {info.name} has "
            f"{info.sample_rate_hz} Hz in {info.channels}: emtool build-dataset --sample-rate {theirs.sample_rate_hz} "
            f"--channels {theirs.channels}"
        )


def history(dataset: Dataset, origin: Origin | None) -> dict[str, Any]:
    """What every checkpoint of a run says of its data: this dataset, those before it, and the first weights."""
    split = dataset.split("train")
    own = {
        "name": dataset.info.name,
        "fingerprint": dataset.info.fingerprint,
        "clips": len(split),
        "licences": dict(Counter(licence or "unknown" for licence in split.column("licence")).most_common()),
    }
    told: dict[str, Any] = {"dataset": own, "earlier_datasets": []}
    if origin is not None:
        before = origin.saved.about
        told["earlier_datasets"] = [*before.get("earlier_datasets", []), before["dataset"]]
        told["from"] = {
            "checkpoint": origin.name,
            "step": before["step"],
            "sha256": sha256_file(origin.path),
        }
    return told


def write_attribution(out: Path, dataset: Dataset, origin: Origin | None) -> None:
    """Write whom to name for the sounds that a run learns from, those of earlier datasets first.

    Raises:
        OSError: The folder cannot be written.
    """
    lines = origin.attribution if origin is not None else []
    lines += sorted({line for line in dataset.split("train").column("attribution") if line})
    if lines:
        write_text(out / ATTRIBUTION, "".join(f"{line}\n" for line in dict.fromkeys(lines)))
