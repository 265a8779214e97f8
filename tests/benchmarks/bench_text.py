"""Comments a second on one core through the whole text chain, its memory, and where the time goes.

python -m tests.benchmarks.bench_text

The comments are real ones (../shared/data/text): the top-voted of each song, as a build reads them from a store.
Seconds are of the processor, so that a busy machine tells nearly the same.
"""

import argparse
import cProfile
import json
import os
import pstats
import resource
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TypeVar

from emtool.crawler.records import Comment, ListState, Track, TrackState, VoteKind
from emtool.crawler.store import StoredTrack
from emtool.crawler.voting import rank
from emtool.dataset import rules
from emtool.dataset.candidates import Candidate, read
from emtool.dataset.clean import simplify, tidy, words
from emtool.dataset.config import BuildConfig
from emtool.dataset.dedup import Copies, letters
from emtool.dataset.language import language
from emtool.dataset.privacy import scrub
from emtool.dataset.relevance import judge_of
from emtool.dataset.splits import work_of
from emtool.dataset.tags import extract
from emtool.dataset.texts import TrackTexts, decide

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "text"
CONFIG = BuildConfig()
TARGET = 700
_BATCH = 64  # tracks, as in a build

Result = TypeVar("Result")


def songs() -> list[list[Comment]]:
    """The comments of each song."""
    found: dict[str, list[Comment]] = defaultdict(list)
    for name, owner, votes in (
        ("zh_netease_hot_300songs.jsonl", "song_id", "votes"),
        ("en_youtube_music_votes.jsonl", "video", "votes"),
    ):
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            song = found[str(row[owner])]
            song.append(
                Comment(id=str(len(song)), text=row["text"], votes=row[votes], vote_kind=VoteKind.LIKES)
            )
    return list(found.values())


def tracks(comments: list[list[Comment]], times: int = 1) -> Iterator[TrackTexts]:
    """Tracks with these comments, over and over: songs of other names, as a larger crawl would bring them."""
    for turn in range(times):
        for number, song in enumerate(comments):
            name = f"{turn}-{number}"
            track = Track(
                source="bench", id=name, title=name, url=f"https://bench.test/{name}", licence="CC0-1.0"
            )
            stored = StoredTrack(
                track=track,
                state=TrackState.DONE,
                list_state=ListState.COMPLETE,
                audio_sha256=name,
                audio_suffix=".ogg",
                fetched_at="2026-01-01T00:00:00Z",
                reason=None,
            )
            yield TrackTexts(stored=stored, ranked=rank(song))


def count_copies(every: Iterable[TrackTexts]) -> Copies:
    return Copies.count(
        (work_of(one.stored.track), ranked.comment.text) for one in every for ranked in one.ranked
    )


def chain(comments: list[list[Comment]], times: int = 1) -> int:
    """Do what a build does with the comments; give how many there were."""
    copies = count_copies(tracks(comments, times))
    left, looked = tracks(comments, times), 0
    while batch := list(islice(left, _BATCH)):
        looked += sum(len(decision.comments) for decision in decide(batch, copies, CONFIG))
    return looked


def timed(name: str, number: int, work: Callable[[], Result]) -> Result:
    start = time.process_time()
    result = work()
    seconds = time.process_time() - start
    rate = number / seconds if seconds else float("inf")
    print(f"  {name:46} {seconds:7.2f} s {rate:9.0f} comments/s", flush=True)
    return result


def stages(comments: list[list[Comment]]) -> None:
    """Time each step alone, all comments at once."""
    every = list(tracks(comments))
    texts = [ranked.comment.text for one in every for ranked in one.ranked]
    number = len(texts)
    print(f"{number} comments of {len(every)} songs; each step alone, comments that reach it in brackets:")
    copies = timed("copies over the whole store (MinHash)", number, lambda: count_copies(every))
    plain = timed("clean", number, lambda: [words(tidy(text)) for text in texts])
    timed("personal data, abuse", number, lambda: [scrub(text) for text in plain])
    timed("language", number, lambda: [language(text) for text in plain])
    timed("simplified characters, letters", number, lambda: [letters(simplify(text)) for text in plain])
    read_all = timed(
        "these together, as `candidates.read`",
        number,
        lambda: [one for track in every for one in read(track.ranked, copies)],
    )
    kept: list[Candidate] = timed(
        "cheap filters",
        number,
        lambda: [one for one in read_all if not rules.first_reason(rules.CHEAP, one, CONFIG)],
    )
    judge, left = judge_of(CONFIG.relevance_model), [one.text for one in kept]
    timed(f"relevance [{len(kept)}]", len(kept), lambda: judge(left))
    timed(f"tags [{len(kept)}]", len(kept), lambda: extract(left))


def memory(comments: list[list[Comment]]) -> None:
    """Peak memory of the chain on some songs and on ten times as many, each in a process of its own."""
    some = len(comments) // 5
    print(f"peak memory, over the {_peak(0, 0)} MB of a process that has loaded the models:")
    for times in (1, 10):
        print(f"  {some * times:6} songs {_peak(some, times):6} MB", flush=True)


def _peak(some: int, times: int) -> int:
    command = [sys.executable, "-m", "tests.benchmarks.bench_text", "--peak", str(some), str(times)]
    ran = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(ran.stdout)


def _measure_peak(some: int, times: int) -> None:
    comments = songs()
    chain(comments[:5] + comments[-40:])
    if some:
        chain(comments[:some], times)
    kilobytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(round(kilobytes / (1024 * 1024 if sys.platform == "darwin" else 1024)))


def profile(comments: list[list[Comment]]) -> None:
    """Print the ten functions that most of the time is spent in."""
    profiler = cProfile.Profile()
    profiler.runcall(chain, comments)
    rows = pstats.Stats(profiler).get_stats_profile()
    total = rows.total_tt
    hottest = sorted(rows.func_profiles.items(), key=lambda item: -item[1].tottime)[:10]
    print("ten hottest functions, by the time in themselves (the profiler slows all):")
    for name, told in hottest:
        where = f"{Path(told.file_name).name}:{told.line_number}" if told.line_number else told.file_name
        print(f"  {told.tottime / total:6.1%} {told.ncalls:>9} calls  {name} ({where})")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--peak", type=int, nargs=2, metavar=("SONGS", "TIMES"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"skipped: the real comments are not in {FOLDER}")
        return
    if asked.peak:
        _measure_peak(*asked.peak)
        return
    os.environ["OMP_NUM_THREADS"] = "1"
    comments = songs()
    start = time.process_time()
    chain(
        comments[:5] + comments[-40:]
    )  # Chinese and other languages: what is loaded at first use is loaded now
    print(f"loading the models, once a process: {time.process_time() - start:.1f} s")
    stages(comments)
    start = time.process_time()
    looked = chain(comments)
    rate = looked / (time.process_time() - start)
    print(f"the whole chain, as a build runs it: {rate:.0f} comments/s on one core (wanted: {TARGET})")
    memory(comments)
    profile(comments)


if __name__ == "__main__":
    main()
