"""Takes tracks and captions out of a dataset folder: only the files that hold them are written again.

The new folder is made beside the old one, with links to the files that stay, and moved into place as a build does; a
takedown that was killed is ended by the next one.
"""

import json
import os
import re
import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from emtool.crawler.files import atomic_path, fingerprint
from emtool.dataset.bench import Bench, alone
from emtool.dataset.captions import reselected
from emtool.dataset.earlier import read_cuts, write_cuts
from emtool.dataset.finish import move_into_place, number_parts, tell
from emtool.dataset.item import Item
from emtool.dataset.load import open_dataset
from emtool.dataset.schema import BUILD_FOLDER, MARK
from emtool.dataset.shards import write_rows
from emtool.dataset.tag_choices import Choices

_IDENTITY = "takedown "
_NAMED = ("track", "url", "captions.list.element.comment_id")
_NAMES_ANOTHER = re.compile(
    r"(the same (?:file|recording) as )(.+?)(?=: [\d.]+% of their prints|, by way of other tracks|$)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What a dataset holds of an item."""

    item: Item
    folder: Path
    fingerprints: tuple[str, ...]  # the dataset's own, and those that it had before earlier takedowns
    clips: int  # that go
    changed: int  # clips that stay with fewer captions
    captions: int
    tracks: frozenset[str]  # keys of those that go
    files: tuple[str, ...]  # that hold them
    all_files: int
    lines: int  # of ``rejected.jsonl``
    words: frozenset[str]  # texts by which a copy in another file can be told
    names: frozenset[str]  # keys and addresses by which it can

    @property
    def is_touched(self) -> bool:
        """Whether the folder has to be written again."""
        return bool(self.files or self.lines)

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        told = ("clips", "changed", "captions", "all_files", "lines")
        return {"folder": str(self.folder), "files": list(self.files)} | {
            key: getattr(self, key) for key in told
        }


def named_comments(folder: Path) -> set[tuple[str, str]]:
    """Give the comments that stand in a dataset or its rejections, by the key of their track and their id."""
    captions = {
        (row["track"], caption["comment_id"])
        for shard in _build(folder)["shards"]
        for row in _rows(folder / shard["file"], _NAMED)
        for caption in row["captions"]
    }
    return captions | {(told["track"], told["comment"]) for told in _rejected(folder) if "comment" in told}


def find(folder: Path, item: Item) -> Held:
    """Look for an item in a dataset, and change nothing.

    Raises:
        DatasetError: There is no finished dataset that this version can read.
    """
    build = _build(folder)
    counts: Counter[str] = Counter()
    files, tracks, words, names = [], set[str](), set[str](), set[str]()
    for shard in build["shards"]:
        path = folder / shard["file"]
        if any(len(item.left(row)) < len(row["captions"]) for row in _rows(path, _NAMED)):
            files.append(shard["file"])
            for row in _rows(path, _texts(path)):
                left = item.left(row)
                if len(left) < len(row["captions"]):
                    counts["changed" if left else "clips"] += 1
                    counts["captions"] += len(row["captions"]) - len(left)
                    gone = [caption for caption in row["captions"] if caption not in left]
                    words |= {caption[name] for caption in gone for name in ("text", "original")}
                    if item.takes_track(row["track"], row["url"]):
                        tracks.add(row["track"])
                        words.add(row["attribution"])
                        names |= {row["track"], row["url"]}
    return Held(
        item=item,
        folder=folder,
        fingerprints=(build["fingerprint"], *build.get("earlier_fingerprints", ())),
        clips=counts["clips"],
        changed=counts["changed"],
        captions=counts["captions"],
        files=tuple(files),
        all_files=len(build["shards"]),
        tracks=frozenset(tracks),
        lines=sum(line != kept for line, kept in _lines(folder, item, tracks)),
        words=frozenset(words),
        names=frozenset(names),
    )


def remove(held: Held, choices: Choices) -> None:
    """Write a dataset again without what was found; where no clip is left, the folder goes.

    Raises:
        DatasetError: It is being built now.
        OSError: The disk is full, or the folder cannot be written.
    """
    folder, item = held.folder, held.item
    with alone(folder):
        if not held.is_touched:
            return
        build = _build(folder)
        shutil.rmtree(folder / BUILD_FOLDER, ignore_errors=True)
        bench = Bench.open(folder, _IDENTITY + held.fingerprints[0])
        numbers: Counter[str] = Counter()
        clips = 0
        clip_bytes = build["samples"] * build["channels"] * 2
        for shard in build["shards"]:
            path = folder / shard["file"]
            part = bench.part(shard["split"], numbers[shard["split"]])
            numbers[shard["split"]] += 1
            if shard["file"] in held.files:
                kept = _kept(path, item, build["format"], choices)
                clips += write_rows(part, kept, pq.read_schema(path), clip_bytes)
            else:
                _link(path, part)
                clips += shard["rows"]
        if not clips:
            (folder / MARK).unlink()
            shutil.rmtree(folder)
            return
        number_parts(bench)
        with atomic_path(bench.final / "rejected.jsonl") as part, part.open("w", encoding="utf-8") as lines:
            lines.writelines(kept for _, kept in _lines(folder, item, held.tracks))
        write_cuts(bench.final, _kept_cuts(folder, item, held.tracks))
        tell(bench.final, _without(build, clips, held))
        move_into_place(bench, folder)


def drop_unfinished(folder: Path) -> None:
    """Delete what an unfinished build has left, which may hold anything of the store as it was.

    Raises:
        DatasetError: The build is not unfinished but under way.
    """
    if (folder / BUILD_FOLDER).exists():
        with alone(folder):
            shutil.rmtree(folder / BUILD_FOLDER)


def end_killed(folder: Path) -> None:
    """End a takedown of a folder that was killed while it moved the new files into place."""
    bench = Bench(folder / BUILD_FOLDER)
    if bench.ready and (bench.folder / "identity").read_text(encoding="utf-8").startswith(_IDENTITY):
        with alone(folder):
            move_into_place(bench, folder)


def _build(folder: Path) -> dict[str, Any]:
    open_dataset(folder)
    build: dict[str, Any] = json.loads((folder / MARK).read_text(encoding="utf-8"))
    return build


def _rows(path: Path, columns: Iterable[str]) -> Iterator[dict[str, Any]]:
    """Give some columns, a row group in memory at a time."""
    with pq.ParquetFile(path) as opened:
        for group in range(opened.num_row_groups):
            yield from opened.read_row_group(group, columns=list(columns)).to_pylist()


def _texts(path: Path) -> list[str]:
    """Every column but the sound."""
    return [name for name in pq.read_schema(path).names if name != "audio"]


def _lines(folder: Path, item: Item, tracks: Collection[str]) -> Iterator[tuple[str, str]]:
    """Give each line of ``rejected.jsonl``, and what stands in its place: nothing where it goes."""

    def goes(key: str) -> bool:
        return key in tracks or item.takes_track(key, None)

    for told in _rejected(folder):
        line = json.dumps(told, ensure_ascii=False) + "\n"
        other = _NAMES_ANOTHER.match(told["reason"])
        if goes(told["track"]) or (told["track"], told.get("comment")) in item.comments:
            yield line, ""
        elif other and goes(other[2]):
            reason = f"{other[1]}a track that was taken out{told['reason'][other.end() :]}"
            yield line, json.dumps(told | {"reason": reason}, ensure_ascii=False) + "\n"
        else:
            yield line, line


def _rejected(folder: Path) -> Iterator[dict[str, Any]]:
    path = folder / "rejected.jsonl"
    if path.is_file():
        with path.open(encoding="utf-8") as lines:
            yield from map(json.loads, lines)


def _kept(path: Path, item: Item, form: str, choices: Choices) -> Iterator[dict[str, Any]]:
    for row in _rows(path, pq.read_schema(path).names):
        left = item.left(row)
        if len(left) == len(row["captions"]):
            yield row
        elif again := reselected(row, left, form, choices):
            yield again


def _link(path: Path, part: Path) -> None:
    try:
        os.link(path, part)
    except OSError:  # not every file system has links
        shutil.copy2(path, part)


def _kept_cuts(folder: Path, item: Item, tracks: Collection[str]) -> Iterator[dict[str, Any]]:
    """Leave out tracks that go, and those whose rows are no longer as they were cut."""
    changed = {track for track, _ in item.comments}.union(tracks)
    for line in read_cuts(folder):
        if line["track"] not in changed and not item.takes_track(line["track"], None):
            yield line


def _without(build: Mapping[str, Any], clips: int, held: Held) -> dict[str, Any]:
    taken_out = {
        "at": datetime.now(UTC).isoformat(timespec="seconds"),
        "clips": held.clips,
        "captions": held.captions,
    }
    funnel = build["funnel"]
    return {
        **build,
        "fingerprint": fingerprint([*held.fingerprints, clips, held.captions, held.lines]),
        "earlier_fingerprints": list(held.fingerprints),
        "taken_out": [*build.get("taken_out", ()), taken_out],
        "funnel": {**funnel, "counts": {**funnel["counts"], "clips": clips}},
    }
