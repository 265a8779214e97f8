"""A dataset and the store that it is from, made in no time and fit to be published."""

import json
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from emtool.crawler.files import sha256_file
from emtool.crawler.store import Store
from emtool.dataset.about import write_about
from emtool.dataset.config import BuildConfig
from emtool.dataset.schema import MARK, SCHEMA
from emtool.dataset.shards import write_shard
from tests.dataset.making import add_track, comment, track
from tests.dataset.rows import row


def make_store(folder: Path, numbers: range = range(6)) -> Path:
    """Tracks ``site:0`` and so on, each with the comment of ``rows.row``."""
    with Store.open(folder, create=True) as store:
        for number in numbers:
            one = track(str(number), licence="CC-BY-4.0")
            add_track(store, one, [comment(f"c{number}", f"text {number}")], None)
    return folder


def make_dataset(
    folder: Path, shards: list[range], *, config: BuildConfig | None = None, **row_told: Any
) -> Path:
    """Write one Parquet file of the split train for each range of row numbers, and all that stands beside them."""
    for old in folder.glob("data/*"):
        old.unlink()
    for place, numbers in enumerate(shards):
        path = folder / "data" / f"train-{place:05d}-of-{len(shards):05d}.parquet"
        rows = (row(number, **row_told) for number in numbers)
        write_shard(path, rows, sample_rate_hz=16_000, clip_bytes=1 << 20)
    files = sorted((folder / "data").iterdir())
    chosen = config or BuildConfig()
    build = {
        "schema": SCHEMA,
        "name": folder.name,
        "emtool": "1.0",
        "fingerprint": f"{len(files):016d}",
        "finished_at": "2026-01-02T03:04:05+00:00",
        "format": chosen.format,
        "sample_rate_hz": 16_000,
        "channels": 1,
        "samples": 1_600,
        "hours": 0.01,
        "splits": {"train": sum(map(len, shards))},
        "unchecked": [],
        "config": chosen.to_json(),
        "funnel": {
            "counts": {
                "tracks": 9, "comments": 30, "accepted_comments": 12, "captioned_tracks": 7, "clips": 9,
            },
            "rejected": {},
            "private": {},
        },
        "shards": [
            {
                "file": f"data/{path.name}",
                "split": "train",
                "rows": pq.read_metadata(path).num_rows,
                "bytes": path.stat().st_size,
                "sha256": sha256_file(path),
            }
            for path in files
        ],
    }  # fmt: skip
    write_about(folder, build)
    (folder / "rejected.jsonl").write_text('{"text": "not to be passed on"}\n')
    (folder / MARK).write_text(json.dumps(build, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return folder
