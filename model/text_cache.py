"""Text states on disk, so that a caption is encoded once for all runs of a workspace.

A shard is a safetensors file of a few hundred texts; a text's key is a hash of the encoder and of the text.
When the folder grows over its limit, the shards that were not read for longest go.
"""

import hashlib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from emtool.model.tensor_files import writing

Floats = NDArray[np.float32]
States = tuple[Floats, Floats]  # (s0 [E], S [n, E])

_LIMIT = 4 << 30  # bytes of all shards together
_SHARD = 256  # texts


class TextCache:
    """The states of one encoder in a folder; several processes may share it."""

    def __init__(self, folder: Path, encoder: str, limit: int = _LIMIT) -> None:
        self.folder = folder
        self._salt = encoder.encode()
        self._limit = limit
        self._where: dict[str, Path] = {}
        self._open: dict[Path, Any] = {}
        self._pending: dict[str, States] = {}
        self._scan()

    def read(self, text: str) -> States | None:
        """States of a text, or None if they are not known."""
        key = self._key(text)
        path = self._where.get(key)
        if path is None:
            return None
        try:
            if path not in self._open:
                self._open[path] = safe_open(path, framework="np")
                os.utime(path)
            shard = self._open[path]
            return shard.get_tensor(f"{key}.sentence"), shard.get_tensor(f"{key}.tokens")
        except (SafetensorError, OSError):  # damaged, or gone: another process made room
            self._forget(path)
            return None

    def write(self, states: Mapping[str, States]) -> None:
        """Keep the states of some texts; they reach the disk together with more, or with ``flush``.

        Raises:
            OSError: The disk is full or the folder is not writable.
        """
        self._pending |= states
        if len(self._pending) >= _SHARD:
            self.flush()

    def flush(self) -> None:
        """Write what waits.

        Raises:
            OSError: The disk is full or the folder is not writable.
        """
        if not self._pending:
            return
        tensors: dict[str, Floats] = {}
        for text, (sentence, tokens) in self._pending.items():
            key = self._key(text)
            tensors[f"{key}.sentence"] = np.ascontiguousarray(sentence)
            tensors[f"{key}.tokens"] = np.ascontiguousarray(tokens)
        name = hashlib.sha256("".join(sorted(tensors)).encode()).hexdigest()[:32]
        path = self.folder / f"{name}.safetensors"
        with writing(path) as part:
            save_file(tensors, part)
        self._where.update({key.partition(".")[0]: path for key in tensors})
        self._pending.clear()
        self._make_room(path)

    def _key(self, text: str) -> str:
        return hashlib.sha256(self._salt + b"\0" + text.encode()).hexdigest()[:32]

    def _scan(self) -> None:
        for path in sorted(self.folder.glob("*.safetensors")):
            try:
                with safe_open(path, framework="np") as shard:
                    self._where.update({name.partition(".")[0]: path for name in shard.keys()})  # noqa: SIM118
            except (SafetensorError, OSError):
                continue

    def _make_room(self, newest: Path) -> None:
        shards = [(path.stat(), path) for path in self.folder.glob("*.safetensors") if path != newest]
        shards.sort(key=lambda shard: shard[0].st_mtime)
        total = sum(stat.st_size for stat, _ in shards) + newest.stat().st_size
        for stat, path in shards:
            if total <= self._limit:
                return
            path.unlink(missing_ok=True)
            self._forget(path)
            total -= stat.st_size

    def _forget(self, path: Path) -> None:
        self._open.pop(path, None)
        self._where = {key: place for key, place in self._where.items() if place != path}
