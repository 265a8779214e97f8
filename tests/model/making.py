"""A small built dataset of real sine tones, and a network small enough to train in a second."""

import io
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.files import write_json
from emtool.dataset.schema import MARK, SCHEMA
from emtool.dataset.shards import write_shard
from emtool.model.config import Config, load_preset

RATE_HZ = 4000
SAMPLES = 2048
SETTINGS = (
    "unet_channels=[16,24]",
    "heads=2",
    "groups=4",
    "time_dim=16",
    "bands=64",
    f"samples={SAMPLES}",
    "batch=4",
    "steps=6",
    "save_every=2",
    "eval_every=3",
    "eval_clips=2",
    "precision=fp32",
    "threads=1",
    "log=none",
)


def small_config(*settings: str) -> Config:
    """The tiny preset, made smaller still."""
    return load_preset("tiny", (*SETTINGS, *settings))


def tone(pitch_hz: float, samples: int = SAMPLES) -> NDArray[np.float32]:
    """A mono sine of a quarter of full scale, [1, T]."""
    time_s = np.arange(samples) / RATE_HZ
    wave: NDArray[np.float32] = (0.25 * np.sin(2 * np.pi * pitch_hz * time_s)).astype(np.float32)
    return wave[None]


def run_files(run: Path) -> set[str]:
    """Names of the files of a run's folder."""
    return {str(path.relative_to(run)) for path in run.rglob("*") if path.is_file()}


INSTRUMENTS = {"cello": 150.0, "flute": 900.0}


def write_dataset(folder: Path, rows: int = 12) -> Path:
    """Write a dataset folder of low tones called cello and high ones called flute, as a build would leave it."""
    splits = {"train": rows, "validation": 4, "test": 4}
    for split, count in splits.items():
        write_shard(
            folder / "data" / f"{split}-00000-of-00001.parquet",
            (_row(split, number) for number in range(count)),
            sample_rate_hz=RATE_HZ,
            clip_bytes=2 * SAMPLES,
        )
    write_json(
        folder / MARK,
        {
            "schema": SCHEMA,
            "name": folder.name,
            "fingerprint": f"tones-{rows}",
            "format": "free-form",
            "sample_rate_hz": RATE_HZ,
            "channels": 1,
            "samples": SAMPLES,
            "splits": splits,
        },
    )
    return folder


def _row(split: str, number: int) -> dict[str, Any]:
    instrument = sorted(INSTRUMENTS)[number % 2]
    encoded = io.BytesIO()
    soundfile.write(encoded, tone(INSTRUMENTS[instrument] + 5 * number)[0], RATE_HZ, format="FLAC")
    captions = [f"a calm {instrument}", f"{instrument}, number {number}"]
    return {
        "id": f"{split}-{number}",
        "audio": {"bytes": encoded.getvalue(), "path": f"{split}-{number}.flac"},
        "text": captions[0],
        "text_tags": f"{instrument}, calm",
        "free_form": captions[0],
        "tags": [instrument, "calm"],
        "captions": [
            {"text": text, "weight": weight, "language": "en"}
            for text, weight in zip(captions, (0.75, 0.25), strict=True)
        ],
        "work_id": f"{split}-{number // 2}",
        "votes": number,
        "language": "en",
        "duration_s": SAMPLES / RATE_HZ,
        "segment_start_s": 0.0,
        "source_tags": [],
        "licence": "CC0-1.0" if number % 3 else "CC-BY-4.0",
        "attribution": f"Tone {number} by nobody",
    }
