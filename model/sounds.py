"""Generated clips as files, with what made them written beside them and into them."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.files import atomic_path, write_json

_LONGEST_NAME = 40


def write_samples(
    folder: Path,
    clips: NDArray[np.float32],
    prompts: Sequence[str],
    sample_rate_hz: int,
    made_by: dict[str, Any],
) -> list[Path]:
    """Write clips [N, C, T] as 16-bit WAV and ``samples.json``; return the paths of the sounds.

    Raises:
        OSError: The folder cannot be written.
    """
    paths = []
    for number, (clip, prompt) in enumerate(zip(clips, prompts, strict=True), 1):
        path = folder / f"{number:03d}-{_short(prompt)}.wav"
        with (
            atomic_path(path) as part,
            soundfile.SoundFile(
                part, "w", sample_rate_hz, clip.shape[0], subtype="PCM_16", format="WAV"
            ) as sound,
        ):
            sound.title = prompt
            sound.comment = ", ".join(f"{key}={value}" for key, value in made_by.items())
            sound.software = "emtool"
            sound.write(clip.T)
        paths.append(path)
    listed = [{"file": path.name, "prompt": prompt} for path, prompt in zip(paths, prompts, strict=True)]
    write_json(folder / "samples.json", made_by | {"sample_rate_hz": sample_rate_hz, "sounds": listed})
    return paths


def _short(prompt: str) -> str:
    """A file name that a person recognises: letters of any script and digits, joined by hyphens."""
    return re.sub(r"[\W_]+", "-", prompt).strip("-").lower()[:_LONGEST_NAME].strip("-") or "sound"
