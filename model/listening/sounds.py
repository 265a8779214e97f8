"""Sets of clips that are read one by one: from a split of a dataset, from files, or altered on the way."""

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.dataset.load import Dataset, Split

Waveform = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sounds:
    """Clips with what is known about them; a clip is decoded when it is asked for."""

    read: Callable[[int], Waveform]  # clip number to samples [C, T] in [-1, 1]
    sample_rate_hz: int
    works: tuple[str, ...]  # clips of one work are not independent
    texts: tuple[str, ...]
    tags: tuple[tuple[str, ...], ...] = field(default=())

    def __len__(self) -> int:
        return len(self.works)

    def mono(self, index: int) -> Waveform:
        """Samples [T] of one clip, its channels averaged."""
        mono: Waveform = self.read(index).mean(axis=0)
        return mono

    def take(self, indices: Sequence[int]) -> "Sounds":
        """Give a subset, in the order of ``indices``."""
        chosen = tuple(indices)
        return Sounds(
            read=lambda index: self.read(chosen[index]),
            sample_rate_hz=self.sample_rate_hz,
            works=tuple(self.works[i] for i in chosen),
            texts=tuple(self.texts[i] for i in chosen),
            tags=tuple(self.tags[i] for i in chosen) if self.tags else (),
        )

    def altered(self, change: Callable[[Waveform, int], Waveform]) -> "Sounds":
        """Give the same clips after ``change(samples, clip number)``."""
        return replace(self, read=lambda index: change(self.read(index), index))


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipShape:
    """What a model expects of a clip."""

    sample_rate_hz: int
    channels: int
    seconds: float


def dataset_sounds(
    dataset: Dataset, names: Sequence[str], shape: ClipShape, *, most: int, seed: int
) -> Sounds:
    """Clips of some splits as a model expects them, the middle of those that are longer.

    At most ``most`` clips are drawn, always the same for a seed. Splits that the dataset lacks are left out.
    """
    splits = [dataset.split(name) for name in names if dataset.info.splits.get(name)]
    rows = [(split, row) for split in splits for row in range(len(split))]
    if len(rows) > most:
        kept = np.sort(np.random.default_rng((seed, 3)).permutation(len(rows))[:most])
        rows = [rows[index] for index in kept]
    works = {id(split): split.works for split in splits}
    texts = {id(split): split.texts for split in splits}
    return Sounds(
        read=lambda index: _shaped(_audio(rows[index]), dataset.info.sample_rate_hz, shape),
        sample_rate_hz=shape.sample_rate_hz,
        works=tuple(works[id(split)][row] for split, row in rows),
        texts=tuple(texts[id(split)][row] for split, row in rows),
        tags=tuple(split.tags[row] for split, row in rows),
    )


def file_sounds(
    paths: Sequence[Path], texts: Sequence[str], tags: Sequence[tuple[str, ...]], sample_rate_hz: int
) -> Sounds:
    """Clips in sound files of one rate; those of one text count as one work."""
    return Sounds(
        read=lambda index: read_file(paths[index]),
        sample_rate_hz=sample_rate_hz,
        works=tuple(texts),
        texts=tuple(texts),
        tags=tuple(tags),
    )


def read_file(path: Path) -> Waveform:
    """Samples [C, T] of a sound file."""
    samples, _ = soundfile.read(path, dtype="float32", always_2d=True)  # (T, C)
    return np.ascontiguousarray(samples.T)


def encode(samples: Waveform, sample_rate_hz: int, *, kind: str = "FLAC", subtype: str = "PCM_16") -> bytes:
    """Turn samples [C, T] into the bytes of a sound file; what exceeds full scale is clipped."""
    buffer = io.BytesIO()
    soundfile.write(buffer, np.clip(samples, -1, 1).T, sample_rate_hz, format=kind, subtype=subtype)
    return buffer.getvalue()


def resample(samples: Waveform, from_hz: int, to_hz: int) -> Waveform:
    """Change the rate of samples [C, T] by a polyphase filter; the same rate changes nothing."""
    if from_hz == to_hz:
        return samples
    from scipy.signal import resample_poly

    common = gcd(from_hz, to_hz)
    changed: Waveform = resample_poly(samples, to_hz // common, from_hz // common, axis=-1).astype(np.float32)
    return changed


def _audio(place: tuple[Split, int]) -> Waveform:
    split, row = place
    return split.audio(row)


def _shaped(samples: Waveform, from_hz: int, shape: ClipShape) -> Waveform:
    samples = resample(samples, from_hz, shape.sample_rate_hz)
    if len(samples) != shape.channels:
        samples = np.repeat(samples.mean(axis=0, keepdims=True), shape.channels, axis=0)
    length = round(shape.seconds * shape.sample_rate_hz)
    first = max(samples.shape[-1] - length, 0) // 2
    return samples[:, first : first + length]
