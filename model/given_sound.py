"""A sound file that a person gives to begin from, as the model hears it."""

from pathlib import Path

import ffmpeg
import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import MissingToolError, UsageError
from emtool.crawler.files import SOUND_FORMATS

_LONGEST_S = 3600.0


def read_sound(path: Path, sample_rate_hz: int, channels: int) -> NDArray[np.float32]:
    """Decode a file of any kind that ffmpeg reads to [C, T] in [-1, 1].

    Raises:
        MissingToolError: ffmpeg is not installed.
        UsageError: The file is no sound, or longer than an hour.
    """
    if not path.is_file():
        raise UsageError(f"{path} is no file: name a sound, such as take.wav")
    command = ffmpeg.input(f"file:{path}", format_whitelist=SOUND_FORMATS, t=_LONGEST_S + 1).output(
        "pipe:", format="f32le", ac=channels, ar=sample_rate_hz, map="0:a:0"
    )
    try:
        data, _ = command.global_args("-nostdin", "-v", "error").run(capture_stdout=True, capture_stderr=True)
    except FileNotFoundError as error:
        raise MissingToolError(
            "ffmpeg is not installed: apt install ffmpeg, or brew install ffmpeg"
        ) from error
    except ffmpeg.Error as error:
        said = error.stderr.decode(errors="replace").strip().splitlines()
        raise UsageError(
            f"{path} is no sound that ffmpeg reads: {said[-1] if said else 'it is empty'}"
        ) from error
    sound = np.frombuffer(data, "<f4").reshape(-1, channels).T
    if not sound.size:
        raise UsageError(f"{path} holds no sound")
    if sound.shape[-1] > _LONGEST_S * sample_rate_hz:
        raise UsageError(f"{path} is longer than {_LONGEST_S / 60:g} minutes: cut it")
    return sound.clip(-1, 1).astype(np.float32)
