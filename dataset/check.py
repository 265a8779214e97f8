"""Whether the files of a dataset are those that its build wrote."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emtool.crawler.errors import DatasetError
from emtool.crawler.files import sha256_file
from emtool.dataset.load import open_dataset
from emtool.dataset.schema import MARK


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found."""

    folder: str
    files: int
    rows: int  # that ``build.json`` tells of
    differing: tuple[str, ...]  # a line for each file that is not as it was built

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self) | {"differing": list(self.differing)}


def check(folder: Path) -> Checked:
    """Compare every Parquet file of a dataset with the size and the hash in its ``build.json``.

    Raises:
        DatasetError: There is no finished dataset that this version can read.
    """
    open_dataset(folder)
    shards = json.loads((folder / MARK).read_text(encoding="utf-8")).get("shards")
    if not shards:
        raise DatasetError(f"{folder / MARK} names no files to check: build the dataset again")
    said = [(shard["file"], _difference(folder / shard["file"], shard)) for shard in shards]
    differing = [f"{folder / name}: {difference}" for name, difference in said if difference]
    known = {folder / shard["file"] for shard in shards}
    strangers = [path for path in sorted((folder / "data").glob("*.parquet")) if path not in known]
    return Checked(
        folder=str(folder),
        files=len(shards),
        rows=sum(shard["rows"] for shard in shards),
        differing=(*differing, *(f"{path}: {MARK} does not know it" for path in strangers)),
    )


def _difference(path: Path, shard: dict[str, Any]) -> str | None:
    if not path.is_file():
        return "lost"
    if path.stat().st_size != shard["bytes"]:
        return f"{path.stat().st_size} bytes, {shard['bytes']} were written"
    if (found := sha256_file(path)) != shard["sha256"]:
        return f"its SHA-256 is {found[:12]}..., {shard['sha256'][:12]}... was written"
    return None
