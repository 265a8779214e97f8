"""What an earlier build of the same folder has cut, so that only new tracks are decoded.

``DATASET/.cuts.parquet`` has a line for each track whose sound was looked at: its key, a name of everything that its
rows follow from, how many rows it gave, its print, and why it or a clip of it was dropped.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from emtool.crawler.files import atomic_path, fingerprint, sha256_file
from emtool.dataset.clip_rows import ClipRows
from emtool.dataset.cut import Cut, Job
from emtool.dataset.engine import batches
from emtool.dataset.funnel import Rejection
from emtool.dataset.schema import CUTS, MARK

_AFTER_CUTTING = ("splits", "split_by", "shard_mb", "contact", "max_bit_errors", "max_per_artist")
_LINES_PER_GROUP = 1000
_COLUMNS = pa.schema(
    {
        "track": pa.string(),
        "job": pa.string(),
        "rows": pa.int64(),
        "print": pa.binary(),
        "rejections": pa.string(),  # JSON
    }
)


def job_name(job: Job, tools: str) -> str:
    """Name everything that the rows of a track follow from.

    Args:
        job: The track with its captions, and the options of the build.
        tools: A name of the code that cuts.
    """
    planned = job.planned.to_json()
    del planned["same_file_as"], planned["comments"]
    config = {name: value for name, value in job.config.to_json().items() if name not in _AFTER_CUTTING}
    return fingerprint([tools, config, planned])


def cut_line(job: str, cut: Cut) -> dict[str, Any]:
    """Give what is kept of a cut beside its rows."""
    return {
        "track": cut.track,
        "job": job,
        "rows": len(cut.rows),
        "print": cut.print.tobytes(),
        "rejections": json.dumps([one.to_json() for one in cut.rejections], ensure_ascii=False),
    }


def write_cuts(folder: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    """Write the lines of ``cut_line`` into a dataset folder."""
    with (
        atomic_path(folder / CUTS) as part,
        pq.ParquetWriter(part, _COLUMNS, compression="zstd") as writer,
    ):
        for some in batches(lines, _LINES_PER_GROUP):
            writer.write_table(pa.Table.from_pylist(some, _COLUMNS))


def read_cuts(folder: Path) -> list[dict[str, Any]]:
    """Read the lines again; none where no build of this version has left them."""
    try:
        lines: list[dict[str, Any]] = pq.read_table(folder / CUTS, schema=_COLUMNS).to_pylist()
    except (OSError, pa.ArrowException):
        return []
    return lines


class Earlier:
    """The cuts of an earlier build whose files are as it left them; there may be none."""

    def __init__(self, lines: Iterable[dict[str, Any]], rows: ClipRows) -> None:
        self._rows = rows
        self._lines = {
            line["job"]: line
            for line in lines
            if rows.count(line["track"]) == line["rows"]
            and '"filter": "unreadable"' not in line["rejections"]
        }  # a file that was lost may be there again

    def map(
        self, run: Callable[[Iterator[Job]], Iterator[Cut]], jobs: Iterable[tuple[str, Job]]
    ) -> Iterator[tuple[str, Cut]]:
        """Give the cut of every job with the job's name, in their order; ``run`` makes those that are new."""
        waiting: deque[str] = deque()

        def new() -> Iterator[Job]:
            for name, job in jobs:
                waiting.append(name)
                if name not in self._lines:
                    yield job

        for cut in run(new()):
            yield from self._known(waiting)
            yield waiting.popleft(), cut
        yield from self._known(waiting)

    def _known(self, waiting: deque[str]) -> Iterator[tuple[str, Cut]]:
        while waiting and waiting[0] in self._lines:
            name = waiting.popleft()
            line = self._lines[name]
            yield (
                name,
                Cut(
                    track=line["track"],
                    rows=tuple(self._rows.rows(line["track"])),
                    rejections=tuple(Rejection(**told) for told in json.loads(line["rejections"])),
                    print=np.frombuffer(line["print"], np.uint32),
                ),
            )


@contextmanager
def open_earlier(out: Path) -> Iterator[Earlier]:
    """Open what a folder holds; a shard that has changed since it was written counts as lost."""
    lines = read_cuts(out)
    with ClipRows(_unchanged(out) if lines else []) as rows:
        yield Earlier(lines, rows)


def _unchanged(out: Path) -> list[Path]:
    try:
        shards = json.loads((out / MARK).read_text(encoding="utf-8"))["shards"]
        told = {out / shard["file"]: shard["sha256"] for shard in shards}
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path for path, sha256 in told.items() if path.is_file() and sha256_file(path) == sha256]
