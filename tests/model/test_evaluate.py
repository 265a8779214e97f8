import json
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.errors import DatasetError, UsageError
from emtool.dataset.load import Dataset, open_dataset
from emtool.model.evaluate import Plan, evaluate, evaluate_model, read_report, usual_guidance
from tests.model.orchestra import Player, write_orchestra

PLAN = Plan(samples=16, guidance=(1.0, 3.0), steps=4, seeds_per_prompt=3, heldout_clips=12)


@pytest.fixture(scope="module")
def dataset(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    return open_dataset(write_orchestra(tmp_path_factory.mktemp("data") / "orchestra"))


@pytest.fixture(scope="module")
def done(dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    out = tmp_path_factory.mktemp("evaluation")
    return out, evaluate_model(Player(out), dataset, out, PLAN)


def scores(report: dict[str, Any], metric: str) -> dict[str, float]:
    return {score["name"]: score["value"] for score in report["metrics"][metric]["scores"]}


def test_the_report_tells_a_good_guidance_from_a_bad_one(done: tuple[Path, dict[str, Any]]) -> None:
    _, report = done
    instrument = scores(report, "instrument")
    assert report["metrics"]["instrument"]["trusted"]
    assert instrument["generated, guidance 3"] > 0.85
    assert instrument["generated, guidance 1"] < 0.3  # this player always plays the flute there
    assert scores(report, "heldout-loss")["what the text is worth (difference)"] > 0.05
    assert (
        scores(report, "diversity")["generated, guidance 1"]
        < scores(report, "diversity")["generated, guidance 3"]
    )


def test_what_is_written(done: tuple[Path, dict[str, Any]]) -> None:
    out, report = done
    assert report == json.loads((out / "report.json").read_text(encoding="utf-8"))
    assert (report["prompts"]["count"], report["prompts"]["in_training_texts"]) == (16, 0)
    assert report["dataset"]["training_clips"] == 96
    assert report["usual_guidance"] == "3"
    clips = report["sets"]["3"]["clips"]
    assert len(clips) == 16
    assert clips[0]["heard"]["instrument"]["asked"] == "piano"
    assert all((out / clip["file"]).is_file() for clip in clips)
    assert len(report["repeats"]["clips"]) == 6
    assert (out / "spectrograms" / "guidance-3" / "000.png").is_file()
    assert {path.name for path in (out / "plots").iterdir()} >= {
        "heldout-loss.png",
        "instrument-generated-guidance-3.png",
    }


def test_a_second_run_does_nothing(dataset: Dataset, done: tuple[Path, dict[str, Any]]) -> None:
    out, report = done
    player = Player(out)
    player.stop_after = 0
    times = {path: path.stat().st_mtime_ns for path in out.rglob("*.png")}
    assert evaluate_model(player, dataset, out, PLAN) == report
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*.png")} == times


def test_an_interrupted_evaluation_goes_on(dataset: Dataset, tmp_path: Path) -> None:
    player = Player(tmp_path)
    plan = Plan(samples=16, guidance=(3.0,), steps=4, seeds_per_prompt=2, metrics=("instrument", "kad"))
    player.stop_after = 9
    with pytest.raises(KeyboardInterrupt):
        evaluate_model(player, dataset, tmp_path, plan)
    assert read_report(tmp_path) is None
    player.stop_after = 1000
    report = evaluate_model(player, dataset, tmp_path, plan)
    assert player.made == 16 + 4
    assert set(report["metrics"]) == {"instrument", "kad"}


def test_what_was_measured_is_kept_for_more_metrics(dataset: Dataset, tmp_path: Path) -> None:
    few = Plan(samples=8, guidance=(3.0,), steps=4, seeds_per_prompt=2, metrics=("kad",))
    more = Plan(samples=8, guidance=(3.0,), steps=4, seeds_per_prompt=2, metrics=("kad", "diversity"))
    player = Player(tmp_path)
    before = evaluate_model(player, dataset, tmp_path, few)
    kept = tmp_path / "scores" / "kad.json"
    time = kept.stat().st_mtime_ns
    after = evaluate_model(player, dataset, tmp_path, more)
    assert player.made == 8 + 4
    assert kept.stat().st_mtime_ns == time
    assert after["metrics"]["kad"] == before["metrics"]["kad"]


def test_a_lost_sound_is_noticed(dataset: Dataset, tmp_path: Path) -> None:
    plan = Plan(samples=8, guidance=(3.0,), steps=4, seeds_per_prompt=2, metrics=("diversity",))
    player = Player(tmp_path)
    report = evaluate_model(player, dataset, tmp_path, plan)
    lost = tmp_path / report["sets"]["3"]["clips"][0]["file"]
    lost.unlink()
    evaluate_model(player, dataset, tmp_path, plan)
    assert lost.is_file()


def test_a_damaged_report_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"schema": 1, "fing', encoding="utf-8")
    assert read_report(tmp_path) is None
    (tmp_path / "report.json").write_text('{"schema": 99}', encoding="utf-8")
    assert read_report(tmp_path) is None


def test_a_dataset_without_training_rows(tmp_path: Path) -> None:
    dataset = open_dataset(write_orchestra(tmp_path / "no-train", {"test": 4}))
    with pytest.raises(DatasetError, match="has no training rows to compare with"):
        evaluate_model(Player(tmp_path), dataset, tmp_path / "out", PLAN)


@pytest.mark.parametrize("wrong", [{"samples": 0}, {"steps": 0}, {"guidance": ()}, {"guidance": (3.0, 3.0)}])
def test_plans_that_cannot_be_measured(wrong: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=next(iter(wrong))):
        Plan(**wrong)


def test_an_unknown_metric(dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no emtool\.model\.metrics plug-in named 'clap'"):
        evaluate_model(Player(tmp_path), dataset, tmp_path, Plan(metrics=("clap",)))


def test_usual_guidance() -> None:
    assert usual_guidance({"sampling": {"guidance": 4.5}}, (1.0, 3.0, 5.0)) == 5.0
    assert usual_guidance({}, (1.0, 2.5)) == 2.5


def test_a_real_run(trained: Path, tones: Path, tmp_path: Path) -> None:
    report = evaluate(
        trained, tones, tmp_path, prompts=["a glass flute", "an old cello"], samples=2, guidance=(2,), steps=2
    )
    assert report["checkpoint"]["about"]["step"] == 6
    assert report["plan"]["prompts"] == ["a glass flute", "an old cello"]
    assert "needs two words" in report["metrics"]["instrument"]["skipped"]
    assert scores(report, "heldout-loss")["right captions"] > 0
