import hashlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Cut, Job, cut_track
from emtool.dataset.plan import PlannedTrack
from tests.dataset.making import RATE_HZ, accepted, sine, track, write_sound


def cut(
    folder: Path, samples: NDArray[np.float32], config: BuildConfig, offset_s: float | None = None
) -> Cut:
    path = write_sound(folder / "a.wav", samples)
    captions = (accepted("timed", offset_s=offset_s, score=0.75), accepted("whole", score=0.25))
    planned = PlannedTrack(
        track=track("1", artist=None),
        audio_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        comments=2,
        captions=captions if offset_s is not None else captions[1:],
    )
    return cut_track(Job(planned=planned, path=path, config=config))


def test_a_track_gives_several_clips_away_from_silence(tmp_path: Path) -> None:
    gap = np.zeros(4 * RATE_HZ, np.float32)
    found = cut(
        tmp_path, np.concatenate([gap, sine(4), gap, sine(4), gap]), BuildConfig(seconds=2.0, max_segments=2)
    )
    starts = [row["segment_start_s"] for row in found.rows]
    assert found.rejections == ()
    assert len(starts) == 2
    assert 4 <= starts[0] <= 6
    assert 12 <= starts[1] <= 14
    assert [row["id"] for row in found.rows] == ["site:1#0", "site:1#1"]
    assert [row["audio"]["path"] for row in found.rows] == ["site_1_0.flac", "site_1_1.flac"]
    assert found.rows[0]["attribution"] == '"Piece 1", https://site.test/1, CC0-1.0'


def test_a_timed_comment_chooses_its_clip_and_stays_with_it(tmp_path: Path) -> None:
    found = cut(tmp_path, sine(30), BuildConfig(seconds=4.0, max_segments=3), offset_s=25.0)
    timed = [row for row in found.rows if row["free_form"] == "timed"]
    assert len(found.rows) == 3
    assert len(timed) == 1
    assert timed[0]["segment_start_s"] <= 25.0 < timed[0]["segment_start_s"] + 4
    caption = timed[0]["captions"][0]
    assert caption["offset_s"] + timed[0]["segment_start_s"] == 25.0
    assert [c["weight"] for c in timed[0]["captions"]] == [0.75, 0.25]
    assert all(c["text"] == "whole" for row in found.rows if row is not timed[0] for c in row["captions"])


def test_a_faulty_clip_has_its_place_in_the_reason(tmp_path: Path) -> None:
    found = cut(tmp_path, np.clip(sine(8, amplitude=4), -1, 1), BuildConfig())
    assert found.rows == ()
    assert found.rejections[0].filter == "clipped"
    assert "clip at 2.00 s" in found.rejections[0].reason


def test_nearly_long_enough_is_padded(tmp_path: Path) -> None:
    found = cut(tmp_path, sine(3.1), BuildConfig())
    assert found.rows[0]["duration_s"] == 3.1
