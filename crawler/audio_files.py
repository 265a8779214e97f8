"""Audio on disk, named by the hash of its content: ``audio/ab/<sha256>.<suffix>``."""

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from emtool.crawler.files import fingerprint
from emtool.crawler.locks import waited_for

_DEAD_AFTER_S = 3600  # a download that has not grown for so long belongs to a process that is gone


class AudioFiles:
    """A folder of files that are whole or absent; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str, suffix: str) -> Path:
        """Where a content is, or would be."""
        return self._folder / sha256[:2] / f"{sha256}{suffix}"

    def part(self, url: str) -> Path:
        """Give a path to download to, on the same disk, that no other process uses."""
        folder = self._folder / ".part"
        folder.mkdir(parents=True, exist_ok=True)
        self._drop_dead_parts(folder)
        return folder / f"{fingerprint(url)}.{os.getpid()}.part"

    def drop_parts(self, urls: Iterable[str]) -> None:
        """Delete what was downloaded of some addresses and never finished."""
        for url in urls:
            for part in (self._folder / ".part").glob(f"{fingerprint(url)}.*.part"):
                part.unlink(missing_ok=True)

    @contextmanager
    def taking(self) -> Iterator[None]:
        """Wait until no other process takes files in or drops unused ones, and keep it so."""
        with waited_for(self._folder / ".taking.lock"):
            yield

    def take(self, part: Path, sha256: str, suffix: str) -> Path:
        """Move a whole download to its place."""
        target = self.path(sha256, suffix)
        if target.exists():
            part.unlink()
            return target
        target.parent.mkdir(parents=True, exist_ok=True)
        with part.open("rb") as written:
            os.fsync(written.fileno())
        part.replace(target)
        return target

    @staticmethod
    def _drop_dead_parts(folder: Path) -> None:
        for path in folder.iterdir():
            with suppress(FileNotFoundError):  # another process may be tidying as well
                if time.time() - path.stat().st_mtime > _DEAD_AFTER_S:
                    path.unlink()
