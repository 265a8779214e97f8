"""How well the network removes noise from real clips that it has never seen, and how the text helps it."""

import numpy as np
from numpy.typing import NDArray

from emtool.model.listening.sounds import Sounds
from emtool.model.measuring import Interval, Result, Role, Score, SoundMaker, Subject, bootstrap_mean

LEVELS = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)  # t: 0 is clean, 1 is noise

_LEAST = 2  # works
_TITLE = "held-out loss"
_MEANING = (
    "Mean squared error of the velocity on real held-out clips, averaged over nine noise levels; lower is "
    "better. With captions exchanged between clips it should rise: the difference is what the text is worth."
)


def measure(subject: Subject) -> Result:
    """Held-out loss by noise level with right and with exchanged captions."""
    order = np.random.default_rng((subject.seed, 29)).permutation(len(subject.heldout))
    sounds = subject.heldout.take(order[: subject.heldout_clips].tolist())
    if len(set(sounds.works)) < _LEAST or len(set(sounds.texts)) < _LEAST:
        return Result(
            title=_TITLE,
            meaning=_MEANING,
            skipped=f"needs held-out clips of {_LEAST} works with different captions; "
            f"there are {len(sounds)} held-out clips",
        )
    exchanged = exchange(sounds.texts, subject.seed)
    right, wrong = [], []
    with subject.progress.task(_TITLE, 2 * len(LEVELS), "level") as task:
        audio = _stack(subject.sampler, sounds)
        for level in LEVELS:
            right.append(_losses(subject, audio, sounds.texts, level))
            task.advance()
            wrong.append(_losses(subject, audio, exchanged, level))
            task.advance()
    return _result(subject, sounds.works, np.stack(right), np.stack(wrong))


def exchange(texts: tuple[str, ...], seed: int) -> tuple[str, ...]:
    """Give every clip the text of another, a different one wherever there are different ones.

    Clips of the same text stand together, and each takes the text that stands half the list further on, or as
    far as the most frequent text is long.
    """
    random = np.random.default_rng((seed, 31))
    names = random.permutation(sorted(set(texts))).tolist()
    order = sorted(range(len(texts)), key=lambda clip: names.index(texts[clip]))
    step = max(len(texts) // 2, *(texts.count(name) for name in names)) % len(texts)
    exchanged = list(texts)
    for place, clip in enumerate(order):
        exchanged[clip] = texts[order[(place + step) % len(order)]]
    return tuple(exchanged)


def _losses(
    subject: Subject, audio: NDArray[np.float32], texts: tuple[str, ...], level: float
) -> NDArray[np.float64]:
    """Losses [N], with the same noise for every list of texts: what differs comes from the text alone."""
    seed = subject.seed * len(LEVELS) + LEVELS.index(level)
    return subject.sampler.denoise_loss(audio, texts, level, seed).astype(np.float64)


def _result(
    subject: Subject, works: tuple[str, ...], right: NDArray[np.float64], wrong: NDArray[np.float64]
) -> Result:
    """Scores from losses [levels, N]."""

    def score(name: str, values: NDArray[np.float64], role: Role) -> Score:
        return Score(
            name=name,
            value=float(values.mean()),
            n=len(works),
            interval=bootstrap_mean(values.mean(axis=0), works, subject.seed),
            role=role,
        )

    def by_level(values: NDArray[np.float64]) -> dict[str, dict[str, float | Interval | None]]:
        return {
            f"{level:.1f}": {
                "value": float(row.mean()),
                "interval": bootstrap_mean(row, works, subject.seed),
            }
            for level, row in zip(LEVELS, values, strict=True)
        }

    return Result(
        title=_TITLE,
        meaning=_MEANING,
        interval="bootstrap over works",
        scores=(
            score("right captions", right, Role.RESULT),
            score("captions exchanged", wrong, Role.CONTROL),
            score("what the text is worth (difference)", wrong - right, Role.RESULT),
        ),
        detail={"n": len(works), "right": by_level(right), "exchanged": by_level(wrong)},
    )


def _stack(sampler: SoundMaker, sounds: Sounds) -> NDArray[np.float32]:
    """Clips [N, C, T] of the model's length, short ones with silence behind them as in training."""
    length = round(sampler.seconds * sampler.sample_rate_hz)
    clips = []
    for index in range(len(sounds)):
        clip = sounds.read(index)
        clips.append(np.pad(clip, ((0, 0), (0, length - clip.shape[-1]))))
    return np.stack(clips)
