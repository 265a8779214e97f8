"""Generated clips as files, with what made them written beside them and into them."""

import re
import shutil
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.errors import MissingToolError
from emtool.crawler.files import atomic_path, write_json

KINDS = ("wav", "flac", "opus", "mp3")
LIST = "samples.json"

_LONGEST_NAME = 40
_FULL_SCALE = 32767
_CODECS = {"opus": "libopus"}  # of ffmpeg; its own encoder of that name is experimental


def write_samples(
    folder: Path,
    clips: NDArray[np.float32],
    prompts: Sequence[str],
    sample_rate_hz: int,
    made_by: dict[str, Any],
    *,
    kind: str = "wav",
) -> list[Path]:
    """Write clips [N, C, T] and ``samples.json``; return the paths of the sounds.

    Args:
        folder: Where they go.
        clips: Samples in [-1, 1]; what is louder is clipped.
        prompts: The text of each clip, which becomes its title.
        sample_rate_hz: Samples per second of one channel.
        made_by: What made them; it becomes the comment in each file.
        kind: One of ``KINDS``; wav and flac have 16 bits.

    Raises:
        MissingToolError: ffmpeg is not installed, and the kind needs it.
        OSError: The folder cannot be written.
    """
    paths = [folder / file_name(number, prompt, kind) for number, prompt in enumerate(prompts, 1)]
    for path, clip, prompt in zip(paths, clips, prompts, strict=True):
        write_sound(path, clip, prompt, sample_rate_hz, made_by)
    write_list(folder, [path.name for path in paths], prompts, made_by | {"sample_rate_hz": sample_rate_hz})
    return paths


def file_name(number: int, prompt: str, kind: str) -> str:
    """Name of a sound's file: its number from 1, and the prompt as far as a name can hold it."""
    return f"{number:03d}-{_short(prompt)}.{kind}"


def write_sound(
    path: Path, clip: NDArray[np.float32], prompt: str, sample_rate_hz: int, made_by: Mapping[str, Any]
) -> None:
    """Write one clip [C, T] as its name ends, with the prompt as its title and what made it as its comment.

    Raises:
        MissingToolError: ffmpeg is not installed, and the kind needs it.
        OSError: The folder cannot be written.
    """
    kind = path.suffix[1:]
    tags = {
        "title": prompt,
        "comment": ", ".join(f"{key}={value}" for key, value in made_by.items()),
        "software": "emtool",
    }
    with atomic_path(path) as part:
        (_write_wav if kind == "wav" else _write_encoded)(part, clip, sample_rate_hz, tags, kind)


def write_list(folder: Path, names: Sequence[str], prompts: Sequence[str], about: Mapping[str, Any]) -> None:
    """Write ``samples.json``: what made the sounds of a folder, and which they are."""
    listed = [{"file": name, "prompt": prompt} for name, prompt in zip(names, prompts, strict=True)]
    write_json(folder / LIST, {**about, "sounds": listed})


def _write_wav(
    path: Path, clip: NDArray[np.float32], sample_rate_hz: int, tags: Mapping[str, str], _kind: str
) -> None:
    with soundfile.SoundFile(
        path, "w", sample_rate_hz, clip.shape[0], subtype="PCM_16", format="WAV"
    ) as sound:
        for name, value in tags.items():
            setattr(sound, name, value)
        sound.write(clip.T)


def _write_encoded(
    path: Path, clip: NDArray[np.float32], sample_rate_hz: int, tags: Mapping[str, str], kind: str
) -> None:
    if shutil.which("ffmpeg") is None:
        raise MissingToolError(
            f"{kind} files need ffmpeg: apt install ffmpeg, or brew install ffmpeg; or --as wav"
        )
    samples = np.round(np.clip(clip.T, -1, 1) * _FULL_SCALE).astype("<i2")
    segment = _audio_segment()(
        data=samples.tobytes(), sample_width=2, frame_rate=sample_rate_hz, channels=clip.shape[0]
    )
    segment.export(path, format=kind, codec=_CODECS.get(kind), tags=dict(tags)).close()


def _audio_segment() -> Any:
    with warnings.catch_warnings():
        # pydub uses audioop, which Python 3.11 and 3.12 call deprecated; from 3.13 on audioop-lts takes its place
        warnings.simplefilter("ignore", DeprecationWarning)
        from pydub import AudioSegment
    return AudioSegment


def _short(prompt: str) -> str:
    """A file name that a person recognises: letters of any script and digits, joined by hyphens."""
    return re.sub(r"[\W_]+", "-", prompt).strip("-").lower()[:_LONGEST_NAME].strip("-") or "sound"
