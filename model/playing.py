"""Many sounds into a folder: batch by batch, going on where the same command was stopped."""

import json
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from emtool.crawler.progress import SILENT, Progress
from emtool.model.guidance import Blend
from emtool.model.known import Known
from emtool.model.sample import Sampler
from emtool.model.sounds import LIST, file_name, write_list, write_sound


def play(
    sampler: Sampler,
    prompts: Sequence[tuple[str, str | Blend, int]],
    folder: Path,
    options: Mapping[str, Any],
    *,
    made_by: Mapping[str, Any],
    known: Known | None = None,
    batch: int = 8,
    kind: str = "wav",
    progress: Progress,
) -> list[Path]:
    """Make the sounds that ``folder`` does not hold yet, and name them all in ``samples.json``.

    Args:
        sampler: What makes them.
        prompts: For each sound its title, what it is made after, and the number of its noise.
        folder: Where they go; what else lies there stays.
        options: Those of ``Sampler.generate``.
        made_by: What made them, as the files will say; a list that says the same is gone on with.
        known: Sound to keep in part.
        batch: Sounds made at once.
        kind: The files' kind, one of ``emtool.model.sounds.KINDS``.
        progress: Where bars go.

    Raises:
        UsageError: A prompt is empty, or an option is outside its range.
        MissingToolError: ffmpeg is not installed, and the kind needs it.
        OSError: The folder cannot be written.
    """
    titles = [title for title, _, _ in prompts]
    names = [file_name(number, title, kind) for number, title in enumerate(titles, 1)]
    about = {**made_by, "sample_rate_hz": sampler.sample_rate_hz}
    there = _listed(folder, about)
    missing = [
        index
        for index, name in enumerate(names)
        if there.get(name) != titles[index] or not (folder / name).is_file()
    ]
    done = set(range(len(names))) - set(missing)
    batches = [missing[start : start + batch] for start in range(0, len(missing), batch)]
    with progress.task("sounds", len(missing), "sound") if len(batches) > 1 else nullcontext() as task:
        for part in batches:
            clips = sampler.generate(
                [prompts[index][1] for index in part],
                numbers=[prompts[index][2] for index in part],
                known=known,
                batch=batch,
                progress=SILENT if task else progress,
                **options,
            )
            for index, clip in zip(part, clips, strict=True):
                write_sound(folder / names[index], clip, titles[index], sampler.sample_rate_hz, made_by)
            done.update(part)
            whole = sorted(done)
            write_list(folder, [names[index] for index in whole], [titles[index] for index in whole], about)
            if task:
                task.advance(len(part))
    return [folder / name for name in names]


def _listed(folder: Path, about: Mapping[str, Any]) -> dict[str, str]:
    """File and prompt of the sounds that a folder's list names, if they were made in the same way."""
    try:
        found = json.loads((folder / LIST).read_text(encoding="utf-8"))
        listed = {entry["file"]: entry["prompt"] for entry in found.pop("sounds")}
    except (OSError, ValueError, TypeError, LookupError, AttributeError):
        return {}
    return listed if found == json.loads(json.dumps(about)) else {}
