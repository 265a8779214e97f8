"""What every metric promises: figures with an n, or one reason why there are none."""

from pathlib import Path

import pytest

from emtool.crawler import registry
from emtool.model.measuring import Result, Role
from tests.model.orchestra import sounds, subject

METRICS = registry.names("emtool.model.metrics")


def measured(name: str, folder: Path, **more: object) -> Result:
    result: Result = registry.load("emtool.model.metrics", name).measure(subject(folder, **more))
    return result


def test_the_metrics_there_are() -> None:
    assert METRICS == (
        "copies",
        "coverage",
        "diversity",
        "fad",
        "heldout-loss",
        "instrument",
        "kad",
        "mode",
        "tempo",
    )


@pytest.mark.parametrize("name", METRICS)
def test_every_figure_has_an_n_and_something_beside_it(name: str, tmp_path: Path) -> None:
    result = measured(name, tmp_path)
    assert not result.skipped
    assert result.title
    assert result.meaning.endswith(".")
    assert result.interval
    assert all(score.n > 0 for score in result.scores)
    assert {Role.RESULT} < {score.role for score in result.scores}
    assert result.to_json()["scores"][0]["n"] == result.scores[0].n


@pytest.mark.parametrize("name", [name for name in METRICS if name not in ("copies", "diversity", "kad")])
def test_nothing_is_measured_without_held_out_clips(name: str, tmp_path: Path) -> None:
    result = measured(name, tmp_path, heldout=sounds(8, 2).take([]))
    assert result.skipped
    assert not result.scores


@pytest.mark.parametrize("name", ["copies", "coverage", "diversity", "fad", "kad"])
def test_nothing_is_measured_without_training_clips(name: str, tmp_path: Path) -> None:
    result = measured(name, tmp_path, train=sounds(8, 1).take([0, 1]))
    assert result.skipped
    assert not result.scores


@pytest.mark.parametrize("name", ["fad", "kad"])
def test_distances_rise_from_real_clips_over_noisy_ones_to_noise(name: str, tmp_path: Path) -> None:
    value = {score.name: score.value for score in measured(name, tmp_path).scores}
    assert value["held-out"] < value["held-out + 20 dB noise"] < value["white noise"]
    assert value["generated, guidance 3"] < value["held-out + 20 dB noise"]


def test_coverage_falls_from_real_clips_over_noisy_ones_to_noise(tmp_path: Path) -> None:
    value = {score.name: score.value for score in measured("coverage", tmp_path).scores}
    assert value["held-out"] > value["held-out + 20 dB noise"] >= value["white noise"] == 0


def test_training_clips_given_again_are_told_as_copies(tmp_path: Path) -> None:
    learned = subject(tmp_path).train
    result = measured("copies", tmp_path, generated={3.0: learned.take(range(8))})
    value = {score.name: score.value for score in result.scores}
    assert value["generated, guidance 3"] == pytest.approx(0, abs=1e-3)
    assert value["training clips again"] == pytest.approx(0, abs=1e-3)
    assert value["held-out"] > 0.3


def test_one_clip_again_and_again_is_not_diverse(tmp_path: Path) -> None:
    result = measured("diversity", tmp_path, generated={3.0: sounds(8, 3).take([0] * 8)})
    value = {score.name: score.value for score in result.scores}
    assert value["generated, guidance 3"] == pytest.approx(0, abs=1e-6)
    assert value["held-out"] == pytest.approx(1, abs=0.2)
    assert result.detail["vendi"]["generated, guidance 3"] == pytest.approx(1, abs=1e-6)
    assert result.detail["vendi_clips"] == 8


def test_seeds_of_one_prompt_are_compared_with_each_other_only(tmp_path: Path) -> None:
    clips = sounds(2, 3)
    repeats = clips.take([0, 0, 1, 1])  # two prompts, each played twice alike
    result = measured("diversity", tmp_path, repeats=repeats)
    assert result.scores[-1].name == "generated, 2 prompts with several seeds each"
    assert result.scores[-1].value == pytest.approx(0, abs=1e-6)
    assert result.scores[-1].n == 4
    alone = measured("diversity", tmp_path, repeats=clips)
    assert not [score for score in alone.scores if "seeds" in score.name]
