"""The relevance model: a ridge over n-grams, counted cues and sentence vectors, kept as arrays without pickle.

It is kernel ridge regression with a sum of kernels: the inner product of n-grams, Gaussians of the cue vectors, both of
the whole comment and of its best clause, and a Gaussian of the sentence vectors. The n-gram part is kept as weights,
the others as supports, one a training comment: numbers, never texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from emtool.crawler.files import atomic_path
from emtool.dataset import sentence_encoder
from emtool.dataset.reading.cues import Cues
from emtool.dataset.reading.features import Reading, read, vector
from emtool.dataset.reading.grams import Vocabulary

Array = NDArray[np.float32]

CUE_WIDTH, ENCODER_WIDTH = 0.3, 1.0
"""Factors in the exponents of the Gaussians, the first one per cue."""
ENCODED_CHARACTERS = 120
"""The sentence encoder reads no more of a comment: its time grows with the length."""
_MAX_DEVIATIONS = 4.0
_BYTE = 127


@dataclass(frozen=True, slots=True)
class Scale:
    """Brings cue vectors to mean 0 and deviation 1."""

    mean: Array
    deviation: Array

    @classmethod
    def of(cls, vectors: Array) -> "Scale":
        """Measure the vectors, shape ``[N, D]``."""
        return cls(vectors.mean(0), vectors.std(0) + np.float32(1e-6))

    def __call__(self, vectors: Array) -> Array:
        """Standardise vectors of shape ``[N, D]``, and clip what is far out."""
        scaled: Array = np.clip((vectors - self.mean) / self.deviation, -_MAX_DEVIATIONS, _MAX_DEVIATIONS)
        return scaled.astype(np.float32)


def gaussian(left: Array, right: Array, width: float) -> Array:
    """Give ``exp(-width * squared distance)`` of all pairs, shape ``[N, M]``."""
    squares = (left**2).sum(1)[:, None] + (right**2).sum(1)[None] - 2 * left @ right.T
    values: Array = np.exp(-width * np.maximum(squares, 0))
    return values


def encoded(readings: Sequence[Reading]) -> Array:
    """Sentence vectors of the beginnings of comments, shape ``[N, 512]``."""
    return sentence_encoder.encode([reading.text[:ENCODED_CHARACTERS] for reading in readings])


@dataclass(frozen=True, slots=True)
class Parts:
    """What spoke for a comment, in the unit of the ridge: -1 is chatter, 1 describes."""

    reading: Reading
    grams: tuple[NDArray[np.int64], Array]
    """Numbers of n-grams in the vocabulary, and what each added; one of the best clause comes twice."""
    cues: float
    encoder: float | None
    """None where the rest had decided already."""
    logit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything that a score needs."""

    cues: Cues
    vocabulary: Vocabulary
    scales: tuple[Scale, Scale]
    """Of the whole comment and of its best clause, and so in the next two."""
    gram_weights: tuple[Array, Array]
    cue_supports: tuple[Array, Array]
    encoder_supports: Array
    """Sentence vectors, shape ``[M, 512]``."""
    duals: Array
    """Weight of each support, shape ``[M]``."""
    encoder_weight: float
    gate: float
    """Below this sum of the other parts the sentence encoder is not asked, ..."""
    unasked: float
    """... and this is taken for its part."""
    slope: float
    offset: float
    """A logit is ``slope * (sum of parts - offset)``."""

    def judge(self, texts: Sequence[str]) -> list[Parts]:
        """Score comments, most of them without the encoder."""
        readings = [read(text, self.cues) for text in texts]
        halves = (readings, [reading.clause() for reading in readings])
        grams = [self._grams(*pair) for pair in zip(*halves, strict=True)]
        cheap = self._by_cues(halves)
        certain = cheap + np.array([values.sum() for _, values in grams], np.float32)
        encoder = self._encoder(readings, certain >= self.gate)
        total = certain + np.where(np.isnan(encoder), self.unasked, encoder)
        return [
            Parts(reading, found, float(said), None if np.isnan(heard) else float(heard), float(logit))
            for reading, found, said, heard, logit in zip(
                readings, grams, cheap, encoder, self.slope * (total - self.offset), strict=True
            )
        ]

    def _grams(self, whole: Reading, clause: Reading) -> tuple[NDArray[np.int64], Array]:
        rows = [self.vocabulary.row(reading.text) for reading in (whole, clause)]
        added = [
            values * weights[numbers]
            for (numbers, values), weights in zip(rows, self.gram_weights, strict=True)
        ]
        return np.concatenate([numbers for numbers, _ in rows]), np.concatenate(added)

    def _by_cues(self, halves: tuple[list[Reading], list[Reading]]) -> Array:
        total = np.full(len(halves[0]), self.duals.sum(), np.float32)
        for readings, scale, supports in zip(halves, self.scales, self.cue_supports, strict=True):
            vectors = scale(np.stack([vector(reading, self.cues) for reading in readings]))
            total += gaussian(vectors, supports, CUE_WIDTH / vectors.shape[1]) @ self.duals
        return total

    def _encoder(self, readings: list[Reading], asked: NDArray[np.bool_]) -> Array:
        values = np.full(len(readings), np.nan, np.float32)
        vectors = encoded([readings[number] for number in np.flatnonzero(asked)])
        near = gaussian(vectors, self.encoder_supports, ENCODER_WIDTH)
        values[asked] = self.encoder_weight * near @ self.duals
        return values


_SCALARS = ("encoder_weight", "gate", "unasked", "slope", "offset")


def save(model: Model, path: Path) -> None:
    """Write a model as compressed arrays: supports in 16 and 8 bits, the words as text in bytes."""
    peak = float(np.abs(model.encoder_supports).max())
    arrays: dict[str, ArrayLike] = {
        "listing": np.frombuffer(model.cues.listing.encode(), np.uint8),
        "known": np.frombuffer("\n".join(model.vocabulary.known).encode(), np.uint8),
        "rarity": model.vocabulary.rarity.astype(np.float16),
        "encoder_supports": np.round(model.encoder_supports / peak * _BYTE).astype(np.int8),
        "peak": np.float32(peak),
        "duals": model.duals,
        "scalars": np.array([getattr(model, name) for name in _SCALARS], np.float64),
    }
    for number, scale in enumerate(model.scales):
        arrays[f"mean{number}"], arrays[f"deviation{number}"] = scale.mean, scale.deviation
        arrays[f"gram_weights{number}"] = model.gram_weights[number].astype(np.float16)
        arrays[f"cue_supports{number}"] = model.cue_supports[number].astype(np.float16)
    with atomic_path(path) as part, part.open("wb") as opened:
        np.savez_compressed(opened, allow_pickle=False, **arrays)


def load(path: Path) -> Model:
    """Read a model that ``save`` wrote."""
    with np.load(path, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    single = {name: array.astype(np.float32) for name, array in arrays.items() if array.dtype.kind in "fi"}
    scalars = dict(zip(_SCALARS, arrays["scalars"].tolist(), strict=True))
    return Model(
        cues=Cues(arrays["listing"].tobytes().decode()),
        vocabulary=Vocabulary(arrays["known"].tobytes().decode().split("\n"), single["rarity"]),
        scales=(Scale(single["mean0"], single["deviation0"]), Scale(single["mean1"], single["deviation1"])),
        gram_weights=(single["gram_weights0"], single["gram_weights1"]),
        cue_supports=(single["cue_supports0"], single["cue_supports1"]),
        encoder_supports=single["encoder_supports"] * single["peak"] / _BYTE,
        duals=single["duals"],
        **scalars,
    )


@cache
def shipped() -> Model:
    """Read the model of this release."""
    return load(Path(str(files("emtool.dataset.reading") / "model.npz")))
