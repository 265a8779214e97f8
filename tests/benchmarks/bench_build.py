"""A build of hours of music beside bare ffmpeg, and beside ``datasets.map`` with librosa, on the same cores.

The files of ``../shared/data/music`` are repeated, each time with other bytes, until there are so many hours. All three
make 16 kHz FLAC of every whole file; librosa's side gives the same columns. Times are of processes from start to end.
Run: python -m tests.benchmarks.bench_build [--hours 2] [--channels 2] [--folder FOLDER] [--without-librosa]
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from emtool.crawler.store import Store
from tests.dataset.making import add_track, comment, track

MUSIC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "music"
SECONDS = 30.0  # of each file
CORES = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
WANTED_FFMPEG, WANTED_LIBROSA, WANTED_MB = 1.25, 4.0, 700


def make_store(folder: Path, files: list[Path], hours: float) -> int:
    """Fill a store with so many hours; give the number of tracks."""
    tracks = -(-round(hours * 3600 / SECONDS) // len(files)) * len(files)
    copy = folder / "copy.ogg"
    with Store.open(folder / "w" / "store", create=True) as store:
        for number in range(tracks):
            copy.write_bytes(files[number % len(files)].read_bytes() + number.to_bytes(4, "big"))
            said = f"a slow and sad piano melody with soft violin chords, part {number}"
            add_track(store, track(f"{number:05d}"), [comment("1", said, votes=number)], copy)
    copy.unlink()
    return tracks


def options(channels: int) -> list[str]:
    return [
        "--no-sound-checks",
        *("--seconds", f"{SECONDS:g}", "--channels", str(channels), "--max-copies", "1000000"),
        *("--max-silence", "1", "--max-clipped", "1", "--min-filled", "0"),
    ]


def build(folder: Path, arguments: list[str]) -> None:
    command = [sys.executable, "-m", "emtool.cli", "build-dataset", "--workspace", str(folder / "w")]
    subprocess.run(
        [*command, *arguments, "--quiet", "--workers", str(CORES)], check=True, stdout=subprocess.DEVNULL
    )


def ffmpeg(folder: Path, channels: int) -> None:
    """Decode, resample and encode every file of the store, a process each, one a core at a time."""
    out = folder / "ffmpeg"
    out.mkdir()

    def convert(path: Path) -> None:
        target = ["-ar", "16000", "-ac", str(channels), str(out / f"{path.stem}.flac")]
        subprocess.run(
            ["ffmpeg", "-nostdin", "-v", "error", "-threads", "1", "-i", str(path), *target], check=True
        )

    with ThreadPoolExecutor(CORES) as pool:
        list(pool.map(convert, sounds(folder)))


def sounds(folder: Path) -> list[Path]:
    return sorted(path for path in (folder / "w" / "store" / "audio").rglob("*.ogg") if path.is_file())


def with_librosa(folder: Path, channels: int) -> None:
    """What a person would write: one ``map`` over rows with the texts, and ``to_parquet``."""
    program = "from tests.benchmarks.bench_build import librosa_map; import sys; librosa_map(*sys.argv[1:])"
    subprocess.run([sys.executable, "-c", program, str(folder), str(channels)], check=True)


def librosa_map(folder: str, channels: str) -> None:
    import librosa
    import numpy as np
    import pyarrow as pa
    import pyarrow.parquet as pq
    from datasets import Dataset, disable_caching, disable_progress_bars

    from emtool.dataset.schema import features

    disable_caching()
    disable_progress_bars()
    built = Path(folder) / "w" / "datasets" / "free-form" / "data"
    texts = pa.concat_tables(
        pq.read_table(path, columns=[name for name in features(16_000) if name != "audio"])
        for path in sorted(built.glob("*.parquet"))
    ).to_pylist()
    paths = {path.stem: str(path) for path in sounds(Path(folder))}
    rows = [row | {"path": paths[row["audio_sha256"]]} for row in texts]

    def measure(row: dict[str, Any]) -> dict[str, Any]:
        samples, rate_hz = librosa.load(row["path"], sr=16_000, mono=channels == "1")
        power = float(np.square(samples).mean())
        return {
            "audio": {"array": samples, "sampling_rate": rate_hz, "path": None},
            "duration_s": samples.shape[-1] / rate_hz,
            "level_dbfs": 10 * np.log10(power + 1e-12),
            "peak_dbfs": 20 * np.log10(np.abs(samples).max() + 1e-6),
        }

    typed = Dataset.from_list(rows).map(measure, remove_columns=["path"], features=features(16_000))
    typed.to_parquet(str(Path(folder) / "librosa.parquet"))


def timed(label: str, action: Callable[[], object]) -> tuple[float, float]:
    """Run something; print and give its time on the clock and of the processors, in seconds."""
    before, cpu = time.monotonic(), os.times()
    action()
    wall_s, after = time.monotonic() - before, os.times()
    cpu_s = after.children_user + after.children_system - cpu.children_user - cpu.children_system
    print(f"  {label}: {wall_s:.1f} s, {cpu_s:.1f} s of processors", flush=True)
    return wall_s, cpu_s


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--channels", type=int, default=2, choices=(1, 2))
    parser.add_argument("--folder", type=Path, default=MUSIC)
    parser.add_argument("--without-librosa", action="store_true")
    parser.add_argument("--with-checks", action="store_true", help="also build with the sound checks on")
    chosen = parser.parse_args()
    files = sorted(chosen.folder.glob("*.ogg"))
    if not files:
        print(f"bench_build: left out, no music in {chosen.folder}")
        return
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tracks = make_store(folder, files, chosen.hours)
        print(
            f"{tracks} files, {tracks * SECONDS / 3600:.2f} hours, {chosen.channels} channels, {CORES} cores"
        )
        ours = timed("build, sound checks off", lambda: build(folder, options(chosen.channels)))
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / (
            1 << 20 if sys.platform == "darwin" else 1 << 10
        )
        theirs = timed("bare ffmpeg", lambda: ffmpeg(folder, chosen.channels))
        clips = json.loads((folder / "w" / "datasets" / "free-form" / "build.json").read_text())["splits"]
        print(
            f"  {sum(clips.values())} clips; largest process of the build: {largest:.0f} MB (wanted: {WANTED_MB})"
        )
        print(f"build / ffmpeg: {ratio(ours, theirs)} (wanted: {WANTED_FFMPEG} at most)")
        if not chosen.without_librosa:
            plain = timed("datasets.map with librosa", lambda: with_librosa(folder, chosen.channels))
            print(f"librosa / build: {ratio(plain, ours)} (wanted: {WANTED_LIBROSA} at least)")
        if chosen.with_checks:
            checked = [one for one in options(chosen.channels) if one != "--no-sound-checks"]
            full = timed("build, sound checks on", lambda: build(folder, [*checked, "--name", "checked"]))
            print(f"what the checks add: {full[0] - ours[0]:.1f} s, {full[1] - ours[1]:.1f} s of processors")


def ratio(first: tuple[float, float], second: tuple[float, float]) -> str:
    return f"{first[0] / second[0]:.2f} by the clock, {first[1] / second[1]:.2f} by processor time"


if __name__ == "__main__":
    main()
