"""Curves, sounds and pictures of a run for TensorBoard, Weights & Biases or Trackio, through accelerate's trackers."""

from collections.abc import Sequence
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import MissingToolError
from emtool.model.config import Config

FOLDER = "tensorboard"  # of a run


def choose(log: str) -> str | None:
    """Turn ``auto`` and ``none`` into the name of a tracker, or None.

    Raises:
        MissingToolError: The tracker's package is not installed.
    """
    if log == "auto":
        return "tensorboard" if find_spec("tensorboard") else None
    if log == "none":
        return None
    if not find_spec(log):
        raise MissingToolError(
            f"log={log} needs the package {log}: pip install 'emtool[{log}]', or set log=none"
        )
    return log


class Tracker:
    """One tracker, or none."""

    def __init__(self, name: str | None, out: Path, config: Config, step: int) -> None:
        """Start it; what it drew after ``step`` is drawn anew."""
        self._name = name
        self._tracker: Any = _start(name, out, step) if name else None
        if self._tracker is not None and name != "tensorboard":
            self._tracker.store_init_configuration(_flat(config))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._tracker is not None:
            self._tracker.finish()

    def numbers(self, line: dict[str, Any]) -> None:
        """Draw the numbers of a line of metrics."""
        if self._tracker is None:
            return
        values = {
            f"train/{key}": v for key, v in line.items() if isinstance(v, int | float) and key != "step"
        }
        values |= {f"heldout/{level}": loss for level, loss in line.get("heldout", {}).items()}
        values |= {"train/unreadable": len(line["unreadable"])} if "unreadable" in line else {}
        self._tracker.log(values, step=line["step"])

    def sounds(
        self,
        clips: NDArray[np.float32],
        prompts: Sequence[str],
        pictures: Sequence[NDArray[np.uint8]],
        sample_rate_hz: int,
        step: int,
    ) -> None:
        """Keep clips [N, C, T] and their spectrograms [H, W, 3]; Trackio has the curves alone."""
        if self._name == "tensorboard":
            for number, (clip, prompt, picture) in enumerate(zip(clips, prompts, pictures, strict=True), 1):
                tag = f"{number:02d} {prompt}"
                writer = self._tracker.writer
                writer.add_audio(f"sounds/{tag}", clip.mean(axis=0), step, sample_rate_hz)
                writer.add_image(f"spectrograms/{tag}", picture, step, dataformats="HWC")
        elif self._name == "wandb":
            wandb = import_module("wandb")
            heard = [
                wandb.Audio(clip.T, sample_rate_hz, caption=text)
                for clip, text in zip(clips, prompts, strict=True)
            ]
            seen = [
                wandb.Image(picture, caption=text) for picture, text in zip(pictures, prompts, strict=True)
            ]
            self._tracker.run.log({"sounds": heard, "spectrograms": seen}, step=step)


def _start(name: str, out: Path, step: int) -> Any:
    from accelerate.tracking import LOGGER_TYPE_TO_CLASS

    options: dict[str, Any] = {}
    if name == "tensorboard":
        options = {"logging_dir": str(out), "purge_step": step}
    elif name == "wandb":
        options = {"name": out.name, "dir": str(out), "id": out.name, "resume": "allow"}
    elif name == "trackio":
        options = {"name": out.name, "resume": "allow"}
    tracker: Any = LOGGER_TYPE_TO_CLASS[name](FOLDER if name == "tensorboard" else "emtool", **options)
    tracker.start()
    return tracker


def _flat(config: Config) -> dict[str, Any]:
    settings = config.to_json()
    return {
        f"{part}.{key}": value if isinstance(value, int | float | str) else str(value)
        for part, section in settings.items()
        for key, value in section.items()
    }
