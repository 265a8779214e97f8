"""Reads the batches of the next step while this one is learned."""

import time
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from emtool.model.data import Batch, Batches
from emtool.model.text_encoder import TextEncoder


class Ahead:
    """Batches in a row, each made in a thread while the one before is in use, its texts encoded."""

    def __init__(self, batches: Batches, encoder: TextEncoder) -> None:
        self.waited_s = 0.0
        self._batches = batches
        self._encoder = encoder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="data")
        self._next: tuple[int, Future[list[Batch]]] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._thread.shutdown(wait=True, cancel_futures=True)

    def take(self, step: int) -> list[Batch]:
        """Give the batches of a step, and begin with those of the one that follows.

        Raises:
            DatasetError: Too many rows in a row cannot be read.
        """
        start = time.monotonic()
        if self._next is None or self._next[0] != step:
            self._next = step, self._thread.submit(self._make, step)
        made = self._next[1].result()
        self._next = step + 1, self._thread.submit(self._make, step + 1)
        self.waited_s += time.monotonic() - start
        return made

    def _make(self, step: int) -> list[Batch]:
        batches = self._batches(step)
        for batch in batches:
            self._encoder.remember(batch.texts)
        return batches
