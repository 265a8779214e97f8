"""Curves for TensorBoard and the like, and sounds and pictures of fixed prompts while a run trains."""

from pathlib import Path
from typing import Any

import pytest
import soundfile
from PIL import Image

from emtool.crawler.errors import MissingToolError
from emtool.model import trackers
from emtool.model.journal import read_metrics
from emtool.model.train import train
from tests.model.making import RATE_HZ, SAMPLES, run_files, small_config


def test_sounds_and_pictures_are_written_at_intervals_and_leave_the_training_as_it_is(
    tones: Path, trained: Path, tmp_path: Path
) -> None:
    train(tones, tmp_path, small_config("sample_every=4", "prompts=[a calm cello, 长笛]"))
    assert read_metrics(tmp_path)[1]["loss"] == read_metrics(trained)[1]["loss"]
    names = {"001-a-calm-cello", "002-长笛"}
    expected = {f"{name}.{kind}" for name in names for kind in ("wav", "png")} | {"samples.json"}
    assert run_files(tmp_path / "samples") == {
        f"step-{step:08d}/{name}" for step in (4, 6) for name in expected
    }
    folder = tmp_path / "samples" / "step-00000004"
    sound, rate_hz = soundfile.read(folder / "001-a-calm-cello.wav")
    assert (len(sound), rate_hz) == (SAMPLES, RATE_HZ)
    with Image.open(folder / "001-a-calm-cello.png") as picture:
        assert picture.width > 400


@pytest.mark.filterwarnings("ignore::DeprecationWarning:tensorboard", "ignore::DeprecationWarning:google")
def test_tensorboard_holds_curves_sounds_and_spectrograms(tones: Path, tmp_path: Path) -> None:
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    train(tones, tmp_path, small_config("log=tensorboard", "sample_every=6"))
    events = EventAccumulator(str(tmp_path / trackers.FOLDER), size_guidance={"scalars": 0})
    events.Reload()
    tags = events.Tags()
    assert {"train/loss", "train/lr", "train/clips_per_s", "heldout/0.5", "heldout/mean"} <= set(
        tags["scalars"]
    )
    assert [event.step for event in events.Scalars("heldout/mean")] == [3, 6]
    assert events.Scalars("train/loss")[0].value == pytest.approx(read_metrics(tmp_path)[1]["loss"])
    prompts = ["01 a calm cello", "02 a calm flute"]  # of the held-out clips
    assert tags["images"] == [f"spectrograms/{prompt}" for prompt in prompts]
    assert tags["audio"] == [f"sounds/{prompt}" for prompt in prompts]


@pytest.mark.parametrize(
    ("log", "installed", "chosen"),
    [("auto", True, "tensorboard"), ("auto", False, None), ("none", True, None), ("wandb", True, "wandb")],
)
def test_a_tracker_is_chosen_by_what_is_installed(
    log: str, installed: bool, chosen: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda _name: object() if installed else None)
    assert trackers.choose(log) == chosen


@pytest.mark.parametrize("log", ["tensorboard", "wandb", "trackio"])
def test_a_missing_tracker_is_named_with_the_way_to_get_it(
    log: str, tones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trackers, "find_spec", lambda _name: None)
    with pytest.raises(
        MissingToolError, match=rf"log={log} needs the package {log}: pip install 'emtool\[{log}\]'"
    ):
        train(tones, tmp_path, small_config(f"log={log}"))
    assert not list(tmp_path.iterdir())


def test_metrics_say_what_limits_the_speed(trained: Path) -> None:
    line: dict[str, Any] = next(line for line in read_metrics(trained) if "loss" in line)
    assert 0 <= line["waiting"] <= 1
    assert line["memory_bytes"] > 1e8
    assert line["clips_per_s"] > 0
    assert line["gradient_norm"] > 0
