"""Waveforms to Ogg Opus through ffmpeg."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import MissingToolError
from emtool.crawler.files import atomic_path

BITRATE_BITS_PER_S = 16_000  # what is asked for; tonal music makes the variable bitrate about 22,000
CUTOFF_HZ = 12_000
_FRAME_MS = 60  # the longest that Opus has: least overhead, and nobody waits for a recording


def find_ffmpeg() -> str:
    """Give the path of the ``ffmpeg`` program, or raise MissingToolError."""
    found = shutil.which("ffmpeg")
    if found is None:
        raise MissingToolError(
            "ffmpeg is not on PATH, and encoding needs it: apt install ffmpeg (or brew install ffmpeg)"
        )
    return found


def write_opus(path: Path, samples: NDArray[np.float32], sample_rate_hz: int) -> None:
    """Encode a mono waveform [T] as Opus with a variable bitrate; the same samples give the same bytes.

    Raises:
        MissingToolError: ffmpeg is absent, or was built without libopus.
    """
    source = ["-f", "f32le", "-ar", str(sample_rate_hz), "-ac", "1", "-i", "pipe:0"]
    codec = [
        "-c:a",
        "libopus",
        "-b:a",
        str(BITRATE_BITS_PER_S),
        "-vbr",
        "on",
        "-frame_duration",
        str(_FRAME_MS),
    ]
    codec += ["-cutoff", str(CUTOFF_HZ)]
    plain = ["-map_metadata", "-1", "-fflags", "+bitexact", "-flags:a", "+bitexact", "-threads", "1"]
    with atomic_path(path) as part:
        command = [find_ffmpeg(), "-v", "error", "-y", *source, *codec, *plain, "-f", "ogg", str(part)]
        done = subprocess.run(
            command, input=samples.astype("<f4").tobytes(), capture_output=True, check=False
        )
        if done.returncode != 0:
            said = (done.stderr.decode(errors="replace").strip().splitlines() or ["no message"])[-1]
            raise MissingToolError(
                f"ffmpeg could not write {path.name} ({said}): it needs the libopus encoder"
            )
