"""Processes on this machine; a step whose process is killed is done again by a new one.

Each process has a pipe of its own, and a thread here that waits for it. ``concurrent.futures`` shares one pipe among
all: a worker that is killed while it sends a result leaves half a message there, and everybody waits for the rest.
"""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any, TypeVar

from emtool.crawler.errors import DatasetError
from emtool.dataset.engine import AHEAD, HERE, Engine

Item = TypeVar("Item")
Result = TypeVar("Result")

_TRIES = 3  # processes that one step may cost
_SPAWN = multiprocessing.get_context("spawn")  # a fork copies locks that threads of the caller hold


class _Worker:
    """A process that does one step at a time."""

    def __init__(self) -> None:
        self._pipe, there = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()  # so that the end of the process is the end of the pipe
        self._knows: object = None

    def do(self, step: Callable[[Item], Any], item: Item) -> tuple[bool, Any]:
        """Give True and the result, or False and the exception.

        Raises:
            EOFError, OSError: The process has ended.
        """
        self._pipe.send((None if step is self._knows else step, item))
        self._knows = step
        done: tuple[bool, Any] = self._pipe.recv()
        return done

    def close(self) -> None:
        """End the process, which has no step to do."""
        self._pipe.close()
        self._process.join()


class _Pool:
    def __init__(self, workers: int) -> None:
        self._workers = workers
        self._threads = ThreadPoolExecutor(workers)
        self._idle: SimpleQueue[_Worker] = SimpleQueue()
        for _ in range(workers):
            self._idle.put(_Worker())

    def map(self, step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting = iter(items)
        running: deque[Future[Result]] = deque()
        try:
            running.extend(
                self._threads.submit(self._do, step, item) for item in islice(waiting, AHEAD * self._workers)
            )
            while running:
                result = running.popleft().result()
                running.extend(self._threads.submit(self._do, step, item) for item in islice(waiting, 1))
                yield result
        finally:
            for future in running:
                future.cancel()

    def _do(self, step: Callable[[Item], Result], item: Item) -> Result:
        worker = self._idle.get()
        try:
            for _ in range(_TRIES):
                try:
                    fine, value = worker.do(step, item)
                except (EOFError, OSError):
                    worker.close()
                    worker = _Worker()
                else:
                    break
            else:
                raise DatasetError(
                    f"a step ended its worker process {_TRIES} times, perhaps for want of memory: finished files are "
                    "kept, the same command continues; fewer --workers need less memory"
                )
        finally:
            self._idle.put(worker)
        if fine:
            result: Result = value
            return result
        raise value

    def close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        while not self._idle.empty():
            self._idle.get().close()


@contextmanager
def open(workers: int | None, most: int, address: str | None) -> Iterator[Engine]:  # noqa: A001, ARG001 - a plug-in's names
    """Start processes; one worker is this process itself."""
    count = min(workers or os.cpu_count() or 1, most)
    if count <= 1:
        yield HERE
        return
    pool = _Pool(count)
    try:
        yield pool
    finally:
        pool.close()


def _serve(pipe: Connection) -> None:
    """Do what comes through the pipe until it ends, with one thread; Ctrl-C is the caller's to handle."""
    os.environ["OMP_NUM_THREADS"] = "1"  # before numpy is loaded
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    known: Any = None
    while True:
        try:
            step, item = pipe.recv()
        except EOFError:
            return
        known = known if step is None else step
        try:
            pipe.send((True, known(item)))
        except Exception as error:  # noqa: BLE001 - it is raised where the step was asked for
            pipe.send((False, error))
