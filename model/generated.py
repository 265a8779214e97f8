"""Sets of generated clips on disk: made once, continued where they were stopped, known by what made them."""

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emtool.crawler import files
from emtool.crawler.progress import SILENT, Progress, Task
from emtool.model.listening.sounds import Sounds, encode, file_sounds
from emtool.model.measuring import SoundMaker
from emtool.model.prompts import Prompt

MARK = "set.json"  # written last: the set is whole

_BATCH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """Everything that a set of clips follows from."""

    model: str  # fingerprint of the checkpoint
    texts: tuple[str, ...]
    guidance: float
    steps: int
    seed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratedSet:
    """Clips in files, one per prompt."""

    recipe: Recipe
    paths: tuple[Path, ...]
    sounds: Sounds
    seconds_per_clip: float | None  # time that making a clip took; None where nobody measured it


def generate_set(
    sampler: SoundMaker,
    prompts: Sequence[Prompt],
    folder: Path,
    recipe: Recipe,
    progress: Progress,
) -> GeneratedSet:
    """Make the clips that ``folder`` does not hold yet, as 16-bit FLAC.

    A set has a folder of its own, named after its recipe, so another recipe never meets its clips.
    """
    home = folder / f"guidance-{recipe.guidance:g}-{files.fingerprint(asdict(recipe))}"
    paths = tuple(home / f"{number:03d}.flac" for number in range(len(prompts)))
    mark = home / MARK
    if not (mark.is_file() and all(path.is_file() for path in paths)):
        with progress.task(f"sample, guidance {recipe.guidance:g}", len(paths), "clip") as task:
            took = _make(sampler, paths, recipe, task)
        files.write_json(mark, {"recipe": asdict(recipe), "seconds_per_clip": took})
    sounds = file_sounds(
        paths,
        texts=[prompt.text for prompt in prompts],
        tags=[prompt.tags for prompt in prompts],
        sample_rate_hz=sampler.sample_rate_hz,
    )
    return GeneratedSet(
        recipe=recipe, paths=paths, sounds=sounds, seconds_per_clip=_mark(mark)["seconds_per_clip"]
    )


def _make(sampler: SoundMaker, paths: Sequence[Path], recipe: Recipe, task: Task) -> float | None:
    """Make what is missing batch by batch and give the seconds per clip."""
    made, began = 0, time.monotonic()
    for start in range(0, len(paths), _BATCH):
        part = paths[start : start + _BATCH]
        if not all(path.is_file() for path in part):
            clips = sampler.generate(
                recipe.texts[start : start + _BATCH],
                steps=recipe.steps,
                guidance=recipe.guidance,
                seed=recipe.seed + start,  # every batch has noise of its own, whichever were made before
                batch=_BATCH,
                progress=SILENT,
            )
            for path, clip in zip(part, clips, strict=True):
                files.write_bytes(path, encode(clip, sampler.sample_rate_hz))
            made += len(part)
        task.advance(len(part))
    return (time.monotonic() - began) / made if made else None


def _mark(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
