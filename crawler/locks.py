"""One process at a time: a lock that ends with the process that holds it, however it ends."""

import fcntl
import os
import shlex
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from emtool.crawler.clock import utc_now
from emtool.crawler.errors import EmtoolError
from emtool.crawler.printable import without_passwords


@contextmanager
def owned(path: Path, refuse: Callable[[str], EmtoolError]) -> Iterator[None]:
    """Hold a lock while the block runs; its file is there only that long, or until the next holder after a kill.

    Args:
        path: The lock's file, which tells who holds it.
        refuse: Turns the holder in words into the error to raise.

    Raises:
        EmtoolError: What ``refuse`` gives, if another process holds the lock.
    """
    file = _take(path, wait=False)
    if file is None:
        raise refuse(_holder(path))
    try:
        os.write(
            file, f"process {os.getpid()} on {socket.gethostname()} since {utc_now()}: {_command()}".encode()
        )
        yield
    finally:
        _let_go(path, file)


@contextmanager
def waited_for(path: Path) -> Iterator[None]:
    """Hold a lock while a short block runs, after waiting for whoever holds it."""
    file = _take(path, wait=True)
    assert file is not None, "a lock that is waited for is given in the end"
    try:
        yield
    finally:
        _let_go(path, file)


def _take(path: Path, *, wait: bool) -> int | None:
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            return None
        except BaseException:
            os.close(file)
            raise
        if _is_still(path, file):
            os.ftruncate(file, 0)
            return file
        os.close(file)  # its last holder has taken the file away meanwhile: lock the new one


def _is_still(path: Path, file: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file))
    except FileNotFoundError:
        return False


def _let_go(path: Path, file: int) -> None:
    path.unlink(missing_ok=True)
    os.close(file)


def _holder(path: Path) -> str:
    try:
        told = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        told = ""
    return " ".join(told.split()) or "a process that has just begun"


def _command() -> str:
    return without_passwords(shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]))[:200]
