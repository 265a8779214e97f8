from pathlib import Path

from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack, read_plan, write_plan
from tests.dataset.making import accepted, track


def planned(name: str, sha256: str) -> PlannedTrack:
    told = accepted("warm", offset_s=1.5, tags=(("piano", 0.5), ("slow", 0.25)))
    one = track(name, duration_s=9.5, source_tags=("calm",))
    return PlannedTrack(track=one, audio_sha256=sha256, comments=3, captions=(told,))


def test_a_plan_comes_back_by_split(tmp_path: Path) -> None:
    tracks = [planned("1", "aa"), planned("14", "bb"), planned("2", "cc")]
    assert write_plan(tmp_path, tracks, BuildConfig()) == []
    assert [list(read_plan(tmp_path, split)) for split in ("train", "validation", "test")] == [
        [t] for t in tracks
    ]


def test_the_first_of_equal_files_wins(tmp_path: Path) -> None:
    rejections = write_plan(
        tmp_path, [planned("1", "aa"), planned("2", "aa"), planned("3", "aa")], BuildConfig()
    )
    assert [(r.track, r.reason) for r in rejections] == [
        ("site:2", "the same file as site:1"),
        ("site:3", "the same file as site:1"),
    ]
    assert [t.track.id for split in ("train", "validation", "test") for t in read_plan(tmp_path, split)] == [
        "1"
    ]
