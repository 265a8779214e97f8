"""Sampling: the same seed gives the same sound, and every number has its range."""

import json
from pathlib import Path
from typing import Any

import ffmpeg
import numpy as np
import pytest
import soundfile
import torch

from emtool.crawler import registry
from emtool.crawler.errors import CheckpointError, MissingToolError, UsageError
from emtool.model.checkpoint import FILE
from emtool.model.device import bf16_speed, choose_precision
from emtool.model.export import export
from emtool.model.sample import Sampler
from emtool.model.sounds import write_samples
from tests.model.making import RATE_HZ, SAMPLES

PROMPTS = ["a calm cello", "欢快的长笛", "flute"]


@pytest.fixture(scope="module")
def sampler(trained: Path) -> Sampler:
    return Sampler.open(trained)


@pytest.mark.parametrize("name", registry.names("emtool.model.samplers"))
def test_sound_repeats_whatever_the_batch(sampler: Sampler, name: str) -> None:
    options: dict[str, Any] = {"steps": 3, "sampler": name, "precision": "fp32"}
    together = sampler.generate(PROMPTS, seed=5, batch=3, **options)
    alone = sampler.generate(PROMPTS, seed=5, batch=1, **options)
    assert together.shape == (3, 1, SAMPLES)
    assert together.dtype == np.float32
    assert np.allclose(together, alone, atol=1e-4)
    assert np.array_equal(together, sampler.generate(PROMPTS, seed=5, batch=3, **options))
    assert not np.allclose(together, sampler.generate(PROMPTS, seed=6, batch=3, **options), atol=1e-2)
    assert np.abs(together).max() <= 1


def test_guidance_moves_from_no_text_through_the_text_and_beyond(sampler: Sampler) -> None:
    assert sampler.network.null_sentence is not None
    torch.nn.init.normal_(sampler.network.null_sentence, std=2)  # six steps of training leave it near zero
    clips = [sampler.generate(["flute"], steps=2, guidance=g, precision="fp32")[0] for g in (0.0, 1.0, 2.0)]
    toward, beyond = clips[1] - clips[0], clips[2] - clips[1]
    assert np.abs(toward).max() > 1e-5
    assert np.corrcoef(toward.ravel(), beyond.ravel())[0, 1] > 0.5


def test_denoise_loss_is_one_number_per_clip(sampler: Sampler) -> None:
    audio = np.zeros((3, 1, SAMPLES), np.float32)
    losses = sampler.denoise_loss(audio, PROMPTS, 0.5)
    assert losses.shape == (3,)
    assert np.array_equal(losses, sampler.denoise_loss(audio, PROMPTS, 0.5))
    assert not np.array_equal(losses, sampler.denoise_loss(audio, PROMPTS, 0.5, seed=1))


def test_it_says_what_it_makes(sampler: Sampler, trained: Path) -> None:
    assert (sampler.sample_rate_hz, sampler.seconds) == (RATE_HZ, SAMPLES / RATE_HZ)
    assert sampler.path == trained / FILE
    assert sampler.generate([]).shape == (0, 1, SAMPLES)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"steps": 0}, "steps=0, batch=8: both must be at least 1"),
        ({"rescale": 1.5}, "rescale=1.5 is outside 0 to 1"),
        ({"seconds": 0.0}, r"seconds=0.0 must be more than 0: 0.512 is one clip"),
        ({"seconds": float("inf")}, "seconds=inf must be more than 0"),
        ({"seconds": 1e9}, "seconds=1e.09 would need .* GB of memory, and this machine has"),
        ({"guidance": -1.0}, "guidance=-1.0 is outside 0 to 100"),
        (
            {"sampler": "eular"},
            r"no emtool.model.samplers plug-in named 'eular' \(there are: ancestral, ddim, dpmpp-2m, heun\)",
        ),
    ],
)
def test_a_number_outside_its_range_is_refused(sampler: Sampler, options: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        sampler.generate(PROMPTS, **options)


def test_an_empty_prompt_is_refused(sampler: Sampler) -> None:
    with pytest.raises(UsageError, match="prompt 2 is empty"):
        sampler.generate(["flute", " "])
    with pytest.raises(UsageError, match="prompt 1 is empty"):
        sampler.generate([(("flute", 0.5), ("", 0.5))])


def test_nothing_is_opened_where_there_is_nothing(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no checkpoint at"):
        Sampler.open(tmp_path / "nowhere")


def test_sounds_carry_what_made_them(tmp_path: Path) -> None:
    clips = np.random.default_rng(0).uniform(-1, 1, (2, 2, 100)).astype(np.float32)
    paths = write_samples(tmp_path, clips, ["A slow, sad cello!", "🎻"], 8000, {"seed": 3, "steps": 4})
    assert [path.name for path in paths] == ["001-a-slow-sad-cello.wav", "002-sound.wav"]
    with soundfile.SoundFile(paths[0]) as sound:
        assert (sound.title, sound.comment) == ("A slow, sad cello!", "seed=3, steps=4")
        assert (sound.samplerate, sound.channels) == (8000, 2)
        assert np.allclose(sound.read(always_2d=True).T, clips[0], atol=1e-4)
    listed = json.loads((tmp_path / "samples.json").read_text())
    assert listed["sounds"][1] == {"file": "002-sound.wav", "prompt": "🎻"}
    assert listed["seed"] == 3


def test_an_exported_checkpoint_is_half_as_large_and_sounds_the_same(trained: Path, sampler: Sampler) -> None:
    (path,) = export(trained, trained.parent / "exported.safetensors")
    assert path.stat().st_size < 0.6 * (trained / FILE).stat().st_size
    exported = Sampler.open(path)
    assert exported.about["weights"] == "float16"
    assert exported.config == sampler.config
    options: dict[str, Any] = {"steps": 2, "precision": "fp32"}
    before, after = (opened.generate(["flute"], **options) for opened in (sampler, exported))
    assert np.allclose(before, after, atol=0.02)


def test_precision_follows_what_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    cpu = torch.device("cpu")
    assert bf16_speed("cpu") > 0
    for speed, expected in ((3.0, torch.bfloat16), (0.002, torch.float32)):
        monkeypatch.setattr("emtool.model.device.bf16_speed", lambda _device, s=speed: s)
        assert choose_precision("auto", cpu) is expected
        assert choose_precision("fp32", cpu) is torch.float32
        assert choose_precision("bf16", cpu) is torch.bfloat16


@pytest.mark.parametrize("kind", ["flac", "opus", "mp3"])
def test_encoded_files_sound_the_same_and_name_what_made_them(tmp_path: Path, kind: str) -> None:
    times = np.arange(16_000) / 16_000
    clip = (0.5 * np.sin(2 * np.pi * 440 * times)).astype(np.float32)
    [path] = write_samples(tmp_path, clip[None, None], ["钢琴; slow = sad"], 16_000, {"seed": 3}, kind=kind)
    told = ffmpeg.probe(str(path))
    named = {
        name.lower(): value
        for part in (told["format"], told["streams"][0])
        for name, value in part.get("tags", {}).items()
    }
    assert (named["title"], named["comment"]) == ("钢琴; slow = sad", "seed=3")
    sound, rate = soundfile.read(path)
    spectrum = np.abs(np.fft.rfft(sound[: rate // 2] * np.hanning(rate // 2)))
    assert spectrum.argmax() * 2 == pytest.approx(440, abs=4)
    assert np.sqrt(np.mean(np.square(sound))) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_encoded_files_want_ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(MissingToolError, match="opus files need ffmpeg"):
        write_samples(tmp_path, np.zeros((1, 1, 100), np.float32), ["a"], 16_000, {}, kind="opus")
    assert not list(tmp_path.iterdir())
