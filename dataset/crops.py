"""A piece of a stored sound, without decoding what is around it."""

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.errors import DatasetError


def crop(flac: bytes | None, first: int, count: int | None, name: str) -> NDArray[np.float32]:
    """Decode samples ``first`` to ``first + count`` of a FLAC file, [C, T] in [-1, 1].

    Args:
        flac: The file.
        first: Where to begin; FLAC is sought to the frame that holds it.
        count: How many at most, fewer where the sound ends; all that follow if None.
        name: Of the clip, for the message.

    Raises:
        DatasetError: It is no FLAC that can be read.
    """
    try:
        with soundfile.SoundFile(io.BytesIO(flac or b"")) as opened:
            if first:
                opened.seek(min(first, opened.frames))
            samples = opened.read(-1 if count is None else count, dtype="float32", always_2d=True)  # (T, C)
    except soundfile.LibsndfileError as error:
        raise DatasetError(
            f"{name} holds no readable FLAC ({error.error_string}): build the dataset again"
        ) from error
    return np.ascontiguousarray(samples.T)
