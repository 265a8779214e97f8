"""The end of a build: number the Parquet files, describe them, and put the whole folder into its place."""

import json
import shutil
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from emtool.crawler.errors import DatasetError
from emtool.crawler.files import sha256_file, write_json
from emtool.dataset.about import write_about
from emtool.dataset.bench import Bench
from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import unavailable
from emtool.dataset.funnel import Funnel
from emtool.dataset.schema import MARK, SCHEMA, SPLITS
from emtool.dataset.summary import BuildSummary


def finished(out: Path, identity: str) -> BuildSummary | None:
    """Give the summary of a dataset that is there already, whole and of this identity."""
    try:
        build = json.loads((out / MARK).read_text(encoding="utf-8"))
        whole = build["schema"] == SCHEMA and build["fingerprint"] == identity
        whole = whole and all(
            (out / shard["file"]).stat().st_size == shard["bytes"] for shard in build["shards"]
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return BuildSummary.of(out, build, reused=True) if whole else None


def finish(
    bench: Bench,
    name: str,
    identity: str,
    config: BuildConfig,
    crawled: Counter[str],
    told: Mapping[str, Any],
) -> None:
    """Make the final folder beside the parts, its mark last.

    Args:
        bench: Where the parts are.
        name: Of the dataset.
        identity: Everything that the result follows from.
        config: The options of the build.
        crawled: Tracks of the store by state, for the funnel.
        told: What ``build.json`` tells of the store and the choices beside that.

    Raises:
        DatasetError: No clip is left.
    """
    funnel = bench.funnel()
    funnel.counts.update(crawled)
    if not funnel.counts["clips"]:
        bench.write_rejections(bench.folder / "rejected.jsonl")
        raise DatasetError(_nothing_left(bench.folder / "rejected.jsonl", funnel, config))
    number_parts(bench)
    bench.write_rejections(bench.final / "rejected.jsonl")
    tell(bench.final, {**_record(config, funnel), "name": name, "fingerprint": identity, **told})


def tell(final: Path, build: Mapping[str, Any]) -> None:
    """Describe the ``data`` of a folder in every file beside it, the mark last.

    Args:
        final: The folder.
        build: What ``build.json`` holds, without what follows from the data.
    """
    told = {**build, **_counted(final / "data", build["config"]["seconds"])}
    write_about(final, told)
    write_json(final / MARK, told)


def _counted(data: Path, clip_s: float) -> dict[str, Any]:
    """Give what ``build.json`` holds of the files."""
    shards = [
        {
            "file": f"data/{path.name}",
            "split": path.name.partition("-")[0],
            "rows": pq.read_metadata(path).num_rows,
            "bytes": path.stat().st_size,
            "sha256": sha256_file(path),
        }
        for path in sorted(data.glob("*.parquet"))
    ]
    splits = {split: sum(shard["rows"] for shard in shards if shard["split"] == split) for split in SPLITS}
    return {
        "splits": {split: number for split, number in splits.items() if number},
        "hours": round(sum(splits.values()) * clip_s / 3600, 4),
        "shards": shards,
    }


def _record(config: BuildConfig, funnel: Funnel) -> dict[str, Any]:
    """Give what ``build.json`` holds of the build."""
    return {
        "schema": SCHEMA,
        "emtool": version("emtool"),
        "format": config.format,
        "sample_rate_hz": config.sample_rate_hz,
        "channels": config.channels,
        "samples": config.samples,
        "config": config.to_json(),
        "funnel": funnel.to_json(),
        "unchecked": _unchecked(config),
        "finished_at": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _unchecked(config: BuildConfig) -> list[str]:
    if not config.sound_checks:
        return [
            "speech, music, loudness and same recordings are not looked for: the build was told --no-sound-checks"
        ]
    return [reason] if (reason := unavailable()) else []


def move_into_place(bench: Bench, out: Path) -> BuildSummary:
    """Replace what ``out`` holds by the final folder, the mark last; a killed move is taken up again."""
    build = json.loads((bench.final / MARK).read_text(encoding="utf-8"))
    (out / MARK).unlink(missing_ok=True)
    for path in sorted(bench.final.iterdir()):
        if path.name != MARK:
            target = out / path.name
            if target.is_dir():
                shutil.rmtree(target)
            path.replace(target)
    (bench.final / MARK).replace(out / MARK)
    shutil.rmtree(bench.folder)
    return BuildSummary.of(out, build, reused=False)


def number_parts(bench: Bench) -> None:
    """Name the parts that hold clips as the Hub wants it; may be called again after a kill half-way."""
    data = bench.final / "data"
    data.mkdir(parents=True, exist_ok=True)
    for split in SPLITS:
        parts = [*sorted(data.glob(f"{split}-*.parquet")), *bench.parts(split)]
        for number, path in enumerate(parts):
            path.replace(data / f"{split}-{number:05d}-of-{len(parts):05d}.parquet")


def _nothing_left(rejected: Path, funnel: Funnel, config: BuildConfig) -> str:
    counts = funnel.counts
    if not counts["tracks"]:
        return "the store holds no track with ranked comments: run emtool crawl first"
    reasons = ", ".join(f"{name} {number}" for name, number in funnel.rejected.most_common(4))
    return (
        f"no pair is left of {counts['tracks']} tracks and {counts['comments']} comments ({reasons}): loosen a rule, "
        f"such as --min-relevance {config.min_relevance:g} or --licences {config.licences}; all reasons: {rejected}"
    )
