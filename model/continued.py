"""Whether a saved state belongs to the run that is asked for, and what a run needs to be resumed by its name alone."""

from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from emtool.crawler.errors import CheckpointError
from emtool.crawler.files import write_text
from emtool.dataset.load import Dataset
from emtool.model import checkpoint
from emtool.model.config import Config, read_config_file
from emtool.model.origin import Origin

_FILE = "config.yaml"
_MAY_CHANGE = (
    "steps",
    "eval_every",
    "eval_clips",
    "save_every",
    "sample_every",
    "prompts",
    "log",
    "keep",
    "threads",
    "precision",
    "batch",  # only so that a step sees as many clips as before
    "accumulate",
)


def continued(
    saved: checkpoint.Checkpoint,
    config: Config,
    dataset: Dataset,
    out: Path,
    origin: Origin | None,
    *,
    processes: int,
    limited: bool,
) -> Config:
    """Check that a saved state belongs to this run; only how long, how often and on how many machines may change.

    Raises:
        CheckpointError: Another dataset, another checkpoint to begin with, or other settings.
    """
    about = saved.about
    if about["dataset"]["fingerprint"] != dataset.info.fingerprint:
        raise CheckpointError(
            f"{out} was trained on {about['dataset']['name']} as it was before "
            f"({about['dataset']['fingerprint']}, now {dataset.info.fingerprint}): choose another --out"
        )
    began, asked = about.get("from", {}).get("checkpoint"), origin.name if origin is not None else None
    if began != asked:
        raise CheckpointError(
            f"{out} began {f'with {began}' if began else 'without --from'}, now "
            f"{f'--from {asked}' if asked else 'no --from'} is asked: choose another --out"
        )
    _check_clips(about.get("clips_per_step", saved.config.train.batch), config, processes, out)
    free = {key: getattr(config.train, key) for key in _MAY_CHANGE if not (limited and key == "steps")}
    expected = replace(saved.config, train=replace(saved.config.train, **free))
    wanted = replace(config, train=replace(config.train, steps=expected.train.steps))
    if expected != wanted:
        ours, theirs = wanted.to_json(), expected.to_json()
        key, old, new = next(
            (key, theirs[part][key], ours[part][key])
            for part in ours
            for key in ours[part]
            if ours[part][key] != theirs[part][key]
        )
        raise CheckpointError(
            f"{out} was trained with {key}={old}, now {key}={new} is asked: choose another --out"
        )
    return expected


def _check_clips(before: int, config: Config, processes: int, out: Path) -> None:
    train = config.train
    now = train.batch * train.accumulate * processes
    if now != before:
        raise CheckpointError(
            f"a step of {out} sees {before} clips, now batch={train.batch} x accumulate={train.accumulate} x "
            f"{processes} processes make {now}: choose batch and accumulate to make {before}, or another --out"
        )


class Resumed(NamedTuple):
    """What a run needs to go on."""

    config: Config
    dataset: str
    origin: str | None  # checkpoint that it began with


def resumed(out: Path) -> Resumed:
    """Read what a run that has begun was begun with.

    Raises:
        CheckpointError: There is no run in ``out``.
    """
    path = out / _FILE
    if not path.is_file():
        raise CheckpointError(f"no run in {out}: it has no {_FILE}; begin one with emtool train --out {out}")
    written = read_config_file(path)
    return Resumed(Config.from_json(written), written["dataset"], written.get("from"))


def write_config(config: Config, address: str | Path, began: dict[str, Any] | None, out: Path) -> None:
    """Write the resolved settings as a file that ``--config`` reads too.

    Raises:
        OSError: The folder cannot be written.
    """
    import yaml

    settings = config.to_json() | {"dataset": str(address)} | ({"from": began["checkpoint"]} if began else {})
    write_text(out / _FILE, yaml.safe_dump(settings, sort_keys=False, allow_unicode=True))
