import io
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emtool.dataset.load import open_dataset
from emtool.model.listening.sounds import ClipShape, dataset_sounds, encode, file_sounds, read_file, resample
from tests.model.listening.test_features import sine
from tests.model.orchestra import RATE_HZ, sounds, write_orchestra

SHAPE = ClipShape(sample_rate_hz=RATE_HZ, channels=1, seconds=1.0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_orchestra(tmp_path_factory.mktemp("data") / "six", {"train": 6, "test": 4})


def test_clips_of_several_splits_in_order(folder: Path) -> None:
    dataset = open_dataset(folder)
    clips = dataset_sounds(dataset, ("test", "validation", "train"), SHAPE, most=100, seed=0)
    assert len(clips) == 10
    assert clips.works[:2] == ("test-0", "test-0")
    assert clips.tags[4] == ("piano", "slow", "major")
    assert clips.texts[4] == dataset.split("train").texts[0]
    assert np.array_equal(clips.read(5), dataset.split("train").audio(1))


def test_the_middle_is_cut_out(folder: Path) -> None:
    dataset = open_dataset(folder)
    shape = ClipShape(sample_rate_hz=RATE_HZ, channels=1, seconds=0.5)
    half = dataset_sounds(dataset, ("train",), shape, most=100, seed=0).read(0)
    assert np.array_equal(half, dataset.split("train").audio(0)[:, RATE_HZ // 4 : -RATE_HZ // 4])


def test_rate_and_channels_become_those_of_the_model(folder: Path) -> None:
    shape = ClipShape(sample_rate_hz=16_000, channels=2, seconds=1.0)
    clip = dataset_sounds(open_dataset(folder), ("train",), shape, most=100, seed=0).read(0)
    assert clip.shape == (2, 16_000)
    assert np.array_equal(clip[0], clip[1])


def test_a_draw_of_clips_is_always_the_same(folder: Path) -> None:
    def drawn(seed: int) -> tuple[str, ...]:
        return dataset_sounds(open_dataset(folder), ("train",), SHAPE, most=3, seed=seed).texts

    assert len(drawn(0)) == 3
    assert drawn(0) == drawn(0)
    assert len({drawn(seed) for seed in range(5)}) > 1


def test_take_and_mono() -> None:
    clips = sounds(4, 0)
    taken = clips.take([2, 0])
    assert taken.works == (clips.works[2], clips.works[0])
    assert np.array_equal(taken.read(0), clips.read(2))
    assert taken.mono(1).shape == (RATE_HZ,)


def test_resampling_keeps_the_pitch() -> None:
    changed = resample(sine(440)[None], RATE_HZ, 12_000)
    assert changed.dtype == np.float32
    assert np.abs(np.fft.rfft(changed[0])).argmax() == 440


def test_files_read_back_as_they_were_written(tmp_path: Path) -> None:
    clip = np.stack((sine(440), 4 * sine(220)))  # the second is too loud and gets clipped
    path = tmp_path / "a.flac"
    path.write_bytes(encode(clip, RATE_HZ))
    assert read_file(path) == pytest.approx(np.clip(clip, -1, 1), abs=1e-4)
    listed = file_sounds([path], ["a text"], [("flute",)], RATE_HZ)
    assert (listed.works, listed.tags) == (("a text",), (("flute",),))
    assert listed.read(0).shape == clip.shape


def test_opus() -> None:
    data = encode(sine(440)[None], RATE_HZ, kind="OGG", subtype="OPUS")
    assert soundfile.info(io.BytesIO(data)).subtype == "OPUS"
