"""From a store to a dataset folder: text first for all tracks, then the sound of those that have captions.

A step is a batch of texts, the plan, a batch of sounds, their places, or a file of a split. Each is done once: a build
that was killed goes on after the last finished one. The same store and options give the same bytes at any number of
workers, whether the folder held an earlier build or not; then only new or changed tracks are decoded.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import version
from importlib.resources import files
from itertools import count as count_up
from pathlib import Path
from typing import Any

from emtool.crawler.files import fingerprint, sha256_file
from emtool.crawler.progress import SILENT, Progress, Task
from emtool.crawler.store import Store
from emtool.dataset import fingerprint as fingerprint_of_sound
from emtool.dataset.bench import Bench, alone
from emtool.dataset.config import BuildConfig
from emtool.dataset.earlier import open_earlier
from emtool.dataset.engine import Engine, batches, engine
from emtool.dataset.finish import finish, finished, move_into_place
from emtool.dataset.funnel import Funnel
from emtool.dataset.plan import PlannedTrack, write_plan
from emtool.dataset.schema import SCHEMA
from emtool.dataset.sound_steps import SoundSteps
from emtool.dataset.summary import BuildSummary
from emtool.dataset.tag_choices import Choices, shipped
from emtool.dataset.texts import STATES, Decision, TrackTexts, count, count_copies, decide

_TRACKS_PER_BATCH = 64
_TEXTS_PER_WORKER = 500  # tracks; for fewer, loading the models again costs more than it saves
_SOUNDS_PER_WORKER = 16  # tracks
_TOOLS = ("*.py", "*.tsv", "*.txt", "*.npz", "*.safetensors")  # a change of any may change the result


def build(
    store: Store,
    out: Path,
    config: BuildConfig,
    progress: Progress = SILENT,
    *,
    workers: int | None = None,
    choices: Choices | None = None,
    engine_kind: str = "processes",
    ray_address: str | None = None,
) -> BuildSummary:
    """Build the dataset of a store in the folder ``out``, or do nothing if it is there already.

    Args:
        store: What was collected; it is only read.
        out: A new or empty folder, or one that a build has written; an older dataset stays whole until the end.
        config: Every choice that changes the result.
        progress: Where bars and lines go.
        workers: Steps at a time, as many as there are cores by default; they do not change the result.
        choices: Which words are tags; the shipped lists if None.
        engine_kind: Where the steps run, a plug-in of ``emtool.dataset.engines``; it does not change the result.
        ray_address: Of a Ray cluster, for the engine ``ray``.

    Raises:
        DatasetError: No pair is left, or ``out`` holds something else.
        MissingToolError: ffmpeg is not installed, or what the engine needs.
        OSError: The disk is full, or the folder cannot be written.
    """
    chosen = choices or shipped()
    identity = _identity(store, config, chosen)
    if summary := finished(out, identity):
        progress.say(f"{out} is up to date: {summary.clips} clips, nothing to do")
        return summary
    with alone(out):
        bench = Bench.open(out, identity)
        if not bench.ready:
            counts = store.counts()
            tracks = sum(counts[state] for state in STATES)
            opened = partial(engine, workers, kind=engine_kind, address=ray_address)
            work = _Work(store=store, bench=bench, config=config, choices=chosen, progress=progress)
            with opened(most=max(1, tracks // _TEXTS_PER_WORKER)) as running:
                work.read_texts(running, tracks)
            work.plan()
            with (
                opened(most=max(1, tracks // _SOUNDS_PER_WORKER)) as running,
                open_earlier(out) as earlier,
            ):
                SoundSteps(
                    store=store,
                    bench=bench,
                    config=config,
                    progress=progress,
                    earlier=earlier,
                    tools=_tools(),
                ).run(running)
            crawled = Counter({f"crawl_{state}": number for state, number in counts.items()})
            told = {"collected": _collected(store), "tag_choices": chosen.to_json()}
            finish(bench, out.name, identity, config, crawled, told)
        return move_into_place(bench, out)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """The steps of one build until its sound is cut."""

    store: Store
    bench: Bench
    config: BuildConfig
    choices: Choices
    progress: Progress

    def read_texts(self, running: Engine, tracks: int) -> None:
        """Judge the comments of all tracks, a batch a step."""
        steps = -(-tracks // _TRACKS_PER_BATCH)
        if all(self.bench.done(_texts_step(number)) for number in range(steps)):
            return
        copies = count_copies(self.store)
        judge = partial(decide, copies=copies, config=self.config, choices=self.choices)
        with self.progress.task("reading comments", tracks, "tracks") as task:
            for number, decisions in self._newbatches(running, judge, task):
                kept = [decision.planned.to_json() for decision in decisions if not decision.rejection]
                rejections = [rejection for decision in decisions for rejection in decision.rejections]
                self.bench.finish(_texts_step(number), count(decisions), rejections, tracks=kept)
                task.advance(len(decisions))

    def _newbatches(
        self, running: Engine, judge: Callable[[Sequence[TrackTexts]], list[Decision]], task: Task
    ) -> Iterator[tuple[int, list[Decision]]]:
        numbers: deque[int] = deque()

        def new() -> Iterator[list[TrackTexts]]:
            for number, batch in enumerate(batches(self.store.tracks(STATES), _TRACKS_PER_BATCH)):
                if self.bench.done(_texts_step(number)):
                    task.advance(len(batch))
                else:
                    numbers.append(number)
                    yield [
                        TrackTexts(stored=one, ranked=self.store.top_comments(one.track.key)) for one in batch
                    ]

        for decisions in running.map(judge, new()):
            yield numbers.popleft(), decisions

    def plan(self) -> None:
        """Settle which tracks are cut."""
        if not self.bench.done(_PLAN):
            rejections = write_plan(self.bench.folder, self._captioned(), self.config)
            funnel = Funnel()
            funnel.reject(rejections)
            self.bench.finish(_PLAN, funnel, rejections)

    def _captioned(self) -> Iterator[PlannedTrack]:
        for number in count_up():
            if not self.bench.done(_texts_step(number)):
                return
            for track in self.bench.record(_texts_step(number))["tracks"]:
                yield PlannedTrack.from_json(track)


def _collected(store: Store) -> dict[str, Any] | None:
    """Tell when the tracks were fetched, and what each source has cost."""
    if (dates := store.dates()) is None:
        return None
    traffic = {
        source: {"requests": requests, "bytes": size} for source, (requests, size) in store.traffic().items()
    }
    return {"from": dates[0], "to": dates[1], "traffic": traffic}


_PLAN = "2-plan"


def _texts_step(number: int) -> str:
    return f"1-texts-{number:05d}"


def _identity(store: Store, config: BuildConfig, choices: Choices) -> str:
    """Name everything that the result follows from."""
    return fingerprint(
        {
            "store": store.fingerprint(),
            "config": config.to_json(),
            "choices": choices.to_json(),
            "tools": _tools(),
        }
    )


@cache
def _tools() -> str:
    """Name what the steps are done with."""
    folder = Path(str(files("emtool.dataset")))
    code = {
        str(path.relative_to(folder)): sha256_file(path)
        for pattern in _TOOLS
        for path in sorted(folder.rglob(pattern))
        if path.is_file()
    }
    return fingerprint(
        {
            "schema": SCHEMA,
            "emtool": version("emtool"),
            "prints": fingerprint_of_sound.unavailable() is None,
            "code": code,
        }
    )
