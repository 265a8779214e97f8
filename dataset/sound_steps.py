"""The sound half of a build as steps: cut every track once, settle which stay, and write each split.

Every file is decoded once. Its clips wait in a Parquet file of the bench until all prints are taken, since only then
it is known which tracks are one recording; the clips of those that stay are then copied, as they are, to their split.
Clips that an earlier build of the folder has cut are copied from there instead.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain, count, takewhile
from pathlib import Path
from typing import Any

import numpy as np

from emtool.crawler.progress import Progress, Task
from emtool.crawler.store import Store
from emtool.dataset import fingerprint
from emtool.dataset.bench import Bench
from emtool.dataset.clip_rows import ClipRows
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Cut, Job, cut_track
from emtool.dataset.earlier import Earlier, cut_line, job_name, write_cuts
from emtool.dataset.engine import Engine, batches
from emtool.dataset.funnel import Funnel, Rejection
from emtool.dataset.placing import settle
from emtool.dataset.plan import PlannedTrack, read_plan, to_cut
from emtool.dataset.schema import SPLITS
from emtool.dataset.shards import parts, write_shard

_PLACES = "4-places"


@dataclass(frozen=True, slots=True, kw_only=True)
class SoundSteps:
    """Everything after the plan; each step is done once."""

    store: Store
    bench: Bench
    config: BuildConfig
    progress: Progress
    earlier: Earlier
    tools: str  # a name of the code

    def run(self, running: Engine) -> None:
        """Do all that is not done yet."""
        if reason := fingerprint.unavailable():
            self.progress.say(reason)
        self._cut(running)
        self._place()
        split_of = self.bench.record(_PLACES)["splits"]
        with ClipRows(path for path in self._parts() if path.exists()) as waiting:
            for split in SPLITS:
                if not self.bench.done(_split_step(split)):
                    self._write(split, split_of, waiting)
        write_cuts(self.bench.final, (line | {"print": b64decode(line["print"])} for line in self._lines()))

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
        cuts = self.earlier.map(
            lambda new: running.map(cut_track, new), ((job_name(job, self.tools), job) for job in jobs)
        )
        rejections: list[Rejection] = []
        kept: list[dict[str, Any]] = []
        self._write_rows(self.bench.clips(number), _rows(cuts, rejections, kept, task))
        funnel = Funnel()
        funnel.reject(rejections)
        self.bench.finish(_cut_step(number), funnel, rejections, cuts=kept)

    def _place(self) -> None:
        if self.bench.done(_PLACES):
            return
        prints = {
            line["track"]: np.frombuffer(b64decode(line["print"]), np.uint32)
            for line in self._lines()
            if line["rows"]
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

    def _lines(self) -> Iterator[dict[str, Any]]:
        return (
            line for number in self._batches_cut() for line in self.bench.record(_cut_step(number))["cuts"]
        )

    def _write(self, split: str, split_of: Mapping[str, str], waiting: ClipRows) -> None:
        """Write the files of a split that are not there yet."""
        tracks = [track for track, place in split_of.items() if place == split]
        clips = 0
        for number, some in enumerate(parts(tracks, self.config.tracks_per_shard)):
            path = self.bench.part(split, number)
            if not path.exists():
                self._write_rows(path, chain.from_iterable(map(waiting.rows, some)))
            clips += sum(map(waiting.count, some))
        funnel = Funnel()
        funnel.counts["clips"] = clips
        self.bench.finish(_split_step(split), funnel, [])

    def _write_rows(self, path: Path, rows: Iterable[Mapping[str, Any]]) -> int:
        return write_shard(
            path,
            rows,
            sample_rate_hz=self.config.sample_rate_hz,
            clip_bytes=self.config.clip_bytes,
            columns=self.config.columns,
        )


def _rows(
    cuts: Iterable[tuple[str, Cut]], rejections: list[Rejection], kept: list[dict[str, Any]], task: Task
) -> Iterator[dict[str, Any]]:
    for job, cut in cuts:
        rejections.extend(cut.rejections)
        line = cut_line(job, cut)
        kept.append(line | {"print": b64encode(line["print"]).decode()})
        yield from cut.rows
        task.advance()


def _cut_step(number: int) -> str:
    return f"3-sound-{number:05d}"


def _split_step(split: str) -> str:
    return f"5-{split}"
