"""Speech against music: how many clips of each the sound filters judge rightly.

Speech is spoken by espeak-ng, English and Chinese, in several voices and speeds; music is every
clip of 4 s of ``../shared/data/music`` and of the demo's site. Run: python tests/benchmarks/bench_speech.py [FOLDER]
"""

import hashlib
import io
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

import emtool.crawler
from emtool.dataset import rules
from emtool.dataset.clip import Clip, cut
from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import Sound, decode

MUSIC = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "music"
DEMO = Path(str(emtool.crawler.__path__[0])) / "demo" / "audio"
CONFIG = BuildConfig(min_filled=0.5)
VOICES = ("m1", "m3", "m7", "f2", "f4")
WORDS_PER_MINUTE = (120, 150, 180, 220)
TEXTS = {
    "en": (
        "The quiet house stood at the end of the road, and nobody had opened its door for eleven years.",
        "Welcome back to the programme. Today we talk about trains, timetables and the price of a window seat.",
        "Please leave your name and number after the tone, and somebody will call you back on Monday morning.",
        "Mix the flour with two eggs, add a cup of milk, and let it rest for half an hour before you bake it.",
    ),
    "cmn": (
        "今天下午三点钟，我们在图书馆门口见面，然后一起去吃饭，好不好？",
        "各位旅客请注意，开往南方的列车马上就要出发了，请带好自己的行李。",
        "我昨天晚上写完了作业，今天早上六点半就起床去跑步，天气非常好。",
        "先把面粉和两个鸡蛋搅拌均匀，再倒进一杯牛奶，放半个小时以后再烤。",
    ),
}
HEARING = ("speech", "no-music")


def clips(path: Path) -> Iterator[Clip]:
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    with decode(path, sha256=sha256, declared_s=None, config=CONFIG) as sound:
        for start in range(0, max(1, sound.samples - CONFIG.samples // 2), CONFIG.samples):
            yield cut(sound, start, (), CONFIG)


def spoken(folder: Path, language: str) -> Iterator[Path]:
    path = folder / "talk.wav"
    for text in TEXTS[language]:
        for voice in VOICES:
            for speed in WORDS_PER_MINUTE:
                command = ["espeak-ng", "-v", f"{language}+{voice}", "-s", str(speed), "-w", str(path), text]
                subprocess.run(command, check=True)
                yield path


def judged(paths: Iterable[Path]) -> Counter[str]:
    found: Counter[str] = Counter()
    for path in paths:
        for clip in clips(path):
            if not rules.first_reason(("silent",), clip, CONFIG):
                said = rules.first_reason(HEARING, clip, CONFIG)
                found[said[0] if said else "music"] += 1
    return found


def report(name: str, found: Counter[str], wanted: str) -> tuple[int, int]:
    total = found.total()
    print(f"{name}: {found[wanted]} of {total} clips right ({found[wanted] / total:.4f}), {dict(found)}")
    return found[wanted], total


def noise(seconds: float) -> Clip:
    samples = (
        np.random.default_rng(0).normal(0, 3000, (round(seconds * CONFIG.sample_rate_hz), 1)).astype(np.int16)
    )
    sound = Sound(
        sample_rate_hz=CONFIG.sample_rate_hz, channels=1, correlation=1.0, declared_s=None, failure=None,
        samples=len(samples), levels=np.zeros(1, np.float32), pcm=io.BytesIO(samples.tobytes()),
    )  # fmt: skip
    return cut(sound, 0, (), CONFIG)


def main() -> None:
    music = sorted((Path(sys.argv[1]) if len(sys.argv) > 1 else MUSIC).glob("*.ogg"))
    if shutil.which("espeak-ng") is None or not music:
        print(
            "bench_speech: left out, espeak-ng is not installed"
            if music
            else f"bench_speech: no music in {MUSIC}"
        )
        return
    with tempfile.TemporaryDirectory() as folder:
        counts = [
            report(f"speech, {language}", judged(spoken(Path(folder), language)), "speech")
            for language in TEXTS
        ]
    counts.append(report(f"music, {len(music)} real tracks", judged(music), "music"))
    right, total = (sum(numbers) for numbers in zip(*counts, strict=True))
    print(f"speech against music: {right / total:.4f} right ({right} of {total} clips)")
    report("music, the demo's site", judged(sorted(DEMO.glob("*.opus"))), "music")
    print(f"white noise: {rules.first_reason(HEARING, noise(4.0), CONFIG)}")


if __name__ == "__main__":
    main()
