"""The sound half of a build as steps: cut every track once, settle which stay, and write each split.

Every file is decoded once. Its clips wait in a Parquet file of the bench until all prints are taken, since only then
it is known which tracks are one recording; the clips of those that stay are then copied, as they are, to their split.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, groupby, islice, takewhile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from emtool.crawler.progress import Progress, Task
from emtool.crawler.store import Store
from emtool.dataset import fingerprint
from emtool.dataset.bench import Bench
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Cut, Job, cut_track
from emtool.dataset.engine import Engine, batches
from emtool.dataset.funnel import Funnel, Rejection
from emtool.dataset.placing import settle
from emtool.dataset.plan import PlannedTrack, read_plan, to_cut
from emtool.dataset.schema import SPLITS
from emtool.dataset.shards import write_shard

_PLACES = "4-places"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSteps:
    """Everything after the plan; each step is done once."""

    store: Store
    bench: Bench
    config: BuildConfig
    progress: Progress

    def run(self, running: Engine) -> None:
        """Do all that is not done yet."""
        if reason := fingerprint.unavailable():
            self.progress.say(reason)
        self._cut(running)
        self._place()
        split_of = self.bench.record(_PLACES)["splits"]
        for split in SPLITS:
            if not self.bench.done(_split_step(split)):
                self._write(split, split_of)

    def _cut(self, running: Engine) -> None:
        total = sum(1 for _ in to_cut(self.bench.folder))
        with self.progress.task("cutting sound", total, "tracks") as task:
            for number, tracks in enumerate(batches(to_cut(self.bench.folder), self.config.tracks_per_shard)):
                if self.bench.done(_cut_step(number)):
                    task.advance(len(tracks))
                else:
                    self._cut_some(running, number, tracks, task)

    def _cut_some(self, running: Engine, number: int, tracks: list[PlannedTrack], task: Task) -> None:
        jobs = (
            Job(planned=track, path=self.store.audio_path(track.audio_sha256), config=self.config)
            for track in tracks
        )
        rejections: list[Rejection] = []
        prints: dict[str, str] = {}
        self._write_rows(
            self.bench.clips(number), _rows(running.map(cut_track, jobs), rejections, prints, task)
        )
        funnel = Funnel()
        funnel.reject(rejections)
        self.bench.finish(_cut_step(number), funnel, rejections, prints=prints)

    def _place(self) -> None:
        if self.bench.done(_PLACES):
            return
        prints = {
            key: np.frombuffer(b64decode(code), np.uint32)
            for number in self._batches_cut()
            for key, code in self.bench.record(_cut_step(number))["prints"].items()
        }
        splits, rejections = settle(read_plan(self.bench.folder), prints, self.config)
        funnel = Funnel()
        funnel.reject(rejections)
        self.bench.finish(_PLACES, funnel, rejections, splits=splits)

    def _parts(self) -> list[Path]:
        """Where the clips of each batch wait; a batch without clips has no file."""
        return [self.bench.clips(number) for number in self._batches_cut()]

    def _batches_cut(self) -> Iterator[int]:
        return takewhile(lambda number: self.bench.done(_cut_step(number)), count())

    def _write(self, split: str, split_of: Mapping[str, str]) -> None:
        """Write the files of a split, so many tracks each."""
        waiting = (row for path in self._parts() if path.exists() for row in _kept(path, split, split_of))
        tracks = (list(clips) for _, clips in groupby(waiting, key=lambda row: row["track"]))
        written = 0
        for number in range(len(split_of)):
            shard = chain.from_iterable(islice(tracks, self.config.tracks_per_shard))
            rows = self._write_rows(self.bench.part(split, number), shard)
            if not rows:
                break
            written += rows
        funnel = Funnel()
        funnel.counts["clips"] = written
        self.bench.finish(_split_step(split), funnel, [])

    def _write_rows(self, path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
        rate_hz, clip_bytes = self.config.sample_rate_hz, self.config.clip_bytes
        return write_shard(path, rows, sample_rate_hz=rate_hz, clip_bytes=clip_bytes)


def _rows(
    cuts: Iterable[Cut], rejections: list[Rejection], prints: dict[str, str], task: Task
) -> Iterator[dict[str, Any]]:
    for cut in cuts:
        rejections.extend(cut.rejections)
        if cut.rows:
            prints[cut.track] = b64encode(cut.print.tobytes()).decode()
        yield from cut.rows
        task.advance()


def _kept(path: Path, split: str, split_of: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    """Give the rows of a split, a row group in memory at a time."""
    with pq.ParquetFile(path) as opened:
        for group in range(opened.num_row_groups):
            tracks = opened.read_row_group(group, columns=["track"])["track"].to_pylist()
            wanted = [number for number, track in enumerate(tracks) if split_of.get(track) == split]
            if wanted:
                yield from opened.read_row_group(group).take(wanted).to_pylist()


def _cut_step(number: int) -> str:
    return f"3-sound-{number:05d}"


def _split_step(split: str) -> str:
    return f"5-{split}"
