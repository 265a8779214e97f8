"""Eight made-up instruments that can be told apart, a dataset that they play, and a player that obeys its prompts."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.files import write_json, write_text
from emtool.crawler.progress import SILENT, Progress
from emtool.dataset.schema import MARK, SCHEMA
from emtool.dataset.shards import write_shard
from emtool.model.config import Config, ModelConfig, TrainConfig
from emtool.model.listening.sounds import Sounds, Waveform
from emtool.model.measuring import Subject
from emtool.model.prompts import shipped_prompts

RATE_HZ = 8000
SECONDS = 1.0
INSTRUMENTS = ("piano", "guitar", "violin", "cello", "flute", "trumpet", "organ", "marimba")
TEMPOS = {"slow": 2, "medium": 4, "fast": 8}  # notes in a clip
MODES = {"major": (0, 4, 7, 12), "minor": (0, 3, 7, 12)}  # semitones

# Where an instrument resonates, and the seconds in which a note dies away.
_TIMBRES = {
    "piano": (500, 0.3),
    "guitar": (1000, 0.15),
    "violin": (2000, 5.0),
    "cello": (350, 5.0),
    "flute": (900, 5.0),
    "trumpet": (3200, 5.0),
    "organ": (1400, 5.0),
    "marimba": (250, 0.04),
}


def play(
    instrument: str, random: np.random.Generator, *, tempo: str = "medium", mode: str = "major"
) -> Waveform:
    """One clip [1, T]: a broken chord on a random tonic, with a little hiss."""
    resonance_hz, decay_s = _TIMBRES[instrument]
    notes = TEMPOS[tempo]
    note_s = SECONDS / notes
    time_s = np.arange(round(note_s * RATE_HZ)) / RATE_HZ
    tonic = random.integers(48, 60)
    envelope = (
        np.exp(-time_s / decay_s) * np.minimum(1, time_s / 0.005) * np.minimum(1, (note_s - time_s) / 0.01)
    )
    clip = []
    for number in range(notes):
        hertz = 440 * 2 ** ((tonic + MODES[mode][number % 4] - 69) / 12)
        harmonics = hertz * np.arange(1, int(0.45 * RATE_HZ / hertz))
        strengths = np.exp(-((np.log2(harmonics / resonance_hz) / 0.5) ** 2)) + 0.02
        clip.append(envelope * (strengths @ np.sin(2 * np.pi * np.outer(harmonics, time_s))))
    sound = np.concatenate(clip)
    sound = 0.3 * sound / np.abs(sound).max() + 1e-4 * random.standard_normal(len(sound))
    clip_of_32_bits: Waveform = sound[None].astype(np.float32)
    return clip_of_32_bits


def ensemble(
    rows: int, seed: int, *, instruments: Sequence[str] = INSTRUMENTS
) -> list[tuple[Waveform, tuple[str, ...]]]:
    """So many clips with their tags, instruments, tempi and modes in turn."""
    random = np.random.default_rng(seed)
    made: list[tuple[Waveform, tuple[str, ...]]] = []
    for row in range(rows):
        instrument = instruments[row % len(instruments)]
        tempo, mode = list(TEMPOS)[row % 3], list(MODES)[row // 2 % 2]
        made.append((play(instrument, random, tempo=tempo, mode=mode), (instrument, tempo, mode)))
    return made


def sounds(rows: int, seed: int, **more: Any) -> Sounds:
    """The clips of an ensemble; every clip is a work of its own."""
    clips = ensemble(rows, seed, **more)
    return Sounds(
        read=lambda index: clips[index][0],
        sample_rate_hz=RATE_HZ,
        works=tuple(f"{seed}-{row}" for row in range(rows)),
        texts=tuple(f"{' '.join(tags)} {seed}-{row}" for row, (_, tags) in enumerate(clips)),
        tags=tuple(tags for _, tags in clips),
    )


class Player:
    """Plays the instrument that its prompt names; below guidance 2 always a flute. Counts what it made."""

    sample_rate_hz = RATE_HZ
    seconds = SECONDS
    config = Config(model=ModelConfig(sample_rate_hz=RATE_HZ, samples=RATE_HZ), train=TrainConfig())
    about: dict[str, Any] = {  # noqa: RUF012 - as a checkpoint gives it
        "step": 1200,
        "seconds": 4000.0,
        "parameters": 2_000_000,
        "dataset": {"name": "orchestra", "fingerprint": "made"},
        "sampling": {"guidance": 3.0},
    }

    def __init__(self, folder: Path) -> None:
        self.path = folder / "player.safetensors"
        write_text(self.path, "no weights")
        self.made = 0
        self.stop_after = 10_000
        self._tags = {prompt.text: prompt.tags for prompt in shipped_prompts()}

    def generate(
        self,
        prompts: Sequence[str],
        *,
        steps: int,
        guidance: float,
        seed: int,
        batch: int,
        progress: Progress,
    ) -> NDArray[np.float32]:
        if self.made + len(prompts) > self.stop_after:
            raise KeyboardInterrupt
        self.made += len(prompts)
        random = np.random.default_rng(seed)
        clips = []
        for prompt in prompts:
            tags = self._tags.get(prompt, ("flute",))
            tempo = next((tag for tag in tags if tag in TEMPOS), "medium")
            mode = next((tag for tag in tags if tag in MODES), "major")
            clips.append(play(tags[0] if guidance >= 2 else "flute", random, tempo=tempo, mode=mode))
        return np.stack(clips)

    def denoise_loss(
        self, audio: NDArray[np.float32], texts: Sequence[str], t: float, seed: int
    ) -> NDArray[np.float32]:
        """0.1 more for a text that does not name the loudness of its clip, as ``write_orchestra`` texts do."""
        named = [
            f"{level:.5f}" in text for level, text in zip(np.abs(audio).mean(axis=(1, 2)), texts, strict=True)
        ]
        return (t + np.where(named, 0, 0.1)).astype(np.float32)


def subject(folder: Path, **more: Any) -> Subject:
    """A player before the real clips of two ensembles."""
    made: dict[str, Any] = {
        "sampler": Player(folder),
        "train": sounds(80, 1),
        "heldout": sounds(32, 2),
        "generated": {3.0: sounds(24, 3)},
        "repeats": sounds(4, 4).take([0, 0, 1, 1]),
        "progress": SILENT,
    }
    return Subject(**(made | more))


def write_orchestra(folder: Path, splits: dict[str, int] | None = None, **more: Any) -> Path:
    """Write a dataset folder as a build would leave it."""
    splits = splits or {"train": 96, "validation": 16, "test": 16}
    for number, (split, rows) in enumerate(splits.items()):
        write_shard(
            folder / "data" / f"{split}-00000-of-00001.parquet",
            (_row(split, row, *clip, **more) for row, clip in enumerate(ensemble(rows, number))),
            sample_rate_hz=RATE_HZ,
            clip_bytes=2 * RATE_HZ,
        )
    rejection = {
        "track": "site:9",
        "comment": "9.1",
        "filter": "chatter",
        "reason": "chatter ('first')",
        "text": "first!",
    }
    write_text(folder / "rejected.jsonl", f"{rejection}\n".replace("'", '"').replace('("first")', "(first)"))
    write_json(
        folder / MARK,
        {
            "schema": SCHEMA,
            "name": folder.name,
            "fingerprint": "made",
            "format": "free-form",
            "sample_rate_hz": RATE_HZ,
            "channels": 1,
            "samples": RATE_HZ,
            "hours": 0.04,
            "splits": splits,
            "funnel": {
                "counts": {
                    "comments": 900,
                    "accepted_comments": 200,
                    "tracks": 130,
                    "captioned_tracks": 128,
                    "clips": 128,
                },
                "rejected": {"chatter": 600, "no-caption": 2},
                "private": {"phone": 3},
            },
        },
    )
    return folder


def _row(split: str, row: int, samples: Waveform, tags: tuple[str, ...], **more: Any) -> dict[str, Any]:
    encoded = io.BytesIO()
    soundfile.write(encoded, samples[0], RATE_HZ, format="FLAC", subtype="PCM_16")
    decoded, _ = soundfile.read(io.BytesIO(encoded.getvalue()), dtype="float32")
    text = f"some {tags[0]} at level {np.abs(decoded).mean():.5f}"
    return {
        "id": f"{split}-{row}",
        "audio": {"bytes": encoded.getvalue(), "path": f"{split}-{row}.flac"},
        "text": text,
        "text_tags": ", ".join(tags),
        "free_form": text,
        "tags": list(tags),
        "captions": [{"text": text, "weight": 1.0, "language": "en"}],
        "title": f"Piece {row}",
        "artist": "A. Maker",
        "url": f"https://music.example.org/{row}",
        "licence": "CC0-1.0",
        "language": "zh" if row % 2 else "en",
        "votes": row,
        "work_id": f"{split}-{row // 2}",
        "source_tags": [],
    } | more
