"""Opens a built dataset and checks that this version can read it: the only door for ``emtool.model``.

A folder is read with pyarrow and soundfile alone; a Hub name is downloaded once through ``huggingface_hub``.
"""

import json
import re
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from emtool.crawler.errors import DatasetError
from emtool.dataset.crops import crop
from emtool.dataset.schema import BUILD_FOLDER, MARK, SCHEMA

KEPT_GROUPS = 4  # row groups of sound held in memory, 4 MiB each or less
HUB_NAME = re.compile(r"[\w-][\w.-]*/[\w.-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caption:
    """One accepted comment of a clip; the weights of a clip add up to 1."""

    text: str
    weight: float
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Info:
    """What a dataset says of itself."""

    name: str
    folder: Path
    fingerprint: str
    schema: int
    sample_rate_hz: int
    channels: int
    samples: int  # of one clip and channel
    format: str
    splits: dict[str, int]


class Split:
    """The rows of one split: texts in memory, sound read and decoded clip by clip."""

    def __init__(self, files: list[Path], info: Info) -> None:
        self.info = info
        self.files = files
        self._open: dict[int, pq.ParquetFile] = {}
        self._groups: OrderedDict[tuple[int, int], pa.ChunkedArray] = OrderedDict()

    def __len__(self) -> int:
        return len(self._where)

    def __getstate__(self) -> dict[str, Any]:
        """Leave open files behind: a worker process opens its own."""
        return self.__dict__ | {"_open": {}, "_groups": OrderedDict()}

    @cached_property
    def ids(self) -> list[str]:
        """Names of the clips, unique in the dataset."""
        return self.column("id")

    @cached_property
    def works(self) -> list[str]:
        """Compositions that the clips belong to; no work stands in two splits."""
        return self.column("work_id")

    @cached_property
    def texts(self) -> list[str]:
        """Conditions in the format that the dataset was built with."""
        return self.column("text")

    @cached_property
    def free_form(self) -> list[str]:
        """The best comment of every clip."""
        return self.column("free_form")

    @cached_property
    def tags(self) -> list[tuple[str, ...]]:
        """Canonical English tags drawn from the comments, best first."""
        return [tuple(tags) for tags in self.column("tags")]

    @cached_property
    def captions(self) -> list[tuple[Caption, ...]]:
        """All accepted comments of every clip."""
        return [
            tuple(Caption(text=c["text"], weight=c["weight"], language=c["language"]) for c in captions)
            for captions in self.column("captions")
        ]

    def column(self, name: str) -> list[Any]:
        """Values of any column but the sound."""
        return [
            value
            for file in range(len(self.files))
            for value in self._file(file).read([name])[name].to_pylist()
        ]

    @property
    def schema(self) -> pa.Schema:
        """Columns as they are stored."""
        return self._file(0).schema_arrow

    def row(self, index: int) -> dict[str, Any]:
        """All columns of one row, its sound undecoded.

        Raises:
            IndexError: There is no such row.
        """
        file, group, row = self._where[index]
        found: dict[str, Any] = self._file(file).read_row_group(group).slice(row, 1).to_pylist()[0]
        return found

    def audio(self, index: int, first: int = 0, count: int | None = None) -> NDArray[np.float32]:
        """Samples [C, T] of one clip, in [-1, 1]: ``count`` of them, or all, from ``first`` on; no others are decoded.

        Raises:
            IndexError: There is no such row.
            DatasetError: The stored sound cannot be decoded.
        """
        file, group, row = self._where[index]
        stored = self._sound(file, group)[row].as_py()
        return crop(stored["bytes"], first, count, f"clip {index} of {self.files[file]}")

    @cached_property
    def _where(self) -> list[tuple[int, int, int]]:
        """File, row group and row within the group of every clip."""
        return [
            (file, group, row)
            for file in range(len(self.files))
            for group in range(self._file(file).num_row_groups)
            for row in range(self._file(file).metadata.row_group(group).num_rows)
        ]

    def _sound(self, file: int, group: int) -> pa.ChunkedArray:
        key = (file, group)
        if key in self._groups:
            self._groups.move_to_end(key)
        else:
            self._groups[key] = self._file(file).read_row_group(group, columns=["audio"])["audio"]
            if len(self._groups) > KEPT_GROUPS:
                self._groups.popitem(last=False)
        return self._groups[key]

    def _file(self, number: int) -> pq.ParquetFile:
        if number not in self._open:
            path = self.files[number]
            try:
                self._open[number] = pq.ParquetFile(path, memory_map=True)
            except (OSError, pa.ArrowInvalid) as error:
                raise DatasetError(
                    f"cannot read {path} ({error}): build or fetch the dataset again"
                ) from error
        return self._open[number]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """A finished dataset folder."""

    info: Info

    def split(self, name: str) -> Split:
        """Open one split.

        Raises:
            DatasetError: The dataset has no such split, or files of it are missing.
        """
        if name not in self.info.splits:
            there = ", ".join(self.info.splits) or "none"
            raise DatasetError(
                f"{self.info.folder} has no split {name!r} (there are: {there}): it needs more tracks"
            )
        files = sorted((self.info.folder / "data").glob(f"{name}-*-of-*.parquet"))
        split = Split(files, self.info)
        if len(split) != self.info.splits[name]:
            raise DatasetError(
                f"split {name!r} of {self.info.folder} has {len(split)} rows, but {MARK} says "
                f"{self.info.splits[name]}: files were lost or changed, build or fetch the dataset again"
            )
        return split


def open_dataset(address: str | Path) -> Dataset:
    """Open a folder that ``emtool build-dataset`` wrote, or a dataset on the Hub by its ``ORG/NAME``.

    Raises:
        DatasetError: It is not there, not a dataset, not finished, or of a newer schema.
    """
    folder = _folder(address)
    mark = folder / MARK
    if not mark.is_file():
        raise DatasetError(
            f"{folder} is {_what_instead(folder)}: run emtool build-dataset, or name another folder"
        )
    try:
        text = mark.read_bytes()
    except OSError as error:
        raise DatasetError(f"{mark} cannot be read ({error!r}): build the dataset again") from error
    return Dataset(info=info_of(text, folder, str(mark)))


def info_of(text: bytes, folder: Path, mark: str) -> Info:
    """Read what a ``build.json`` says of its dataset.

    Raises:
        DatasetError: It is none, or of a newer schema.
    """
    try:
        build = json.loads(text)
        schema = int(build["schema"])
        if schema > SCHEMA:
            raise DatasetError(
                f"{mark} has schema {schema}, this emtool reads up to {SCHEMA}: install a newer emtool"
            )
        return Info(
            name=build["name"],
            folder=folder,
            fingerprint=build["fingerprint"],
            schema=schema,
            sample_rate_hz=build["sample_rate_hz"],
            channels=build["channels"],
            samples=build["samples"],
            format=build["format"],
            splits=dict(build["splits"]),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise DatasetError(f"{mark} cannot be read ({error!r}): build the dataset again") from error


def _folder(address: str | Path) -> Path:
    local = Path(address).expanduser()
    if local.exists() or isinstance(address, Path):
        return local
    if not HUB_NAME.fullmatch(address):
        raise DatasetError(
            f"there is no dataset folder {address!r}: run emtool build-dataset, or name another folder"
        )
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(address, repo_type="dataset"))
    except (HfHubHTTPError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise DatasetError(
            f"{address!r} is no folder here, and the Hub does not give it ({reason}): check the name, or log in with "
            "`hf auth login`"
        ) from error


def _what_instead(folder: Path) -> str:
    if not folder.exists():
        return "not there"
    if not folder.is_dir():
        return "a file, not a dataset folder"
    if (folder / BUILD_FOLDER).is_dir():
        return "a dataset whose build has not finished"
    if (folder / "data").is_dir():
        return f"a dataset without {MARK}, so its build has not finished or it was not built by emtool"
    return "not a dataset folder"
