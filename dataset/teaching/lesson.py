"""Fits the relevance model, and judges it on comments that neither it nor the choice of its settings has seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse import csr_matrix

from emtool.dataset.reading.cues import Cues
from emtool.dataset.reading.features import Reading, read, vector
from emtool.dataset.reading.grams import Vocabulary
from emtool.dataset.reading.model import CUE_WIDTH, ENCODER_WIDTH, Array, Model, Scale, encoded, gaussian
from emtool.dataset.teaching import metrics
from emtool.dataset.teaching.labels import HELD_OUT, PROBE, Example

Rows = NDArray[np.int64]

LEAST_TEXTS = 3
"""An n-gram stands in at least so many unlabelled comments."""
ASKED = 0.05
"""Part of the comments that nobody found worth a label for which the sentence encoder is asked; of others, more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What the inner cross-validation chooses."""

    ridge: float
    encoder_weight: float


SETTINGS = (
    Setting(ridge=0.8, encoder_weight=1.0),
    Setting(ridge=0.4, encoder_weight=1.0),
    Setting(ridge=1.6, encoder_weight=1.0),
    Setting(ridge=0.8, encoder_weight=2.0),
    Setting(ridge=1.6, encoder_weight=4.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """A ridge over some rows."""

    setting: Setting
    rows: Rows
    duals: Array
    gate: float
    unasked: float


class Lesson:
    """All examples with their kernels; what is fitted takes a part of the rows."""

    def __init__(self, examples: Sequence[Example], unlabelled: Sequence[str], listing: str) -> None:
        self.cues = Cues(listing)
        self.describes = np.array([example.describes for example in examples])
        self.sources = np.array([example.source for example in examples])
        self.songs = [example.song for example in examples]
        self.weights = np.array([example.weight for example in examples], np.float32)
        self.vocabulary = Vocabulary.learn(
            (read(text, self.cues).text for text in unlabelled), least=LEAST_TEXTS
        )
        whole = [read(example.text, self.cues) for example in examples]
        self.halves = (whole, [reading.clause() for reading in whole])
        fixed = self.sources != HELD_OUT
        vectors = [np.stack([vector(reading, self.cues) for reading in half]) for half in self.halves]
        self.scales = (Scale.of(vectors[0][fixed]), Scale.of(vectors[1][fixed]))
        self.scaled = (self.scales[0](vectors[0]), self.scales[1](vectors[1]))
        self.encoded = encoded(whole)
        self.cheap = np.ones((len(examples), len(examples)), np.float32)
        for half, scaled in zip(self.halves, self.scaled, strict=True):
            self.cheap += gaussian(scaled, scaled, CUE_WIDTH / scaled.shape[1]) + self._inner(half)
        self.encoder = gaussian(self.encoded, self.encoded, ENCODER_WIDTH)

    def _inner(self, readings: list[Reading]) -> Array:
        found = [self.vocabulary.row(reading.text) for reading in readings]
        ends = np.cumsum([0, *(len(numbers) for numbers, _ in found)])
        numbers, values = (np.concatenate([row[side] for row in found]) for side in (0, 1))
        matrix = csr_matrix((values, numbers, ends), shape=(len(readings), len(self.vocabulary.known)))
        product: Array = (matrix @ matrix.T).toarray()
        return product

    @property
    def held_out(self) -> Rows:
        """Rows that are judged on."""
        return np.flatnonzero(self.sources == HELD_OUT)

    @property
    def always(self) -> Rows:
        """Rows that are only ever trained on."""
        return np.flatnonzero((self.sources != HELD_OUT) & (self.sources != PROBE))

    def fit(self, rows: Rows, setting: Setting) -> Fit:
        """Solve the ridge for some rows, and set the gate by comments that it was not fitted on."""
        kernel = (
            self.cheap[np.ix_(rows, rows)]
            + np.float32(setting.encoder_weight) * self.encoder[np.ix_(rows, rows)]
        )
        kernel[np.diag_indices(len(rows))] += setting.ridge / self.weights[rows]
        target = np.where(self.describes[rows], 1, -1).astype(np.float32)
        duals = cho_solve(
            cho_factor(kernel, overwrite_a=True, check_finite=False), target, check_finite=False
        )
        probes = np.flatnonzero(self.sources == PROBE)
        cheap = self.cheap[np.ix_(probes, rows)] @ duals
        gate = float(np.quantile(cheap, 1 - ASKED))
        skipped = probes[cheap < gate]
        unasked = float((setting.encoder_weight * self.encoder[np.ix_(skipped, rows)] @ duals).mean())
        return Fit(setting=setting, rows=rows, duals=duals, gate=gate, unasked=unasked)

    def predict(self, fit: Fit, rows: Rows) -> NDArray[np.float64]:
        """Sum of the parts for some rows, as the finished model gives it."""
        cheap = self.cheap[np.ix_(rows, fit.rows)] @ fit.duals
        encoder = fit.setting.encoder_weight * self.encoder[np.ix_(rows, fit.rows)] @ fit.duals
        return np.asarray(cheap + np.where(cheap >= fit.gate, encoder, fit.unasked), np.float64)

    def choose(self, rows: Rows, *, folds: int, seed: int) -> Setting:
        """Give the setting with the best average precision within some of the held-out rows."""

        def quality(setting: Setting) -> float:
            scores = np.zeros(len(self.sources))
            for learned, judged in self.split(rows, folds=folds, seed=seed):
                scores[judged] = self.predict(self.fit(learned, setting), judged)
            return metrics.average_precision(self.describes[rows], scores[rows])

        return max(SETTINGS, key=quality)

    def split(self, rows: Rows, *, folds: int, seed: int) -> Iterator[tuple[Rows, Rows]]:
        """Deal held-out rows into folds that share no song and have like many that describe; all others learn."""
        songs: dict[str, list[int]] = {}
        for row in rows:
            songs.setdefault(self.songs[row], []).append(int(row))
        order = list(songs)
        np.random.default_rng(seed).shuffle(order)
        order.sort(key=lambda song: -int(self.describes[songs[song]].sum()))
        dealt: list[list[int]] = [[] for _ in range(folds)]
        for song in order:
            found = int(self.describes[songs[song]].sum())
            least = min(dealt, key=lambda fold: (int(self.describes[fold].sum()) if found else 0, len(fold)))
            least.extend(songs[song])
        for judged in dealt:
            learned = np.setdiff1d(rows, judged)
            yield np.r_[learned, self.always], np.array(sorted(judged), np.int64)

    def finish(self, setting: Setting, scores: NDArray[np.float64]) -> Model:
        """Fit on everything; ``scores`` of the held-out rows, by fits that had not seen them, calibrate it."""
        rows = self.held_out
        slope, intercept = metrics.platt(self.describes[rows], scores[rows])
        return self._model(
            self.fit(np.r_[rows, self.always], setting), slope=slope, offset=-intercept / slope
        )

    def _model(self, fit: Fit, *, slope: float, offset: float) -> Model:
        """Turn a fit into the model that is shipped."""
        used = fit.rows
        sums = (
            np.zeros(len(self.vocabulary.known), np.float32),
            np.zeros(len(self.vocabulary.known), np.float32),
        )
        for weights, half in zip(sums, self.halves, strict=True):
            for row, dual in zip(used, fit.duals, strict=True):
                numbers, values = self.vocabulary.row(half[row].text)
                weights[numbers] += dual * values
        return Model(
            cues=self.cues,
            vocabulary=self.vocabulary,
            scales=self.scales,
            gram_weights=sums,
            cue_supports=(self.scaled[0][used], self.scaled[1][used]),
            encoder_supports=self.encoded[used],
            duals=fit.duals,
            encoder_weight=fit.setting.encoder_weight,
            gate=fit.gate,
            unasked=fit.unasked,
            slope=slope,
            offset=offset,
        )
