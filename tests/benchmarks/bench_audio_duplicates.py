"""Same recordings among real music: copies that are found, different tracks that are taken for one, and the growth.

Every file of ``../shared/data/music`` is copied in five ways; prints are taken and compared as a build does it.
Run: python tests/benchmarks/bench_audio_duplicates.py [FOLDER]
"""

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import Print, take, unavailable
from emtool.dataset.recordings import matches
from emtool.dataset.sound import decode

MUSIC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "music"
COPIES = {
    "MP3 at 64 kbit/s": ("mp3", ["-b:a", "64k"]),
    "Opus at 64 kbit/s": ("opus", ["-b:a", "64k"]),
    "12 dB quieter": ("flac", ["-af", "volume=-12dB"]),
    "first 5 s cut off": ("flac", ["-ss", "5"]),
    "last 5 s cut off": ("flac", ["-t", "25"]),
    "resampled to 22,050 Hz": ("flac", ["-ar", "22050"]),
    "MP3 at 64 kbit/s, 6 dB quieter, 5 s cut, 22,050 Hz": (
        "mp3", ["-ss", "5", "-b:a", "64k", "-ar", "22050", "-af", "volume=-6dB"],
    ),
}  # fmt: skip
MADE_TRACKS = (2_000, 20_000)
MADE_VALUES = 240  # of a print of half a minute


def read(path: Path) -> Print:
    config = BuildConfig()
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with decode(path, sha256=sha256, declared_s=None, config=config) as sound:
        return take(sound)


def copies(path: Path, folder: Path) -> Iterator[tuple[str, Print]]:
    for number, (name, (suffix, options)) in enumerate(COPIES.items()):
        copy = folder / f"{path.stem}-{number}.{suffix}"
        subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", str(path), *options, str(copy)], check=True)
        yield name, read(copy)
        copy.unlink()


def growth() -> None:
    """Compare made prints, a tenth of them copies with one bit in twenty wrong."""
    random = np.random.default_rng(0)
    for number in MADE_TRACKS:
        prints = [random.integers(0, 1 << 32, MADE_VALUES, np.uint32) for _ in range(number * 9 // 10)]
        for one in prints[: number // 10]:
            noise = (random.random((MADE_VALUES, 32)) < 0.05) @ (1 << np.arange(32, dtype=np.uint64))
            prints.append(one ^ noise.astype(np.uint32))
        before = time.process_time()
        found = len(list(matches(prints, BuildConfig().max_bit_errors)))
        spent = time.process_time() - before
        each_us = 1e6 * spent / number
        print(
            f"{number} made prints: {found} of {number // 10} copies, {spent:.2f} s, {each_us:.0f} us a track"
        )


def main() -> None:
    files = sorted((Path(sys.argv[1]) if len(sys.argv) > 1 else MUSIC).glob("*.ogg"))
    reason = unavailable() or ("" if files else f"no music in {MUSIC}")
    if reason:
        print(f"bench_audio_duplicates: left out, {reason}")
        return
    prints = [read(path) for path in files]
    owners, kinds = list(range(len(files))), ["original"] * len(files)
    with tempfile.TemporaryDirectory() as folder:
        for owner, path in enumerate(files):
            for kind, one in copies(path, Path(folder)):
                prints.append(one)
                owners.append(owner)
                kinds.append(kind)
    threshold = BuildConfig().max_bit_errors
    found = list(matches(prints, threshold))
    pairs = {(match.first, match.second) for match in found}
    right, total = 0, 0
    for kind in COPIES:
        places = [place for place, other in enumerate(kinds) if other == kind]
        hits = sum((owners[place], place) in pairs for place in places)
        worst = max(m.errors for m in found if m.second in places and m.first == owners[m.second])
        print(f"{kind}: {hits} of {len(places)} found, at most {worst:.3f} of the bits differ")
        right, total = right + hits, total + len(places)
    wrong = [pair for pair in pairs if owners[pair[0]] != owners[pair[1]]]
    print(f"all copies: recall {right / total:.3f} ({right} of {total}) at max_bit_errors {threshold}")
    print(
        f"different tracks taken for one: {len(wrong)} pairs, among {len(files)} tracks and their {total} copies"
    )
    growth()


if __name__ == "__main__":
    main()
