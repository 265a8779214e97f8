"""Which files of a dataset folder are published, and what of them is the Hub's: the plan of an upload."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtool.crawler.files import sha256_file
from emtool.dataset.card import ADDRESS
from emtool.dataset.load import HUB_NAME
from emtool.dataset.schema import MARK

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoFile

PATTERNS = (
    "README.md", MARK, "attribution.txt", "croissant.json", "statistics.json", "data/*.parquet", "plots/*.png",
)  # fmt: skip
"""What is published. ``rejected.jsonl`` is not: it holds what must not be passed on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalFile:
    """A file as it will be published."""

    name: str  # path in the dataset, with slashes
    content: Path | bytes
    size_bytes: int
    sha256: str

    def is_same_as(self, remote: "RepoFile") -> bool:
        """Tell whether the Hub has it already."""
        if remote.lfs is not None:
            return bool(remote.lfs.sha256 == self.sha256)
        data = self.content if isinstance(self.content, bytes) else self.content.read_bytes()
        blob = b"blob %d\0" % len(data) + data  # as git names it
        return bool(remote.blob_id == hashlib.sha1(blob, usedforsecurity=False).hexdigest())


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a publish changes on the Hub."""

    send: tuple[LocalFile, ...]
    delete: tuple[str, ...]
    unchanged: int

    @property
    def bytes(self) -> int:
        """Size of what is sent."""
        return sum(file.size_bytes for file in self.send)


def local_files(folder: Path, repo: str, hashes: Mapping[str, str]) -> list[LocalFile]:
    """Give the files to publish under the name ``repo``.

    Args:
        folder: The dataset.
        repo: ORG/NAME, which the card shows in the place of a path.
        hashes: The SHA-256 of files that are known, by name.
    """
    found = []
    for path in sorted(path for pattern in PATTERNS for path in folder.glob(pattern)):
        name = path.relative_to(folder).as_posix()
        if name == "README.md":
            found.append(_made(name, path.read_text(encoding="utf-8").replace(ADDRESS, repo)))
        elif name == MARK:
            found.append(_made(name, _without_places(path.read_text(encoding="utf-8"))))
        else:
            digest = hashes.get(name) or sha256_file(path)
            found.append(LocalFile(name=name, content=path, size_bytes=path.stat().st_size, sha256=digest))
    return found


def plan(local: Iterable[LocalFile], remote: Iterable["RepoFile"]) -> Plan:
    """Compare; files on the Hub that no emtool writes are left alone."""
    there = {file.path: file for file in remote}
    mine = {file.name: file for file in local}
    send = tuple(file for name, file in mine.items() if name not in there or not file.is_same_as(there[name]))
    ours = {name for name in there if any(fnmatch(name, pattern) for pattern in PATTERNS)}
    return Plan(send=send, delete=tuple(sorted(ours - mine.keys())), unchanged=len(mine) - len(send))


def _made(name: str, text: str) -> LocalFile:
    data = text.encode()
    return LocalFile(name=name, content=data, size_bytes=len(data), sha256=hashlib.sha256(data).hexdigest())


def _without_places(text: str) -> str:
    """Take the address of a relevance model out of ``build.json``: it may tell of a machine, or hold a password."""
    build: dict[str, Any] = json.loads(text)
    kind, colon, address = build["config"]["relevance_model"].partition(":")
    if colon:
        build["config"]["relevance_model"] = f"{kind}:{_model_name(kind, address)}"
    return json.dumps(build, ensure_ascii=False, indent=2) + "\n"


def _model_name(kind: str, address: str) -> str:
    if kind == "endpoint":  # URL#MODEL
        return address.partition("#")[2]
    return address if HUB_NAME.fullmatch(address) else address.rstrip("/").rpartition("/")[2]
