"""Audio on disk, named by the hash of its content: ``audio/ab/<sha256>.<suffix>``."""

import math
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

from emtool.crawler.errors import EmtoolError, SourceError
from emtool.crawler.files import fingerprint
from emtool.crawler.locks import owned, waited_for
from emtool.crawler.sinks import note_of

_PARTS = ".part"
_DEAD_AFTER_S = 7 * 24 * 3600  # nobody goes on with a cut download that has waited for so long


class _InUseError(EmtoolError):
    """Another process, or this one, downloads to that path now."""


class AudioFiles:
    """A folder of files that are whole or absent; the same content is kept once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, sha256: str, suffix: str) -> Path:
        """Where a content is, or would be."""
        return self._folder / sha256[:2] / f"{sha256}{suffix}"

    @contextmanager
    def part(self, url: str) -> Iterator[Path]:
        """Give a path on the same disk to download an address to, which no other process uses meanwhile.

        What a cut download has left there stays for the next one; else nothing does.
        """
        folder = self._folder / _PARTS
        self._drop_parts(unused_for_s=_DEAD_AFTER_S)
        with ExitStack() as stack:
            for number in count():
                path = folder / f"{fingerprint(url)}.{number}"
                with suppress(_InUseError):
                    stack.enter_context(owned(_lock_of(path), _InUseError))
                    break
            try:
                yield path
            except SourceError:  # all of it has come, and it is no sound
                _drop(path)
                raise
            except BaseException:
                if not note_of(path).exists():
                    _drop(path)
                raise
            _drop(path)

    def drop_parts(self) -> None:
        """Forget what cut downloads have left; those that run now are not touched."""
        self._drop_parts(unused_for_s=-math.inf)  # whatever the clock of the machine that wrote them

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

    def _drop_parts(self, *, unused_for_s: float) -> None:
        for path in (self._folder / _PARTS).glob("*"):
            part = path.with_name(".".join(path.name.lstrip(".").split(".")[:2]))
            with suppress(_InUseError, FileNotFoundError):  # another process may be tidying as well
                if time.time() - path.stat().st_mtime >= unused_for_s:
                    with owned(_lock_of(part), _InUseError):
                        _drop(part)
                        path.unlink(missing_ok=True)


def _lock_of(part: Path) -> Path:
    return part.with_name(f"{part.name}.lock")


def _drop(part: Path) -> None:
    part.unlink(missing_ok=True)
    note_of(part).unlink(missing_ok=True)
