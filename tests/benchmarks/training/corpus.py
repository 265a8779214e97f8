"""The rendered corpus as arrays: clips of 4 s with a caption each, split by tune."""

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler.files import atomic_path
from emtool.model.text_encoder import TextEncoder, TextStates

SAMPLE_RATE_HZ = 16_000
SAMPLES = 65_536
"""A clip has 64,000; every design gets it with silence behind it, since some need powers of two."""
HELD_OUT_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Sounds of unit mean power over the training clips, and what they are of."""

    audio: Tensor  # [N, 1, T]
    scale: float  # what the waveforms in [-1, 1] were multiplied by
    captions: tuple[tuple[str, ...], ...]
    instruments: tuple[str, ...]


def load(rendered: Path, cache_file: Path) -> tuple[Corpus, Corpus]:
    """Give the training part and the held-out one; no tune is in both."""
    rows = [json.loads(line) for line in (rendered / "metadata.jsonl").read_text("utf-8").splitlines()]
    if not cache_file.exists():
        sounds = np.zeros((len(rows), SAMPLES), np.int16)
        for number, row in enumerate(rows):
            sound, _ = soundfile.read(rendered / row["audio"], dtype="int16")
            sounds[number, : len(sound)] = sound[:SAMPLES]
        with atomic_path(cache_file) as part, part.open("wb") as opened:
            np.save(opened, sounds)
    sounds = np.load(cache_file)
    held_out = np.array([_share(f"{row['source']['file']} {row['source']['number']}") for row in rows])
    parts = (np.flatnonzero(held_out >= HELD_OUT_SHARE), np.flatnonzero(held_out < HELD_OUT_SHARE))
    power = np.mean(np.square(sounds[parts[0]].astype(np.float32) / 32768))
    scale = float(1 / np.sqrt(power))
    return _part(rows, sounds, parts[0], scale), _part(rows, sounds, parts[1], scale)


def _share(name: str) -> float:
    return int.from_bytes(sha256(name.encode()).digest()[:4]) / 2**32


def _part(
    rows: list[dict[str, Any]], sounds: NDArray[np.int16], which: NDArray[np.int64], scale: float
) -> Corpus:
    audio = torch.from_numpy(sounds[which].astype(np.float32) * np.float32(scale / 32768))[:, None]
    chosen = [rows[number] for number in which]
    captions = tuple(tuple(caption for own in row["captions"].values() for caption in own) for row in chosen)
    return Corpus(audio, scale, captions, tuple(row["instrument"] for row in chosen))


@cache
def encoder() -> TextEncoder:
    return TextEncoder("use")


def states(texts: tuple[str, ...]) -> TextStates:
    return encoder()(texts)
