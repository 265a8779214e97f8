"""Runs pure steps here, in a pool or on a cluster: the same results, in the same order, at any number of workers."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from itertools import islice
from typing import Protocol, TypeVar

from emtool.crawler import registry
from emtool.crawler.errors import UsageError

Item = TypeVar("Item")
Result = TypeVar("Result")

ENGINES = "emtool.dataset.engines"
AHEAD = 3  # items per worker that are under way at a time, which bounds the memory


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


HERE: Engine = _Here()
"""This process."""


def engine(
    workers: int | None = None,
    *,
    kind: str = "processes",
    most: int | None = None,
    address: str | None = None,
) -> AbstractContextManager[Engine]:
    """Open an engine.

    Args:
        workers: Steps that run at a time; None for as many as there are cores.
        kind: A plug-in of ``emtool.dataset.engines``.
        most: Workers that there is work for; no more are started.
        address: Of a Ray cluster.

    Raises:
        UsageError: There is no such plug-in, or it knows no address.
    """
    if address is not None and kind != "ray":
        raise UsageError(f"--ray-address {address} is for --engine ray, not for --engine {kind}")
    opened: AbstractContextManager[Engine] = registry.load(ENGINES, kind).open(
        workers, workers or 1 << 20 if most is None else most, address
    )
    return opened
