"""Training data in an order and with changes that follow from the seed alone.

Everything random about a clip follows from its place in that order, so that neither the number of processes nor the
size of a batch nor a stop changes what is seen. Rows that cannot be read are replaced and named.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler.errors import DatasetError
from emtool.dataset.load import Split
from emtool.model.config import ModelConfig, TrainConfig
from emtool.model.diffusion import stratified_times

_MEMORY = 2 << 30  # bytes of decoded 16-bit sound that may stay in memory
_FULL_SCALE = 32767
_TRIES = 100  # rows that are tried in the place of one that cannot be read

Sound = NDArray[np.int16]  # [C, T]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Clips with a text each, and what the diffusion draws for them."""

    ids: tuple[str, ...]
    audio: Tensor  # [B, C, T] in [-1, 1]
    texts: tuple[str, ...]
    noise: Tensor  # [B, C, T], standard normal
    t: Tensor  # [B] in [0, 1]
    dropped: Tensor  # [B], True where the text is left out
    unreadable: dict[str, str]  # id of a row that could not be read here: the reason


class Clips:
    """A split's sounds as 16-bit numbers, kept in memory after their first reading while there is room."""

    def __init__(self, split: Split) -> None:
        self.split = split
        self.unreadable: dict[int, str] = {}  # row: the reason
        self._kept: dict[int, Sound] = {}
        self._bytes = 0

    def __len__(self) -> int:
        return len(self.split)

    def sound(self, row: int) -> Sound | None:
        """Whole sound [C, T] of a row, or None with the reason noted in ``unreadable``."""
        if row in self.unreadable:
            return None
        sound = self._kept.get(row)
        if sound is None:
            try:
                sound = self._decode(row)
            except (DatasetError, OSError, ValueError) as error:  # ValueError: pyarrow's, for a damaged page
                self.unreadable[row] = str(error)
                return None
            if self._bytes + sound.nbytes <= _MEMORY:
                self._kept[row] = sound
                self._bytes += sound.nbytes
        return sound

    def _decode(self, row: int) -> Sound:
        audio = self.split.audio(row)
        expected = self.split.info.channels
        if len(audio) != expected or not audio.size:
            raise DatasetError(f"it has {audio.shape[-1]} samples in {len(audio)} channels, not {expected}")
        return np.round(audio * _FULL_SCALE).astype(np.int16)

    def middles(self, rows: list[int], samples: int) -> tuple[Tensor, list[int]]:
        """Give the middle ``samples`` samples of those rows that can be read, [N, C, T], and which rows these are.

        Raises:
            DatasetError: None of them can be read.
        """
        sounds = {row: sound for row in rows if (sound := self.sound(row)) is not None}
        if not sounds:
            row = rows[0]
            raise DatasetError(
                f"none of {len(rows)} clips of {self.split.info.name} can be read; the first: {self.unreadable[row]}"
            )
        cuts = [cut(sound, max(sound.shape[-1] - samples, 0) // 2, samples) for sound in sounds.values()]
        return torch.from_numpy(np.stack(cuts)), list(sounds)


def cut(sound: Sound, first: int, samples: int) -> NDArray[np.float32]:
    """Samples ``first`` to ``first + samples`` of a sound [C, T] in [-1, 1], silent where it has none."""
    whole = np.zeros((len(sound), samples), np.float32)
    begin, end = max(first, 0), min(first + samples, sound.shape[-1])
    if end > begin:
        whole[:, begin - first : end - first] = sound[:, begin:end].astype(np.float32) / _FULL_SCALE
    return whole


class Batches:
    """The batches of one process; ``rank`` of ``processes`` takes its part of every step."""

    def __init__(
        self, clips: Clips, model: ModelConfig, train: TrainConfig, *, rank: int = 0, processes: int = 1
    ) -> None:
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
        self.rank = rank
        self.processes = processes
        self.per_step = train.batch * train.accumulate * processes  # clips of all processes together

    def rows(self, step: int) -> list[int]:
        """Rows of a step, all processes': an epoch is a random order of all rows, and steps run across its end."""
        places = range(step * self.per_step, (step + 1) * self.per_step)
        return [self._row(place) for place in places]

    def _row(self, place: int) -> int:
        epoch, index = divmod(place, len(self.clips))
        return int(_order(self.train.seed, epoch, len(self.clips))[index])

    def __call__(self, step: int) -> list[Batch]:
        """Give this process's batches of a step, counted from 0, one for each accumulated gradient."""
        return list(self._batches(step))

    def _batches(self, step: int) -> Iterator[Batch]:
        times = stratified_times(self.per_step, torch.Generator().manual_seed(_number(self.train.seed, step)))
        for turn in range(self.train.accumulate):
            start = (turn * self.processes + self.rank) * self.train.batch
            end = start + self.train.batch
            yield self._batch(
                range(step * self.per_step + start, step * self.per_step + end), times[start:end]
            )

    def _batch(self, places: range, t: Tensor) -> Batch:
        ids, audio, texts, noise, dropped = [], [], [], [], []
        unreadable: dict[str, str] = {}
        for place in places:
            draw = np.random.default_rng((self.train.seed, 1, place))
            row, sound = self._readable(self._row(place), draw, unreadable)
            ids.append(self.clips.split.ids[row])
            audio.append(self._changed(sound, draw))
            texts.append(draw_text(self.clips.split, row, self.train.format, draw))
            dropped.append(draw.random() < self.train.drop_text)
            noise.append(draw.standard_normal(audio[-1].shape, np.float32))
        return Batch(
            ids=tuple(ids),
            audio=torch.from_numpy(np.stack(audio)),
            texts=tuple(texts),
            noise=torch.from_numpy(np.stack(noise)),
            t=t,
            dropped=torch.tensor(dropped),
            unreadable=unreadable,
        )

    def _readable(self, row: int, draw: np.random.Generator, unreadable: dict[str, str]) -> tuple[int, Sound]:
        """Give the row and its sound, or another row's in the place of one that cannot be read."""
        for _ in range(_TRIES):
            sound = self.clips.sound(row)
            if sound is not None:
                return row, sound
            unreadable[self.clips.split.ids[row]] = self.clips.unreadable[row]
            row = int(draw.integers(len(self.clips)))
        name, reason = next(iter(unreadable.items()))
        raise DatasetError(
            f"{_TRIES} clips of {self.clips.split.info.name} in a row cannot be read, such as {name} ({reason}): "
            "build or fetch the dataset again"
        )

    def _changed(self, sound: Sound, draw: np.random.Generator) -> NDArray[np.float32]:
        """Cut the model's length, [C, T], and change level, sign, sides and time as the settings say."""
        train, samples = self.train, self.model.samples
        room = max(sound.shape[-1] - samples, 0)
        first = round(draw.random() * room) if train.crop else room // 2
        first += round(draw.uniform(-1, 1) * train.shift_s * self.model.sample_rate_hz)
        gain = 10 ** (draw.uniform(-train.gain_db, train.gain_db) / 20)
        if train.polarity and draw.random() < 0.5:
            gain = -gain
        changed = cut(sound, first, samples) * np.float32(gain)
        if train.swap_channels and draw.random() < 0.5:
            changed = changed[::-1]
        return changed


@lru_cache(maxsize=4)
def _order(seed: int, epoch: int, count: int) -> NDArray[np.int64]:
    return np.random.default_rng((seed, epoch)).permutation(count)


def _number(*parts: int) -> int:
    """Seed for torch from any whole numbers, well spread."""
    return int(np.random.SeedSequence((2, *parts)).generate_state(1, np.uint64)[0] >> np.uint64(1))


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
