"""Training of the relevance model, on comments made here: what it prints, what it saves, what it never learns from."""

import itertools
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from emtool.crawler.errors import UsageError
from emtool.dataset.relevance import judge_of
from emtool.dataset.teaching import labels, metrics, train

SOUNDS = ("piano", "violin", "guitar", "钢琴", "大提琴", "笛子")
WAYS = ("soft", "dark", "slow", "忧伤", "欢快", "舒缓")
PEOPLE = ("my sister", "the boss", "our cat", "老王", "同桌", "邻居")
DOINGS = ("forgot the keys", "called again", "missed the bus", "又迟到了", "考试没过", "借走了书")


def comments() -> tuple[list[str], list[str]]:
    """Describing ones and chatter, 36 each."""
    return (
        [f"{way} {sound} all the way" for way, sound in itertools.product(WAYS, SOUNDS)],
        [f"{who} {did} this morning" for who, did in itertools.product(PEOPLE, DOINGS)],
    )


def write(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(labels, "UNLABELLED_TAKEN", 20)
    monkeypatch.setattr(labels, "PROBES_TAKEN", 20)
    describing, chatter = comments()
    rows = [
        {
            "text": text,
            "label": "describes" if text in describing else "chatter",
            "unsure": False,
            "lang": "zh" if number % 2 else "en",
            "source": "made",
            "song": number // 2,
        }
        for number, text in enumerate([*describing, *chatter])
    ]
    folder = tmp_path / "text"
    folder.mkdir()
    write(folder / "gold_dev.jsonl", rows[::2])
    write(folder / "gold_dev2.jsonl", rows[1::2])
    for number, name in enumerate(labels.POOLS):
        write(folder / name, [{"text": f"{who}, number {number}{at}"} for at, who in enumerate(PEOPLE * 3)])
    return folder


def test_a_model_is_trained_judged_saved_and_used(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "own.npz"
    train.main(data, out=out, folds=3, baseline=False)
    printed = capsys.readouterr().out
    assert "gold_dev 36 (18)" in printed
    assert "fold 3 of 3" in printed
    ranked = next(line for line in printed.splitlines() if line.startswith("  all rows (36, 18 describe)"))
    assert float(ranked.split(")")[1].split()[0]) > 0.9
    assert "calibration error" in printed
    said, chatted = judge_of(f"file:{out}")(["slow guitar all the way", "老王 called again this morning"])
    assert said.score > 0.5 > chatted.score


def test_the_baseline_is_run_the_same_way(
    data: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    pytest.importorskip("sklearn", reason="the baseline wants scikit-learn")
    train.main(data, out=tmp_path / "none.npz", folds=2, baseline=True, save=False)
    assert capsys.readouterr().out.count("all rows (36, 18 describe)") == 2
    assert not (tmp_path / "none.npz").exists()


def test_folds_share_no_song_and_judge_only_the_held_out_file(data: Path) -> None:
    from emtool.dataset.reading.model import shipped
    from emtool.dataset.teaching.lesson import Lesson

    lesson = Lesson(labels.examples(data), labels.pool(data), shipped().cues.listing)
    seen: list[int] = []
    for learned, judged in lesson.split(lesson.held_out, folds=3, seed=1):
        assert not {lesson.songs[row] for row in judged} & {
            lesson.songs[row] for row in learned if lesson.sources[row] == labels.HELD_OUT
        }
        assert not set(learned) & set(judged)
        assert labels.PROBE not in lesson.sources[learned]
        seen.extend(judged)
    assert sorted(seen) == list(lesson.held_out)


def test_near_copies_of_held_out_comments_are_never_learned(data: Path) -> None:
    held_out = json.loads((data / "gold_dev.jsonl").read_text(encoding="utf-8").splitlines()[0])["text"]
    write(data / labels.POOLS[0], [{"text": f"{held_out}!!"}, {"text": "an unlike sentence of its own"}])
    others = [example.text for example in labels.examples(data) if example.source != labels.HELD_OUT]
    assert f"{held_out}!!" not in others
    assert "an unlike sentence of its own" in others


def test_texts_that_are_asked_away_stand_nowhere(data: Path) -> None:
    describing, _ = comments()
    without = set(describing[:6])
    assert not without & {example.text for example in labels.examples(data, without=without)}


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no gold_dev\.jsonl in"):
        labels.examples(tmp_path)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "text.npz").write_text("no model")
    with pytest.raises(UsageError, match="no relevance model in"):
        judge_of(f"file:{tmp_path / 'text.npz'}")
    with pytest.raises(UsageError, match="No such file"):
        judge_of(f"file:{tmp_path / 'absent.npz'}")


def test_figures_on_a_ranking_that_is_known() -> None:
    truth, scores = np.array([1, 0, 1, 0, 0], bool), np.array([5.0, 4.0, 3.0, 2.0, 1.0])
    assert metrics.average_precision(truth, scores) == pytest.approx((1 + 2 / 3) / 2)
    assert metrics.precision_at(truth, scores, 1.0) == pytest.approx(2 / 3)
    assert metrics.recall_at(truth, scores, 0.9) == 0.5
    assert metrics.recall_at(~truth, scores, 0.9) == 0.0
    assert metrics.best_f1(truth, scores) == pytest.approx(0.8)


def test_chances_that_are_true_have_no_calibration_error() -> None:
    truth = np.array([True] * 3 + [False] * 7)
    assert metrics.calibration_error(truth, np.full(10, 0.3)) == pytest.approx(0)
    assert metrics.calibration_error(truth, np.full(10, 0.8)) == pytest.approx(0.5)


def test_the_curve_through_scores_gives_back_chances() -> None:
    generator = np.random.default_rng(0)
    scores = generator.normal(size=20_000)
    truth = generator.random(20_000) < 1 / (1 + np.exp(-(2 * scores - 1)))
    assert metrics.platt(truth, scores) == pytest.approx((2, -1), abs=0.1)
