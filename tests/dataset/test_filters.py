import io
import math
from typing import Any

import numpy as np
import pytest

from emtool.crawler import registry
from emtool.crawler.records import ListState, Track, TrackState
from emtool.crawler.store import StoredTrack
from emtool.dataset import rules
from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig
from emtool.dataset.hearing import Heard
from emtool.dataset.placing import Placed
from emtool.dataset.plan import PlannedTrack
from emtool.dataset.recordings import Match
from emtool.dataset.sound import Sound
from tests.dataset.making import accepted, candidate, track

CONFIG = BuildConfig()


def said(name: str, subject: Any, **choices: Any) -> str | None:
    found = rules.first_reason((name,), subject, BuildConfig(**choices))
    return found[1] if found else None


def test_every_filter_has_one_place_in_the_order() -> None:
    placed = [name for group in rules.GROUPS.values() for name in group]
    assert len(placed) == len(set(placed))
    assert set(placed) == set(registry.names(rules.FILTERS))


def test_the_first_reason_counts() -> None:
    assert rules.first_reason(rules.CHEAP, candidate("!"), CONFIG) == (
        "empty",
        "no word is left after cleaning",
    )
    assert rules.first_reason(rules.CHEAP, candidate("a warm piano"), CONFIG) is None


@pytest.mark.parametrize(
    ("name", "dropped", "kept"),
    [
        ("unsafe", {"text": "x", "unsafe": "self-harm"}, {"text": "x"}),
        ("empty", {"text": "...!"}, {"text": "7"}),
        ("few-votes", {"text": "x", "votes": 4}, {"text": "x", "votes": 5}),
        ("few-votes", {"text": "x", "votes": None}, {"text": "x", "votes": 6}),
        ("too-short", {"text": "琴 123 !"}, {"text": "钢琴"}),
        ("too-long", {"text": "a" * 501}, {"text": "a" * 500}),
        ("language", {"text": "x", "language": "ja"}, {"text": "x", "language": "zh"}),
        ("repeated", {"text": "x", "copy_of": "c9"}, {"text": "x"}),
        ("copied", {"text": "x", "works": 4}, {"text": "x", "works": 3}),
        ("advert", {"text": "x", "private": {"handle": 1}}, {"text": "x", "private": {"mention": 1}}),
        ("advert", {"text": "check out my channel"}, {"text": "check out that piano"}),
        ("advert", {"text": "求关注，谢谢"}, {"text": "值得关注的钢琴"}),
        ("chatter", {"text": "打卡"}, {"text": "打击乐"}),
        ("chatter", {"text": "FIRST!!"}, {"text": "first the cello, then the flute"}),
        ("chatter", {"text": "hahahaha"}, {"text": "harp"}),
        ("chatter", {"text": "2024年还有人在听吗"}, {"text": "听了一年还是喜欢这段钢琴"}),
        (
            "chatter",
            {"text": "who is still listening in 2024?"},
            {"text": "the violin is still listening to the flute"},
        ),
        ("not-describing", {"text": "x", "score": 0.49}, {"text": "x", "score": 0.5}),
        ("not-describing", {"text": "x"}, {"text": "x", "score": 0.9}),
    ],
)
def test_comment_filters(name: str, dropped: dict[str, Any], kept: dict[str, Any]) -> None:
    choices = {"min_votes": 5} if name == "few-votes" else {}
    assert said(name, candidate(**dropped), **choices)
    assert said(name, candidate(**kept), **choices) is None


def test_unknown_votes_pass_where_no_votes_are_asked_for() -> None:
    assert said("few-votes", candidate("x", votes=None)) is None


def test_any_language() -> None:
    assert said("language", candidate("x", language="ja"), languages=("any",)) is None


def test_a_long_laugh_is_no_trap() -> None:
    assert said("chatter", candidate("hhha" * 125 + "x")) is None


def stored(one: Track, audio_sha256: str | None = "00", reason: str | None = None) -> StoredTrack:
    return StoredTrack(
        track=one,
        state=TrackState.DONE,
        list_state=ListState.COMPLETE,
        audio_sha256=audio_sha256,
        audio_suffix=".ogg",
        fetched_at="2026-01-01T00:00:00Z",
        reason=reason,
    )


def test_tracks_without_sound_or_licence() -> None:
    assert said("no-audio", stored(track("1"))) is None
    assert said("no-audio", stored(track("1"), None, "gone")) == "no audio in the store, state done: gone"
    assert said("licence", stored(track("1", licence="CC-BY-SA-4.0"))) is None
    assert "CC-BY-ND-4.0" in str(said("licence", stored(track("1", licence="CC-BY-ND-4.0"))))
    told = said("licence", stored(track("1", licence=None, licence_text="all rights reserved")))
    assert "all rights reserved" in str(told)
    assert said("licence", stored(track("1", licence=None)), licences="any") is None


def planned(**more: Any) -> PlannedTrack:
    told: dict[str, Any] = {
        "track": track("1"),
        "audio_sha256": "00",
        "comments": 4,
        "captions": (accepted("warm"),),
    }
    return PlannedTrack(**(told | more))


def test_planned_tracks() -> None:
    assert said("no-caption", planned()) is None
    assert said("no-caption", planned(captions=())) == "none of its 4 comments was accepted"
    untagged = planned(captions=(accepted("warm", tags=()),))
    assert said("no-tags", untagged) is None
    assert said("no-tags", untagged, format="tags")
    assert said("no-tags", untagged, format="both")
    assert said("no-tags", planned(), format="tags") is None
    assert said("same-file", planned()) is None
    assert said("same-file", planned(same_file_as="site:0")) == "the same file as site:0"


def sound(
    seconds: float, declared_s: float | None = None, failure: str | None = None, correlation: float = 1.0
) -> Sound:
    return Sound(
        sample_rate_hz=16_000,
        channels=1,
        declared_s=declared_s,
        correlation=correlation,
        failure=failure,
        samples=round(seconds * 16_000),
        levels=np.zeros(1, np.float32),
        pcm=io.BytesIO(),
    )


def test_sounds() -> None:
    assert said("unreadable", sound(0, failure="no sound")) == "no sound"
    assert said("unreadable", sound(4)) is None
    assert said("brief", sound(2.9)) == "2.90 s of sound, shorter than 3.00 s"
    assert said("brief", sound(3.0)) is None
    assert said("endless", sound(1801))
    assert said("endless", sound(1800)) is None
    assert said("wrong-duration", sound(30)) is None
    assert said("wrong-duration", sound(30, declared_s=200)) == "30.0 s of sound, but its page says 200.0 s"
    assert said("wrong-duration", sound(6.4, declared_s=5)) is None
    assert said("wrong-duration", sound(240, declared_s=200)) is None


def heard(**more: float) -> Heard:
    return Heard(**({"speech": 0.0, "singing": 0.0, "music": 1.0, "tonal": 0.8, "swing_db": 4.0} | more))


def clip(**more: Any) -> Clip:
    told: dict[str, Any] = {
        "start_s": 0.0,
        "duration_s": 4.0,
        "samples": np.zeros((1, 1), np.int16),
        "captions": (accepted("warm"),),
        "level_dbfs": -20.0,
        "peak_dbfs": -3.0,
        "channel_dbfs": (-20.0,),
        "silence": 0.0,
        "clipped": 0.0,
        "dc": 0.0,
        "loudness_lufs": -20.0,
        "gain_db": 0.0,
        "heard": heard(),
    }
    return Clip(**(told | more))


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("silent", {"silence": 0.51}),
        ("clipped", {"clipped": 0.011}),
        ("shifted", {"dc": 0.051}),
        ("dead-channel", {"channel_dbfs": (-20.0, -90.0)}),
        ("uncaptioned", {"captions": ()}),
        ("speech", {"heard": heard(speech=0.9, music=0.3, swing_db=20.0)}),
        ("speech", {"heard": heard(speech=0.9, music=0.05)}),
        ("speech", {"heard": heard(speech=0.3, singing=0.6, music=0.0, swing_db=20.0)}),
        ("no-music", {"heard": heard(music=0.0, tonal=0.02)}),
    ],
)
def test_clips(name: str, fault: dict[str, Any]) -> None:
    assert said(name, clip(**fault))
    assert said(name, clip(channel_dbfs=(-20.0, -21.0))) is None


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("speech", heard(speech=0.9, music=0.3, swing_db=6.0)),
        ("speech", heard(speech=0.4, music=0.0, swing_db=20.0)),
        ("speech", heard(speech=0.1, singing=0.9, music=0.0, swing_db=20.0)),
        ("speech", heard(speech=0.3, singing=0.6, music=0.2, swing_db=20.0)),
        ("no-music", heard(music=0.0, tonal=0.5)),
        ("no-music", heard(music=0.0, singing=0.6, tonal=0.02)),
    ],
)
def test_one_opinion_is_not_enough(name: str, kept: Heard) -> None:
    assert said(name, clip(heard=kept)) is None


def test_thresholds_of_hearing_are_options() -> None:
    talk = clip(heard=heard(speech=0.4, music=0.0, swing_db=20.0))
    assert said("speech", talk, max_speech=0.3)
    assert said("no-music", clip(heard=heard(music=0.3, tonal=0.0)), min_music=0.4)


def test_sides_that_cancel_each_other() -> None:
    assert (
        said("inverted", sound(4, correlation=-0.97)) == "its channels cancel each other: correlation -0.97"
    )
    assert said("inverted", sound(4, correlation=-0.5)) is None


def test_tracks_among_all() -> None:
    assert said("same-recording", Placed()) is None
    match = Match(first=0, second=1, errors=0.031, shift_s=-4.95)
    told = said("same-recording", Placed(kept="site:1", match=match))
    assert told == "the same recording as site:1: 3.1% of their prints differ, shifted by 5.0 s"
    assert str(said("same-recording", Placed(kept="site:1"))).endswith("by way of other tracks")
    assert said("tying", Placed(ties_splits="a reason")) == "a reason"
    assert said("tying", Placed()) is None


def test_one_silent_channel_is_a_matter_of_the_level() -> None:
    assert said("dead-channel", clip(channel_dbfs=(-math.inf,))) is None
