"""May this dataset be published: whole files, open licences, and nobody in it who has asked to be left out.

Licences and wishes are asked of the store as it is now, not as it was when the dataset was built.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from emtool.crawler.errors import PublishError
from emtool.crawler.files import sha256_file
from emtool.crawler.licences import permits
from emtool.crawler.records import Track
from emtool.crawler.store import Store

_COLUMNS = ("track", "source", "url", "licence", "captions.list.element.comment_id")
_NAMED = 5
_RULE = "open"


@dataclass(slots=True)
class _InDataset:
    """What the rows of one track say."""

    track: Track
    comments: set[str] = field(default_factory=set)


def check_files(folder: Path, build: Mapping[str, Any]) -> dict[str, str]:
    """Give the SHA-256 of every Parquet file, by its path in the folder.

    Raises:
        PublishError: A file is lost, changed or left over.
    """
    due = {shard["file"]: shard["sha256"] for shard in build["shards"]}
    there = {f"data/{path.name}": sha256_file(path) for path in sorted((folder / "data").glob("*.parquet"))}
    wrong = sorted(name for name in due.keys() | there.keys() if due.get(name) != there.get(name))
    if wrong:
        raise PublishError(
            f"{folder} is not as it was built: {_some(wrong)} lost, changed or left over: run "
            "emtool build-dataset again"
        )
    return there


def check_rights(folder: Path, store: Store) -> int:
    """Give the number of tracks, all of which may be published.

    Args:
        folder: A dataset whose files are whole.
        store: What it was built from.

    Raises:
        PublishError: A licence is not open, or the store does not hold a track or a comment any more.
    """
    tracks = _tracks(folder)
    closed = [
        f"{key} ({one.track.licence or 'no known licence'})"
        for key, one in sorted(tracks.items())
        if not permits(_RULE, one.track.licence)
    ]
    if closed:
        raise PublishError(
            f"{len(closed)} of {len(tracks)} tracks are not openly licensed: {_some(closed)}: build the dataset again "
            "with --licences open, which takes CC0, public domain, CC BY and CC BY-SA"
        )
    refused = sorted(_refused(tracks, store))
    if refused:
        raise PublishError(
            f"{len(refused)} of {len(tracks)} tracks may not be published as they are: {_some(refused)}: "
            f"emtool build-dataset brings {folder} up to date with the store"
        )
    return len(tracks)


def _refused(tracks: Mapping[str, _InDataset], store: Store) -> Iterator[str]:
    wanted = {one.key for one in store.wanted([one.track for one in tracks.values()])}
    stored = {one.track.key: one.track for one in store.tracks() if one.track.key in tracks}
    for key, one in tracks.items():
        if key not in wanted:
            yield f"{key} (somebody wants it left out)"
        elif key not in stored:
            yield f"{key} (not in the store {store.place})"
        elif not permits(_RULE, stored[key].licence):
            yield f"{key} (its licence is now {stored[key].licence or 'unknown'})"
        elif gone := one.comments - {comment.id for comment in store.comments(key)}:
            yield f"{key} (comment {min(gone)} is gone from the store)"


def _tracks(folder: Path) -> dict[str, _InDataset]:
    tracks: dict[str, _InDataset] = {}
    for path in sorted((folder / "data").glob("*.parquet")):
        with pq.ParquetFile(path) as opened:
            for group in opened.iter_batches(columns=list(_COLUMNS)):
                for row in group.to_pylist():
                    known = tracks.setdefault(row["track"], _InDataset(_track(row)))
                    known.comments.update(caption["comment_id"] for caption in row["captions"])
    return tracks


def _track(row: Mapping[str, Any]) -> Track:
    return Track(
        source=row["source"],
        id=row["track"].removeprefix(f"{row['source']}:"),
        title="",
        url=row["url"],
        licence=row["licence"],
    )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
