"""Training: it learns, and nothing that happens to it loses a run."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import yaml

from emtool.crawler.errors import CheckpointError, DatasetError, EmtoolError
from emtool.dataset.load import open_dataset
from emtool.model import checkpoint
from emtool.model.config import load_preset
from emtool.model.continued import resumed
from emtool.model.data import Batch, Batches, Clips, draw_text
from emtool.model.engine import Engine
from emtool.model.journal import read_metrics
from emtool.model.run import Run, ema_decay, learning_rate, newest_state, states
from emtool.model.text_encoder import TextEncoder
from emtool.model.train import fit_to_dataset, train
from tests.model.making import SAMPLES, run_files, small_config, write_dataset


def test_a_run_leaves_what_it_promises(tones: Path, trained: Path) -> None:
    files = {"config.yaml", "metrics.jsonl", "attribution.txt", checkpoint.FILE}
    assert run_files(trained) == files | {f"states/step-{step:08d}.safetensors" for step in (2, 4, 6)}
    assert resumed(trained) == (small_config("channels=1", "sample_rate_hz=4000"), str(tones), None)
    lines = read_metrics(trained)
    heldout = [line for line in lines if "heldout" in line]
    assert [line["step"] for line in heldout] == [3, 6]
    assert set(heldout[0]["heldout"]) == {"mean", *(f"0.{level}" for level in range(1, 10))}
    assert [line["step"] for line in lines if "loss" in line] == [6]


def test_it_learns_tones(tones: Path, tmp_path: Path) -> None:
    untrained = train(tones, tmp_path / "untrained", small_config("steps=1", "lr=1e-9"))
    settings = ("steps=150", "batch=8", "eval_every=150", "lr=0.01", "unet_channels=[32,48]")
    learned = train(tones, tmp_path / "learned", small_config(*settings))
    assert learned["heldout"]["mean"] < 0.8 * untrained["heldout"]["mean"]


def test_a_stopped_run_ends_like_one_that_was_not(tones: Path, trained: Path, tmp_path: Path) -> None:
    """Bitwise: weights, averages, optimiser, data order, noise and metrics."""
    again = tmp_path / "again"
    with pytest.raises(KeyboardInterrupt):
        stop_after(4, tones, again)
    train(tones, again, small_config())
    expected, got = checkpoint.load(states(trained)[-1]), checkpoint.load(states(again)[-1])
    assert got.tensors.keys() == expected.tensors.keys()
    assert all(torch.equal(got.tensors[name], tensor) for name, tensor in expected.tensors.items())
    assert timeless(again) == timeless(trained)


def timeless(run: Path) -> list[dict[str, Any]]:
    """Metrics without what differs from one run to the next."""
    differs = ("seconds", "clips_per_s", "waiting", "memory_bytes")
    return [{k: v for k, v in line.items() if k not in differs} for line in read_metrics(run)]


def stop_after(step: int, dataset: Path, out: Path) -> None:
    """Train and send ourselves the signal of Ctrl-C in the middle of a step."""
    learn = Run.learn

    def learn_and_stop(self: Run, batches: Sequence[Batch]) -> float:
        if self.step == step - 1:
            os.kill(os.getpid(), signal.SIGINT)
        return learn(self, batches)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Run, "learn", learn_and_stop)
        train(dataset, out, small_config())


def test_a_finished_run_is_left_alone(tones: Path, trained: Path) -> None:
    before = {
        name: (trained / name).stat().st_mtime_ns
        for name in run_files(trained)
        if name.endswith("safetensors")
    }
    summary = train(tones, trained, small_config())
    assert summary["step"] == 6
    assert before == {name: (trained / name).stat().st_mtime_ns for name in before}


KILLED = """
import sys
from pathlib import Path
from emtool.model.train import train
from tests.model.making import small_config
train(sys.argv[1], Path(sys.argv[2]), small_config("steps=100000", "save_every=3", "eval_every=1000"))
"""


def test_a_killed_run_goes_on_from_its_last_state(tones: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tones), str(tmp_path)], cwd=Path(__file__).parents[2]
    )
    try:
        while len(states(tmp_path)) < 2 and process.poll() is None:
            time.sleep(0.05)
    finally:
        process.kill()
        process.wait()
    saved = newest_state(tmp_path)
    assert saved is not None
    more = saved.about["step"] + 3
    assert (
        train(tones, tmp_path, small_config(f"steps={more}", "save_every=3", "eval_every=1000"))["step"]
        == more
    )
    logged = [(line["step"], "heldout" in line) for line in read_metrics(tmp_path)]
    assert logged == sorted(set(logged))


def test_a_damaged_state_gives_way_to_the_one_before(tones: Path, tmp_path: Path) -> None:
    train(tones, tmp_path, small_config("steps=4"))
    last = states(tmp_path)[-1]
    last.write_bytes(last.read_bytes()[:1000])
    saved = newest_state(tmp_path)
    assert saved is not None
    assert saved.about["step"] == 2
    assert train(tones, tmp_path, small_config("steps=4"))["step"] == 4


def test_only_so_many_states_are_kept(tones: Path, tmp_path: Path) -> None:
    train(tones, tmp_path, small_config("steps=6", "save_every=1", "keep=1"))
    assert [path.stem for path in states(tmp_path)] == ["step-00000005", "step-00000006"]


def test_a_run_is_not_continued_with_other_settings_or_data(
    tones: Path, trained: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        CheckpointError, match=r"trained with lr=0.002, now lr=0.1 is asked: choose another --out"
    ):
        train(tones, trained, small_config("lr=0.1"))
    other = write_dataset(tmp_path / "other", rows=8)
    with pytest.raises(CheckpointError, match=r"tones-12, now tones-8\): choose another --out"):
        train(other, trained, small_config())


def test_a_loss_that_is_no_number_stops_with_step_and_clips(
    tones: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make = Batches._batch

    def broken(self: Batches, places: range, t: torch.Tensor) -> Batch:
        batch = make(self, places, t)
        return replace(batch, audio=batch.audio * (float("nan") if "train-5" in batch.ids else 1))

    train(tones, tmp_path, small_config("steps=2"))
    monkeypatch.setattr(Batches, "_batch", broken)
    with pytest.raises(EmtoolError, match=r"the loss is nan at step \d on the clips .*train-5"):
        train(tones, tmp_path, small_config("steps=20"))
    assert newest_state(tmp_path) is not None


def test_a_time_limit_sets_the_steps(tones: Path, tmp_path: Path) -> None:
    summary = train(
        tones, tmp_path, small_config("steps=100000", "eval_every=100000", "save_every=1000"), minutes=0.02
    )
    assert 12 < summary["steps"] < 100000
    assert summary["step"] == summary["steps"]
    settled = train(
        tones, tmp_path, small_config("steps=100000", "eval_every=100000", "save_every=1000"), minutes=5
    )
    assert settled["steps"] == summary["steps"]


def test_the_schedules() -> None:
    config = small_config("steps=100", "warmup=10", "lr=1.0", "final_lr=0.1")
    rates = [learning_rate(step, config) for step in range(101)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[10] == 1.0
    assert rates[100] == pytest.approx(0.1)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert ema_decay(0, 0.999) == 0
    assert ema_decay(10**6, 0.999) == 0.999


def test_every_epoch_shows_every_clip_once(tones: Path) -> None:
    config = fit_to_dataset(small_config("batch=5"), open_dataset(tones))
    batches = Batches(Clips(open_dataset(tones).split("train")), config.model, config.train)
    rows = [row for step in range(12) for row in batches.rows(step)]
    assert [sorted(rows[start : start + 12]) for start in (0, 12, 24)] == [list(range(12))] * 3
    assert rows[:12] != rows[12:24]


def test_a_batch_follows_from_its_step_alone(tones: Path) -> None:
    config = fit_to_dataset(small_config("samples=1500", "format=mix"), open_dataset(tones))

    def batches() -> Batches:
        return Batches(Clips(open_dataset(tones).split("train")), config.model, config.train)

    first = batches()
    for step in range(3):
        first(step)
    (batch,), (same,) = first(3), batches()(3)
    assert torch.equal(batch.audio, same.audio)
    assert torch.equal(batch.noise, same.noise)
    assert torch.equal(batch.t, same.t)
    assert (batch.ids, batch.texts) == (same.ids, same.texts)
    assert batch.audio.shape == (4, 1, 1500)
    still = replace(config.train, gain_db=0.0, polarity=False, crop=False)
    plain = Batches(first.clips, config.model, still)(3)[0].audio[0]
    row = first.rows(3)[0]
    middle = (SAMPLES - 1500) // 2
    expected = open_dataset(tones).split("train").audio(row)[:, middle : middle + 1500]
    assert np.allclose(plain.numpy(), expected, atol=1e-4)


def test_processes_and_accumulation_share_out_the_same_clips(tones: Path) -> None:
    """Two processes that add up two batches of two see what one sees in one batch of eight."""
    config = fit_to_dataset(small_config("format=mix"), open_dataset(tones))
    clips = Clips(open_dataset(tones).split("train"))
    whole = Batches(clips, config.model, replace(config.train, batch=8))(5)[0]
    parts = replace(config.train, batch=2, accumulate=2)
    shared = [Batches(clips, config.model, parts, rank=rank, processes=2)(5) for rank in range(2)]
    in_order = [shared[0][0], shared[1][0], shared[0][1], shared[1][1]]
    assert tuple(name for batch in in_order for name in batch.ids) == whole.ids
    assert tuple(text for batch in in_order for text in batch.texts) == whole.texts
    for part in ("audio", "noise", "t", "dropped"):
        assert torch.equal(torch.cat([getattr(batch, part) for batch in in_order]), getattr(whole, part))


def test_the_noise_and_the_times_are_as_they_should_be(tones: Path) -> None:
    config = fit_to_dataset(small_config("batch=64", "drop_text=0.25"), open_dataset(tones))
    batch = Batches(Clips(open_dataset(tones).split("train")), config.model, config.train)(0)[0]
    assert abs(float(batch.noise.mean())) < 0.02
    assert abs(float(batch.noise.std()) - 1) < 0.02
    assert abs(np.corrcoef(batch.noise[:, 0].numpy()) - np.eye(64)).max() < 0.2
    assert torch.equal((batch.t * 64).int().sort().values, torch.arange(64, dtype=torch.int32))
    assert 0.05 < float(batch.dropped.float().mean()) < 0.5


def test_sides_are_swapped_and_clips_moved_only_where_it_is_asked() -> None:
    sound = np.stack([np.full(10, 100, np.int16), np.full(10, -300, np.int16)])
    calm: dict[str, Any] = {"gain_db": 0.0, "polarity": False, "crop": False}
    config = load_preset("tiny", ["samples=10", "channels=2", "sample_rate_hz=10"])

    def changed(**settings: Any) -> np.ndarray[Any, Any]:
        train_config = replace(config.train, **calm | settings)
        batches = Batches.__new__(Batches)
        batches.train, batches.model = train_config, config.model
        draw = np.random.default_rng(0)
        return np.stack([batches._changed(sound, draw) for _ in range(200)]) * 32767

    still = changed(swap_channels=False)
    assert np.allclose(still, sound)
    firsts = changed(swap_channels=True)[:, 0, 0].round()
    assert set(firsts) == {100, -300}
    assert 0.35 < (firsts == 100).mean() < 0.65
    moved = changed(swap_channels=False, shift_s=0.4)
    silent = (moved[:, 0].round() == 0).sum(axis=1)
    assert set(silent) == {0, 1, 2, 3, 4}
    assert {bool(row[0] == 0) for row in moved[:, 0] if (row == 0).any()} == {True, False}


def test_texts_are_drawn_by_weight_and_format(tones: Path) -> None:
    split = open_dataset(tones).split("train")
    draw = np.random.default_rng(0)
    drawn = [draw_text(split, 1, "captions", draw) for _ in range(400)]
    assert 0.65 < drawn.count("a calm flute") / 400 < 0.85
    assert set(drawn) == {"a calm flute", "flute, number 1"}
    assert draw_text(split, 1, "tags", draw) == "flute, calm"
    assert draw_text(split, 1, "dataset", draw) == "a calm flute"
    assert {draw_text(split, 1, "mix", draw) for _ in range(100)} == {
        "a calm flute",
        "flute, number 1",
        "flute, calm",
    }


def test_a_folder_that_is_no_run_cannot_be_resumed(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no run in .* begin one with emtool train --out"):
        resumed(tmp_path)


def test_a_folder_that_is_no_dataset_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="run emtool build-dataset"):
        train(tmp_path, tmp_path / "run", small_config())


def test_half_a_line_of_metrics_is_skipped(tmp_path: Path) -> None:
    (tmp_path / "metrics.jsonl").write_text(json.dumps({"step": 1, "loss": 0.5}) + '\n{"step": 2, "lo')
    assert read_metrics(tmp_path) == [{"step": 1, "loss": 0.5}]
    assert read_metrics(tmp_path / "nowhere") == []


def test_states_of_another_network_are_refused(tones: Path, trained: Path, tmp_path: Path) -> None:
    config = fit_to_dataset(small_config("unet_channels=[16,16]"), open_dataset(tones))
    saved = newest_state(trained)
    assert saved is not None
    with pytest.raises(CheckpointError, match="is of another network"):
        Run(config, TextEncoder("use"), tmp_path, Engine(), history={}, saved=saved)


def test_the_config_file_is_plain_yaml(trained: Path, tones: Path) -> None:
    written = yaml.safe_load((trained / "config.yaml").read_text())
    assert written["dataset"] == str(tones)
    assert written["model"]["unet_channels"] == [16, 24]
