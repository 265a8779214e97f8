from pathlib import Path

from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack, read_plan, to_cut, write_plan
from tests.dataset.making import accepted, track


def planned(name: str, sha256: str, votes: int | None = 3) -> PlannedTrack:
    told = accepted("warm", offset_s=1.5, votes=votes, tags=(("piano", 0.5), ("slow", 0.25)))
    one = track(name, duration_s=9.5, source_tags=("calm",))
    return PlannedTrack(track=one, audio_sha256=sha256, comments=3, captions=(told, told))


def test_a_plan_comes_back_in_its_order(tmp_path: Path) -> None:
    tracks = [planned("1", "aa"), planned("14", "bb"), planned("2", "cc")]
    assert write_plan(tmp_path, tracks, BuildConfig()) == []
    assert list(read_plan(tmp_path)) == list(to_cut(tmp_path)) == tracks


def test_the_first_of_equal_files_is_cut(tmp_path: Path) -> None:
    tracks = [planned("1", "aa"), planned("2", "aa"), planned("3", "aa")]
    assert [(r.track, r.reason) for r in write_plan(tmp_path, tracks, BuildConfig())] == [
        ("site:2", "the same file as site:1"),
        ("site:3", "the same file as site:1"),
    ]
    assert [one.track.id for one in to_cut(tmp_path)] == ["1"]
    assert [one.same_file_as for one in read_plan(tmp_path)] == [None, "site:1", "site:1"]


def test_votes_of_all_captions() -> None:
    assert planned("1", "aa").votes == 6
    assert planned("1", "aa", votes=None).votes == 0
