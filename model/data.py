"""Batches from a built dataset: the same step of the same seed gives the same batch, whatever came before."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler.errors import DatasetError
from emtool.dataset.load import Split
from emtool.model.config import ModelConfig, TrainConfig

_MEMORY = 2 << 30  # bytes of decoded 16-bit sound that may stay in memory
_FULL_SCALE = 32767


@dataclass(frozen=True, slots=True)
class Batch:
    """Clips with a text each."""

    ids: tuple[str, ...]
    audio: Tensor  # [B, C, T] in [-1, 1]
    texts: tuple[str, ...]


class Clips:
    """A split's sounds as 16-bit numbers, kept in memory after their first reading while there is room."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self._kept: dict[int, NDArray[np.int16]] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.split)

    def read(self, row: int, start: float, samples: int) -> Tensor:
        """Give ``samples`` samples [C, T] of a row; ``start`` in [0, 1] says where in the room that is left."""
        sound = self._kept.get(row)
        if sound is None:
            sound = np.round(self.split.audio(row) * _FULL_SCALE).astype(np.int16)
            if self._bytes + sound.nbytes <= _MEMORY:
                self._kept[row] = sound
                self._bytes += sound.nbytes
        first = round(start * max(sound.shape[-1] - samples, 0))
        part = sound[:, first : first + samples].astype(np.float32) / _FULL_SCALE
        return torch.from_numpy(np.pad(part, ((0, 0), (0, samples - part.shape[-1]))))


class Batches:
    """The training data in an order that follows from the seed alone."""

    def __init__(self, clips: Clips, model: ModelConfig, train: TrainConfig) -> None:
        """Prepare.

        Raises:
            DatasetError: There are no clips.
        """
        if not len(clips):
            raise DatasetError(
                "the dataset has no training rows: crawl more, or lower the floors of build-dataset"
            )
        self.clips = clips
        self.model = model
        self.train = train

    def rows(self, step: int) -> list[int]:
        """Rows of a step: every epoch is one random order of all rows, and batches run across its end."""
        count = len(self.clips)
        chosen = []
        for place in range(step * self.train.batch, (step + 1) * self.train.batch):
            epoch, index = divmod(place, count)
            chosen.append(int(np.random.default_rng((self.train.seed, epoch)).permutation(count)[index]))
        return chosen

    def __call__(self, step: int) -> Batch:
        """Give the batch of a step, counted from 0, cropped, levelled and with its texts drawn."""
        draw = np.random.default_rng((self.train.seed, 1, step))
        rows = self.rows(step)
        split = self.clips.split
        audio = torch.stack(
            [
                self.clips.read(row, draw.random() if self.train.crop else 0.5, self.model.samples)
                for row in rows
            ]
        )
        gain = 10 ** (draw.uniform(-self.train.gain_db, self.train.gain_db, len(rows)) / 20)
        if self.train.polarity:
            gain *= draw.choice((-1, 1), len(rows))
        audio *= torch.from_numpy(gain.astype(np.float32))[:, None, None]
        texts = tuple(draw_text(split, row, self.train.format, draw) for row in rows)
        return Batch(tuple(split.ids[row] for row in rows), audio, texts)


def draw_text(split: Split, row: int, text_format: str, draw: np.random.Generator) -> str:
    """Choose the text of a row: as the dataset has it, one of its captions by weight, its tags, or a mix."""
    if text_format == "mix":
        text_format = str(draw.choice(("captions", "tags"), p=(0.75, 0.25)))
    if text_format == "captions" and split.captions[row]:
        weights = np.array([caption.weight for caption in split.captions[row]])
        return split.captions[row][int(draw.choice(len(weights), p=weights / weights.sum()))].text
    if text_format == "tags" and split.tags[row]:
        return ", ".join(split.tags[row])
    return split.texts[row]
