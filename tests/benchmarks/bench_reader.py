"""How fast clips come from a dataset: emtool's stream beside ``datasets`` with its own decoding and a crop in Python.

Both give random crops with a text in a random order from the same made dataset, in one thread; the times that count are
of processors. Beside it: the time to the first batch of a fresh process on a dataset of many rows.
Run: python -m tests.benchmarks.bench_reader [--rows 50000] [--clips 2000] [--seconds 20.48] [--crop 4]
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from emtool.dataset.schema import MARK, SCHEMA
from emtool.dataset.shards import write_shard
from tests.dataset.rows import row

RATE_HZ, BATCH = 16_000, 32
WANTED_SPEED, WANTED_FIRST_S = 3.0, 1.0
FIRST = """
import sys, time
begun = time.monotonic()
from itertools import islice
from emtool.dataset.stream import Stream
batch = list(islice(Stream(sys.argv[1], samples=int(sys.argv[2])), 32))
print(time.monotonic() - begun, time.process_time())
"""


def music_like(number: int, samples: int) -> bytes:
    """FLAC of a few partials and some noise."""
    random = np.random.default_rng(number)
    times = np.arange(samples) / RATE_HZ
    waves = sum(np.sin(2 * np.pi * hertz * times) for hertz in random.uniform(80, 2_000, 6))
    written = io.BytesIO()
    sound = 0.08 * waves + random.normal(0, 0.01, samples)
    soundfile.write(written, sound, RATE_HZ, format="FLAC", subtype="PCM_16")
    return written.getvalue()


def make(folder: Path, rows: int, seconds: float, per_shard: int) -> None:
    """Write a dataset; its sounds are a few, repeated."""
    samples = round(seconds * RATE_HZ)
    sounds = [music_like(number, samples) for number in range(min(rows, 16))]

    def made(number: int) -> dict[str, Any]:
        return row(number, audio={"bytes": sounds[number % len(sounds)], "path": f"{number}.flac"})

    shards = -(-rows // per_shard)
    written = []
    for shard in range(shards):
        numbers = range(rows * shard // shards, rows * (shard + 1) // shards)
        path = folder / "data" / f"train-{shard:05d}-of-{shards:05d}.parquet"
        write_shard(path, map(made, numbers), sample_rate_hz=RATE_HZ, clip_bytes=samples * 2)
        written.append({"file": f"data/{path.name}", "split": "train", "rows": len(numbers)})
    build = {
        "schema": SCHEMA, "name": folder.name, "fingerprint": "0" * 16, "sample_rate_hz": RATE_HZ, "channels": 1,
        "samples": samples, "format": "free-form", "splits": {"train": rows}, "shards": written,
    }  # fmt: skip
    (folder / MARK).write_text(json.dumps(build), encoding="utf-8")


def ours(folder: Path, samples: int) -> Iterator[object]:
    from emtool.dataset.stream import Stream

    for sample in Stream(folder, samples=samples):
        yield sample.audio, sample.text


def theirs(folder: Path, samples: int, *, streaming: bool) -> Iterator[object]:
    """What the documentation of ``datasets`` shows: shuffle, decode on access, cut."""
    import datasets

    datasets.disable_progress_bars()
    random = np.random.default_rng(0)
    opened = datasets.load_dataset(
        str(folder), split="train", streaming=streaming, cache_dir=str(folder.parent / "cache")
    )
    for one in opened.shuffle(seed=0, **({"buffer_size": 256} if streaming else {})):
        sound = one["audio"].get_all_samples().data.numpy()
        first = int(random.integers(sound.shape[-1] - samples + 1))
        captions = one["captions"]
        weights = [caption["weight"] for caption in captions]
        text = captions[int(random.choice(len(captions), p=np.array(weights) / sum(weights)))]["text"]
        yield sound[:, first : first + samples], text


def clips_per_s(label: str, clips: Iterator[object], count: int) -> float:
    """Clips by second of processor time, after the first batch."""
    list(islice(clips, BATCH))
    before, processor = time.monotonic(), time.process_time()
    got = len(list(islice(clips, count)))
    spent_s, processor_s = time.monotonic() - before, time.process_time() - processor
    print(
        f"  {label}: {got / processor_s:.0f} clips by second of processor time ({got / spent_s:.0f} by the clock)"
    )
    return got / processor_s


def first_batch_s(folder: Path, samples: int) -> tuple[float, float]:
    """By the clock and of processors, the start of Python left out of the former."""
    ran = subprocess.run(
        [sys.executable, "-c", FIRST, str(folder), str(samples)], check=True, capture_output=True, text=True
    )
    by_clock, processor = map(float, ran.stdout.split())
    return by_clock, processor


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--rows", type=int, default=50_000, help="of the dataset for the first batch")
    parser.add_argument("--clips", type=int, default=1_000, help="that each side reads")
    parser.add_argument("--seconds", type=float, default=20.48, help="length of a stored clip")
    parser.add_argument("--crop", type=float, default=4.0, help="length of a crop in seconds")
    chosen = parser.parse_args()
    samples = round(chosen.crop * RATE_HZ)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name) / "speed"
        make(folder, chosen.clips + BATCH, chosen.seconds, per_shard=500)
        print(f"crops of {chosen.crop:g} s of clips of {chosen.seconds:g} s, 16 kHz mono, one thread")
        mine = clips_per_s("emtool's stream", ours(folder, samples), chosen.clips)
        sides: dict[str, Callable[[], Iterator[object]]] = {
            "datasets, streaming": lambda: theirs(folder, samples, streaming=True),
            "datasets, random access": lambda: theirs(folder, samples, streaming=False),
        }
        for label, open_side in sides.items():
            other = clips_per_s(label, open_side(), chosen.clips)
            print(f"emtool / {label}: {mine / other:.1f} (wanted: {WANTED_SPEED:g})")
        large = Path(name) / "large"
        make(large, chosen.rows, 1.0, per_shard=5_000)
        first_s, processor_s = min(first_batch_s(large, RATE_HZ // 2) for _ in range(3))
        print(f"first batch of {chosen.rows} rows, imports included: {first_s:.2f} s by the clock,")
        print(f"  {processor_s:.2f} s of processors (wanted: below {WANTED_FIRST_S:g})")


if __name__ == "__main__":
    main()
