"""Runs pure steps in this process or in a pool: the same results, in the same order, at any number of workers."""

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import islice
from typing import Protocol, TypeVar

from emtool.crawler.errors import DatasetError

Item = TypeVar("Item")
Result = TypeVar("Result")

_AHEAD = 3  # items per worker that are under way at a time, which bounds the memory


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Give the items in lists of so many, the last one shorter."""
    left = iter(items)
    while batch := list(islice(left, size)):
        yield batch


class Engine(Protocol):
    """Where steps run."""

    def map(self, step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        """Give ``step(item)`` for every item, in their order; items are drawn only as results are taken."""


class _Here:
    def map(self, step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        return map(step, items)


class _Pool:
    def __init__(self, pool: ProcessPoolExecutor, workers: int) -> None:
        self._pool = pool
        self._workers = workers

    def map(self, step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting = iter(items)
        running: deque[Future[Result]] = deque()
        try:
            running.extend(self._pool.submit(step, item) for item in islice(waiting, _AHEAD * self._workers))
            while running:
                result = running.popleft().result()
                running.extend(self._pool.submit(step, item) for item in islice(waiting, 1))
                yield result
        except BrokenProcessPool as error:
            raise DatasetError(
                "a worker process ended, perhaps for want of memory: finished files are kept, the same command "
                "continues; fewer --workers need less memory"
            ) from error
        finally:
            for future in running:
                future.cancel()


@contextmanager
def engine(workers: int) -> Iterator[Engine]:
    """Open an engine; one worker is this process itself.

    Processes are spawned, not forked: a fork copies locks that threads of the caller hold.
    """
    if workers <= 1:
        yield _Here()
        return
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker)
    try:
        yield _Pool(pool, workers)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _prepare_worker() -> None:
    """One thread a process, and Ctrl-C is the caller's to handle; runs before numpy is loaded."""
    os.environ["OMP_NUM_THREADS"] = "1"
    signal.signal(signal.SIGINT, signal.SIG_IGN)
