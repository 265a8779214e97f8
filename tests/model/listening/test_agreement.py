from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from emtool.crawler.progress import Task
from emtool.model.listening.agreement import Question, agreement, one_word
from emtool.model.listening.classifier import Listener, train_on_features
from emtool.model.listening.features import timbre
from emtool.model.listening.sounds import Sounds
from emtool.model.listening.words import INSTRUMENTS
from emtool.model.measuring import Result, Role, Score
from tests.model.orchestra import sounds, subject


def train(clips: Sounds, labels: Sequence[str], task: Task, seed: int) -> Listener:
    return train_on_features(clips, labels, timbre, task, seed=seed, copies=1, shortest=0.5)


def train_on_wrong_labels(clips: Sounds, labels: Sequence[str], task: Task, seed: int) -> Listener:
    mixed = np.random.default_rng(0).permutation(labels).tolist()
    return train(clips, mixed, task, seed)


def question(**more: Any) -> Question:
    made: dict[str, Any] = {
        "title": "instrument",
        "meaning": "m",
        "words": INSTRUMENTS,
        "train": train,
        "trusted_from": 0.9,
    }
    return Question(**(made | more))


def score(result: Result, name: str) -> Score:
    return next(found for found in result.scores if found.name == name)


def test_one_word() -> None:
    assert one_word(("slow", "acoustic guitar", "guitar"), INSTRUMENTS) == "guitar"
    assert one_word(("guitar", "piano"), INSTRUMENTS) is None
    assert one_word(("strings", "sad"), INSTRUMENTS) is None


def test_a_model_that_plays_what_is_asked(tmp_path: Path) -> None:
    result = agreement(subject(tmp_path), question())
    assert (result.trusted, result.skipped, result.chance) == (True, "", 1 / 8)
    real, heard = score(result, "real, held out"), score(result, "generated, guidance 3")
    assert (real.n, real.role, heard.n, heard.role) == (32, Role.ANCHOR, 24, Role.RESULT)
    assert real.value > 0.9
    assert heard.value > 0.9
    control = score(result, "generated, guidance 3, prompts exchanged")
    assert control.interval is not None
    assert control.interval[0] < 1 / 8 < control.interval[1] < 0.5
    matrix = np.array(result.detail["confusion"]["generated, guidance 3"])
    assert matrix.sum() == 24
    assert np.trace(matrix) == round(24 * heard.value)
    clip = result.detail["heard"]["3"][0]
    assert (clip["clip"], clip["asked"], clip["heard"]) == (0, "piano", "piano")


def test_a_model_that_plays_something_else(tmp_path: Path) -> None:
    clips = sounds(24, 3)
    wrong = clips.tags[1:] + clips.tags[:1]
    deaf = Sounds(
        read=clips.read, sample_rate_hz=clips.sample_rate_hz, works=clips.works, texts=clips.texts, tags=wrong
    )
    result = agreement(subject(tmp_path, generated={3.0: deaf}), question())
    assert score(result, "generated, guidance 3").value < 0.1
    asked_piano = result.detail["confusion"]["generated, guidance 3"][result.detail["words"].index("piano")]
    assert asked_piano[result.detail["words"].index("marimba")] == 3  # the row says what was heard for piano


def test_a_bad_listener_is_not_trusted_or_left_out(tmp_path: Path) -> None:
    doubtful = agreement(subject(tmp_path), question(train=train_on_wrong_labels))
    assert not doubtful.trusted
    assert "not trusted" in doubtful.note
    left_out = agreement(subject(tmp_path), question(train=train_on_wrong_labels, needed_from=0.8))
    assert left_out.skipped.startswith("left out: the listener is right on ")
    assert not left_out.scores


@pytest.mark.parametrize(
    ("train_rows", "heldout_rows"),
    [(40, 32), (80, 8)],  # five clips of every word; eight held-out clips
)
def test_too_few_labelled_clips(tmp_path: Path, train_rows: int, heldout_rows: int) -> None:
    few = subject(tmp_path, train=sounds(train_rows, 1), heldout=sounds(heldout_rows, 2))
    assert "needs two words with 8 training clips each" in agreement(few, question()).skipped


def test_prompts_without_a_known_word(tmp_path: Path) -> None:
    clips = sounds(4, 3)
    wordless = Sounds(
        read=clips.read,
        sample_rate_hz=clips.sample_rate_hz,
        works=clips.works,
        texts=clips.texts,
        tags=((),) * 4,
    )
    result = agreement(subject(tmp_path, generated={1.0: wordless}), question())
    assert {found.role for found in result.scores} == {Role.ANCHOR}
    assert "no prompt names exactly one word" in result.note
