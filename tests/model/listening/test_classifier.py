from functools import cache

import numpy as np
import pytest

from emtool.crawler.progress import SILENT
from emtool.model.listening.alter import with_low_pass, with_noise
from emtool.model.listening.classifier import Discriminant, Listener, train_on_features
from emtool.model.listening.features import rhythm, timbre
from emtool.model.listening.key_profile import train_on_keys
from emtool.model.listening.sounds import Sounds
from tests.model.orchestra import sounds


def accuracy(listener: Listener, clips: Sounds, place: int) -> float:
    with SILENT.task("test", None, "clip") as task:
        said = listener.hear(clips, task).argmax(axis=1)
    return float(
        np.mean([listener.classes[n] == tags[place] for n, tags in zip(said, clips.tags, strict=True)])
    )


@cache
def listener_for_instruments(copies: int) -> Listener:
    train = sounds(64, 1)
    labels = [tags[0] for tags in train.tags]
    with SILENT.task("test", None, "clip") as task:
        return train_on_features(train, labels, timbre, task, seed=0, copies=copies, shortest=0.5)


def test_discriminant_tells_clouds_apart() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat(np.arange(3), 50)
    points = random.standard_normal((150, 5)) + 6 * np.eye(5)[labels]
    probabilities = Discriminant.fit(points, labels, 3)(points)
    assert probabilities.sum(axis=1) == pytest.approx(np.ones(150))
    assert (probabilities.argmax(axis=1) == labels).mean() > 0.97


def test_instruments_are_told_apart_also_in_noise_and_when_dull() -> None:
    listener, clips = listener_for_instruments(copies=3), sounds(32, 2)
    assert accuracy(listener, clips, 0) == 1
    assert accuracy(listener, with_noise(clips, 10, 0), 0) > 0.9
    assert accuracy(listener, with_low_pass(clips, 2000), 0) > 0.9


def test_without_altered_copies_noise_would_decide() -> None:
    clips = with_noise(sounds(32, 2), 10, 0)
    assert accuracy(listener_for_instruments(copies=0), clips, 0) < accuracy(
        listener_for_instruments(copies=3), clips, 0
    )


def test_the_same_clips_give_the_same_listener() -> None:
    first, second = (listener_for_instruments.__wrapped__(copies=1) for _ in range(2))
    with SILENT.task("test", None, "clip") as task:
        assert np.array_equal(first.hear(sounds(8, 2), task), second.hear(sounds(8, 2), task))


def test_nothing_to_hear() -> None:
    listener = listener_for_instruments(copies=0)
    with SILENT.task("test", None, "clip") as task:
        assert listener.hear(sounds(8, 2).take([]), task).shape == (0, 8)


def test_tempo_is_heard() -> None:
    train = sounds(60, 1)
    with SILENT.task("test", None, "clip") as task:
        labels = [tags[1] for tags in train.tags]
        listener = train_on_features(train, labels, rhythm, task, seed=0, copies=1, shortest=0.8)
    assert accuracy(listener, sounds(30, 2), 1) > 0.85


def test_mode_is_heard_on_any_tonic() -> None:
    train = sounds(60, 1, instruments=("violin", "flute"))
    with SILENT.task("test", None, "clip") as task:
        listener = train_on_keys(train, [tags[2] for tags in train.tags], task)
    assert listener.classes == ("major", "minor")
    assert accuracy(listener, sounds(30, 2, instruments=("violin", "flute")), 2) > 0.85
