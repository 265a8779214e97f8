"""Trains the relevance model and prints how it ranks comments that it has not seen.

    python -m emtool.dataset.teaching.train --data ../shared/data/text

``gold_dev.jsonl`` is dealt into folds that share no song. Each is held out in turn; settings are chosen by a
cross-validation among the others. ``gold_dev2.jsonl``, labels of ours, comments written for training and unlabelled
ones are only ever trained on, without near copies of a held-out comment.
"""

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from emtool.dataset.reading import model as relevance_model
from emtool.dataset.teaching import baseline as quick
from emtool.dataset.teaching import metrics
from emtool.dataset.teaching.labels import Example, examples, pool
from emtool.dataset.teaching.lesson import Lesson

_INNER_FOLDS = 3
_FLOORS = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7)


def main(
    data: Annotated[Path, typer.Option(help="folder with the gold labels and the unlabelled comments")],
    out: Annotated[Path | None, typer.Option(help="file of the model; the shipped one if not given")] = None,
    folds: Annotated[int, typer.Option(help="parts that gold_dev.jsonl is dealt into")] = 5,
    seed: Annotated[int, typer.Option(help="how they are dealt")] = 0,
    save: Annotated[bool, typer.Option(help="train on everything and write the model")] = True,
    baseline: Annotated[
        bool, typer.Option(help="run the quick baseline beside it (wants scikit-learn)")
    ] = True,
) -> None:
    """Train, and judge by nested cross-validation."""
    taken = examples(data)
    lesson = Lesson(
        taken, pool(data), (files("emtool.dataset.reading") / "cues.txt").read_text(encoding="utf-8")
    )
    typer.echo(_told(lesson))
    rows = lesson.held_out
    scores, basic, fold = np.zeros(len(taken)), np.zeros(len(taken)), np.zeros(len(taken), int)
    for number, (learned, judged) in enumerate(lesson.split(rows, folds=folds, seed=seed)):
        inner = learned[learned < len(rows)]
        setting = lesson.choose(inner, folds=_INNER_FOLDS, seed=seed)
        scores[judged] = lesson.predict(lesson.fit(learned, setting), judged)
        fold[judged] = number
        typer.echo(f"fold {number + 1} of {folds}: {setting}")
        if baseline:
            basic[judged] = quick.scores([taken[row] for row in inner], taken, [taken[r] for r in judged])
    held_out = taken[: len(rows)]
    typer.echo(_table("emtool", held_out, scores[rows]))
    if baseline:
        typer.echo(_table("baseline: USE s0 RBF-SVM + n-gram LR", held_out, basic[rows]))
    typer.echo(_calibration(lesson.describes[rows], scores[rows], fold[rows]))
    if save:
        setting = lesson.choose(rows, folds=_INNER_FOLDS, seed=seed)
        path = out or Path(str(files("emtool.dataset.reading") / "model.npz"))
        relevance_model.save(lesson.finish(setting, scores), path)
        typer.echo(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {setting}")


def _told(lesson: Lesson) -> str:
    sources = list(dict.fromkeys(lesson.sources.tolist()))
    counts = (
        f"{source} {int((lesson.sources == source).sum())} ({int(lesson.describes[lesson.sources == source].sum())})"
        for source in sources
    )
    return f"examples (of them describing): {', '.join(counts)}; {len(lesson.vocabulary.known)} n-grams"


def _table(name: str, held_out: Sequence[Example], scores: NDArray[np.float64]) -> str:
    truth = np.array([example.describes for example in held_out])
    parts = {
        "all rows": np.ones(len(truth), bool),
        "sure rows": np.array([not example.unsure for example in held_out]),
        "Chinese": np.array([example.language == "zh" for example in held_out]),
        "English": np.array([example.language == "en" for example in held_out]),
    }
    lines = [f"{name:<40}" + "".join(f"{figure:>11}" for figure in metrics.FIGURES)]
    for part, mask in parts.items():
        if not truth[mask].any():
            continue
        title = f"  {part} ({int(mask.sum())}, {int(truth[mask].sum())} describe)"
        values = (figure(truth[mask], scores[mask]) for figure in metrics.FIGURES.values())
        lines.append(f"{title:<40}" + "".join(f"{value:>11.3f}" for value in values))
    return "\n".join(lines)


def _calibration(truth: NDArray[np.bool_], scores: NDArray[np.float64], fold: NDArray[np.int64]) -> str:
    """Chances of each fold by Platt's curve through the others: how true they are, and what a floor would keep."""
    chances = np.zeros(len(truth))
    for number in np.unique(fold):
        others, own = fold != number, fold == number
        slope, intercept = metrics.platt(truth[others], scores[others])
        chances[own] = 1 / (1 + np.exp(-slope * scores[own] - intercept))
    error, brier = metrics.calibration_error(truth, chances), float(np.mean((chances - truth) ** 2))
    lines = [f"calibration error {error:.3f}, Brier score {brier:.3f} (a constant: {truth.var():.3f})"]
    for floor in (*_FLOORS, round(metrics.f1_cut(chances), 2)):
        kept = chances >= floor
        hits = int((truth & kept).sum())
        precision, recall = hits / max(int(kept.sum()), 1), hits / max(int(truth.sum()), 1)
        lines.append(
            f"score >= {floor:<4} precision {precision:.3f}, recall {recall:.3f}, kept {int(kept.sum())}"
        )
    return "\n".join(lines) + " (best expected F1)"


if __name__ == "__main__":
    typer.run(main)
