from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import Print
from emtool.dataset.funnel import Rejection
from emtool.dataset.placing import settle
from emtool.dataset.plan import PlannedTrack
from tests.dataset.making import accepted, track


def prints(number: int) -> Print:
    """A print of 30 s, another for every number."""
    return np.random.default_rng(number).integers(0, 1 << 32, 220, np.uint32)


def planned(name: str, *, votes: int = 3, same_file_as: str | None = None, **more: Any) -> PlannedTrack:
    return PlannedTrack(
        track=track(name, **more),
        audio_sha256=f"sha of {same_file_as or name}",
        comments=3,
        captions=(accepted("warm", votes=votes),),
        same_file_as=same_file_as,
    )


def settled(
    tracks: Sequence[PlannedTrack], taken: dict[str, Print], config: BuildConfig | None = None
) -> tuple[dict[str, str], list[Rejection]]:
    known = {f"site:{name}": one for name, one in taken.items()}
    return settle(tracks, known, config or BuildConfig(splits=(50, 25, 25)))


def test_of_one_recording_the_most_voted_track_stays() -> None:
    tracks = [planned("1", votes=2), planned("2", votes=9), planned("3", votes=5), planned("4")]
    split, rejections = settled(tracks, {"1": prints(0), "2": prints(0)[40:], "3": prints(0), "4": prints(1)})
    assert set(split) == {"site:2", "site:4"}
    assert [(one.track, one.filter) for one in rejections] == [
        ("site:1", "same-recording"),
        ("site:3", "same-recording"),
    ]
    assert (
        rejections[0].reason == "the same recording as site:2: 0.0% of their prints differ, shifted by 5.0 s"
    )


def test_of_equal_votes_the_first_key_stays() -> None:
    split, rejections = settled([planned("1"), planned("2")], {"1": prints(0), "2": prints(0)})
    assert (set(split), rejections[0].track) == ({"site:1"}, "site:2")


def test_a_track_without_clips_neither_stays_nor_drops_another() -> None:
    split, rejections = settled([planned("1", votes=99), planned("2")], {"2": prints(0)})
    assert (set(split), rejections) == ({"site:2"}, [])


@pytest.mark.parametrize("by_file", [False, True])
def test_works_that_share_a_recording_share_a_split(by_file: bool) -> None:
    """One recording under two ids is dropped once; all other recordings of both works stay on its side."""
    tracks: list[PlannedTrack] = []
    taken: dict[str, Print] = {}
    for number in range(30):
        first, second = f"a{number}", f"b{number}"
        own: dict[str, Any] = {"work_id": first, "artist": first}
        others: dict[str, Any] = {"work_id": second, "artist": second}
        tracks += [
            planned(first, **own),
            planned(f"{first}-live", **own),
            planned(f"{second}-live", **others),
        ]
        tracks.append(planned(second, same_file_as=f"site:{first}" if by_file else None, **others))
        taken |= {
            first: prints(number),
            f"{first}-live": prints(100 + number),
            f"{second}-live": prints(200 + number),
        }
        taken |= {} if by_file else {second: prints(number)}
    split, rejections = settled(tracks, taken)
    assert len(rejections) == (0 if by_file else 30)
    for number in range(30):
        assert (
            len(
                {
                    split[f"site:{name}{number}{live}"]
                    for name, live in (("a", ""), ("a", "-live"), ("b", "-live"))
                }
            )
            == 1
        )
    assert set(split.values()) == {"train", "validation", "test"}


def test_what_ties_two_splits_is_left_out_with_its_reason() -> None:
    own = [
        planned(f"{n}-{m}", artist=f"Artist {n}", work_id=f"w{n * 3 + m}")
        for n in range(30)
        for m in range(3)
    ]
    tied = [
        replace(
            one,
            track=replace(one.track, id=f"t{place}", work_id=f"w{place * 3 + 3}"),
            audio_sha256=f"t{place}",
        )
        for place, one in enumerate(own[::3][:29])
    ]
    every = [*own, *tied]
    taken = {one.track.id: prints(place) for place, one in enumerate(every)}
    split, rejections = settled(every, taken, BuildConfig())
    assert {rejection.filter for rejection in rejections} == {"tying"}
    assert len(split) == len(every) - len(rejections)
    for field in ("artist", "work_id"):
        held = {
            name: {getattr(one.track, field) for one in every if split.get(one.track.key) == name}
            for name in ("train", "validation", "test")
        }
        assert not held["train"] & held["validation"]
        assert not held["train"] & held["test"]
        assert not held["validation"] & held["test"]


def test_an_artist_gives_no_more_tracks_than_asked_the_most_voted() -> None:
    tracks = [
        planned("1", votes=2, artist="Ada"),
        planned("2", votes=9, artist="Ada feat. Bo"),
        planned("3", votes=5, artist="ada"),
        planned("4", votes=1, artist="Bo"),
        planned("5", votes=1, artist="Various Artists"),
        planned("6", votes=1, artist="various artists"),
        planned("7", votes=99, artist="Ada"),  # the same recording as 8
        planned("8", votes=100, artist="Cy"),
    ]
    taken = {one.track.id: prints(int(one.track.id)) for one in tracks} | {"7": prints(8)}
    for most, gone in ((0, set()), (1, {"1", "3", "4"}), (2, {"1"})):
        split, rejections = settled(tracks, taken, BuildConfig(max_per_artist=most))
        found = {one.track: one for one in rejections if one.filter == "artist-full"}
        assert set(found) == {f"site:{name}" for name in gone}
        assert not set(found) & set(split)
    assert found["site:1"].reason == "its artist has 2 tracks with more votes already"
