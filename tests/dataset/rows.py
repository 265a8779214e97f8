"""A row of the schema and a finished dataset folder, made without a build."""

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.dataset.schema import MARK, SCHEMA
from emtool.dataset.shards import write_shard


def samples(number: int, channels: int = 1) -> NDArray[np.int16]:
    """Noise of 0.1 s, [T, C], another for every row."""
    return np.random.default_rng(number).integers(-9000, 9000, (1_600, channels), np.int16)


def row(number: int, **more: Any) -> dict[str, Any]:
    flac = io.BytesIO()
    soundfile.write(flac, samples(number), 16_000, format="FLAC", subtype="PCM_16")
    caption: dict[str, Any] = {
        "text": f"text {number}",
        "original": f"Text {number}!",
        "weight": 1.0,
        "votes": number,
        "vote_kind": "likes",
        "relevance": 0.5,
        "language": "en",
        "offset_s": None,
        "comment_id": f"c{number}",
    }
    return {
        "id": f"site:{number}#0",
        "audio": {"bytes": flac.getvalue(), "path": f"site_{number}_0.flac"},
        "text": f"text {number}",
        "text_tags": "piano, slow",
        "free_form": f"text {number}",
        "tags": ["piano", "slow"],
        "captions": [caption],
        "title": f"Piece {number}",
        "artist": None if number % 3 == 0 else f"Artist {number % 2}",
        "source": "site",
        "url": f"https://site.test/{number}",
        "licence": "CC-BY-4.0",
        "attribution": f'"Piece {number}", https://site.test/{number}, CC-BY-4.0',
        "language": "en" if number % 2 else "zh",
        "votes": None if number % 4 == 0 else number,
        "work_id": f"site:work-{number // 2}",
        "segment_start_s": 0.5,
        "duration_s": 0.1015625,
        "level_dbfs": -20.0,
        "peak_dbfs": -3.0,
        "loudness_lufs": None if number % 5 == 4 else -20.0 - number,
        "gain_db": 0.0,
        "vocals": 0.75 if number % 3 == 0 else 0.25,
        "speech": 0.0,
        "music": 0.5,
        "silence": 0.0,
        "clipped": 0.0,
        "dc": 0.0,
        "source_tags": [],
        "track": f"site:{number}",
        "audio_sha256": "00",
    } | more


def write_dataset(folder: Path, splits: dict[str, int], *, shards: int = 1, **more: Any) -> Path:
    """Write rows and a ``build.json``, no more than a reader needs."""
    written = []
    for split, number in splits.items():
        for shard in range(shards):
            numbers = range(number * shard // shards, number * (shard + 1) // shards)
            path = folder / "data" / f"{split}-{shard:05d}-of-{shards:05d}.parquet"
            write_shard(path, map(row, numbers), sample_rate_hz=16_000, clip_bytes=1 << 20)
            written.append({"file": f"data/{path.name}", "split": split, "rows": len(numbers)})
    build = {
        "schema": SCHEMA,
        "name": folder.name,
        "fingerprint": "f" * 16,
        "sample_rate_hz": 16_000,
        "channels": 1,
        "samples": 1_600,
        "format": "free-form",
        "splits": splits,
        "shards": written,
    }
    (folder / MARK).write_text(json.dumps(build | more), encoding="utf-8")
    return folder
