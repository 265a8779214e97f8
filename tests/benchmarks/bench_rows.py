"""The text half of a build and the card on a made store of many comments: time, and whether memory stays flat.

Twenty comments a track, one in twelve of them describing the music. The sound is left out: the rows that the card is
made of hold a tenth of a second each. Every size runs in a process of its own.
Run: python -m tests.benchmarks.bench_rows [--tracks 50000] [--workers 2] [--folder FOLDER]
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import count, islice
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from emtool.crawler import schema
from emtool.crawler.progress import SILENT
from emtool.crawler.store import Store
from emtool.dataset.bench import Bench
from emtool.dataset.build import _identity, _Work
from emtool.dataset.config import BuildConfig
from emtool.dataset.engine import batches, engine
from emtool.dataset.finish import finish
from emtool.dataset.funnel import Funnel
from emtool.dataset.plan import read_plan
from emtool.dataset.shards import write_shard
from emtool.dataset.tag_choices import shipped
from tests.dataset.rows import row

COMMENTS, WANTED_S, AT = 20, 600, "2026-01-01T00:00:00Z"
COUNTED = ("fingerprint of the store", "texts", "plan", "statistics and card")
TEMPO, MOOD = ("slow", "fast", "mid-tempo", "driving"), ("sad", "happy", "calm", "dark", "dreamy", "warm")
SOUND = ("piano", "violin", "guitar", "drums", "flute", "synth", "bass", "choir", "cello", "harp")
SAID = (
    "我每天上班路上都听",
    "first time here, who else",
    "this was at our wedding",
    "想起了高中的那个夏天",
    "greatest",
)
WORDS = (
    "sky",
    "rain",
    "road",
    "city",
    "night",
    "river",
    "train",
    "summer",
    "winter",
    "letter",
    "dream",
    "window",
)


def comment(draw: random.Random) -> str:
    if draw.random() < 1 / 12:
        tempo, mood, one, other = draw.choice(TEMPO), draw.choice(MOOD), *draw.sample(SOUND, 2)
        return f"{tempo} and {mood} {one} melody over soft {other}, like {' '.join(draw.sample(WORDS, 3))}"
    return f"{draw.choice(SAID)} {' '.join(draw.sample(WORDS, 5))} {draw.randrange(10**6)}"


def fill(store: Store, tracks: int) -> None:
    draw = random.Random(0)
    for numbers in batches(range(tracks), 1_000):
        told, said, sounds = [], [], []
        for number in numbers:
            key, sha256 = f"made:{number:07d}", hashlib.sha256(b"%d" % number).hexdigest()
            sounds.append(
                {
                    "sha256": sha256, "suffix": ".ogg", "size_bytes": 1, "codec": "vorbis", "sample_rate_hz": 44_100,
                    "channels": 2, "url": f"https://made.test/{number}.ogg", "fetched_at": AT,
                }
            )  # fmt: skip
            told.append(
                {
                    "key": key, "source": "made", "id": f"{number:07d}", "title": f"Piece {number}",
                    "url": f"https://made.test/{number}", "artist": f"Artist {number // 4}", "licence": "CC0-1.0",
                    "source_tags": [], "state": "done", "list_state": "complete", "comment_pages": 1,
                    "comments_read": True, "audio_sha256": sha256, "fetched_at": AT,
                }
            )  # fmt: skip
            said += [
                {
                    "track_key": key, "id": str(place), "position": place, "text": comment(draw),
                    "votes": 1_000 // (place + 1), "vote_kind": "likes", "rank": place + 1, "fetched_at": AT,
                }
                for place in range(COMMENTS)
            ]  # fmt: skip
        with store.write() as connection:
            for table, values in ((schema.audio, sounds), (schema.tracks, told), (schema.comments, said)):
                connection.execute(insert(table), values)


def made_rows(planned: Path) -> Iterator[dict[str, Any]]:
    """One row for every track of the plan, with its own texts."""
    flac = row(0)["audio"]
    for number, one in enumerate(read_plan(planned)):
        said = one.captions[0]
        yield row(number, audio=flac, text=said.text, free_form=said.text, track=one.track.key)


def peak_mb(who: int) -> float:
    return resource.getrusage(who).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def run(folder: Path, tracks: int, workers: int) -> dict[str, float]:
    spent: dict[str, float] = {}
    config, choices, begun = BuildConfig(), shipped(), time.monotonic()

    def stage(name: str) -> None:
        nonlocal begun
        spent[name] = round(time.monotonic() - begun, 1)
        begun = time.monotonic()

    with Store.open(folder / "store", create=True) as store:
        fill(store, tracks)
        stage("making the store (not counted)")
        identity = _identity(store, config, choices)
        stage("fingerprint of the store")
        bench = Bench.open(folder / "out", identity)
        work = _Work(store=store, bench=bench, config=config, choices=choices, progress=SILENT)
        with engine(workers) as running:
            work.read_texts(running, tracks)
        stage("texts")
        work.plan()
        stage("plan")
    rows, clips = made_rows(bench.folder), Funnel()
    for number in count():
        written = write_shard(
            bench.part("train", number), islice(rows, 2_000), sample_rate_hz=16_000, clip_bytes=32_000
        )
        clips.counts["clips"] += written
        if not written:
            break
    bench.finish("5-train", clips, [])
    stage("rows (not counted)")
    finish(bench, "made", identity, config, Counter(), {})
    stage("statistics and card")
    return spent | {
        "captioned tracks": clips.counts["clips"],
        "peak MB of this process": round(peak_mb(resource.RUSAGE_SELF)),
        "peak MB of a worker": round(peak_mb(resource.RUSAGE_CHILDREN)),
        "seconds of processors": round(sum(os.times()[:4]), 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--tracks", type=int, default=50_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--folder", type=Path, help="where to work; kept")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(run(chosen.folder, chosen.tracks, chosen.workers)))
        return
    for tracks in (chosen.tracks // 4, chosen.tracks):
        with tempfile.TemporaryDirectory(dir=chosen.folder) as folder:
            arguments = [
                "--one",
                "--tracks",
                str(tracks),
                "--workers",
                str(chosen.workers),
                "--folder",
                folder,
            ]
            command = [sys.executable, "-m", "tests.benchmarks.bench_rows", *arguments]
            ran = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        told = json.loads(ran.stdout.splitlines()[-1])
        counted = sum(told[name] for name in COUNTED)
        print(
            f"{tracks} tracks, {tracks * COMMENTS} comments: {counted:.0f} s (wanted for 1,000,000: {WANTED_S} s)"
        )
        for name, value in told.items():
            print(f"  {name}: {value}")


if __name__ == "__main__":
    main()
