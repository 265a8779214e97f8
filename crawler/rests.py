"""Signals that a site wants no more requests: they stop its source until a stated time, and are never worked round."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from emtool.crawler import schema
from emtool.crawler.clock import Clock
from emtool.crawler.database import upsert
from emtool.crawler.errors import BlockedError, RefusedError
from emtool.crawler.store import Store

STRIKES = 3  # refusals one after the other that are one signal
_REST = timedelta(hours=1)  # doubles with each signal that comes within a day after a rest
_LONGEST = timedelta(hours=24)


class Rests:
    """Watches the requests of one source, and remembers in the store when it may be asked again.

    Args:
        store: Where a rest is remembered.
        source: The source that rests, whichever of its hosts gave the signal.
        clock: Takes the place of time, in tests.
    """

    def __init__(self, store: Store, source: str, *, clock: Clock | None = None) -> None:
        self._store = store
        self._source = source
        self._clock = clock or Clock()
        self._strikes = 0

    def check(self) -> None:
        """Stop before the first request.

        Raises:
            BlockedError: The source has a rest that is not over.
        """
        table = schema.rests
        with self._store.read() as connection:
            row = connection.execute(select(table).where(table.c.source == self._source)).first()
        if row is not None and datetime.fromisoformat(row.until) > self._now():
            raise BlockedError(_line(self._source, row.until, row.reason))

    @contextmanager
    def watch(self) -> Iterator[None]:
        """Look at one request.

        Raises:
            BlockedError: It was the signal that sends the source to rest, or another process had that signal.
        """
        if self._store.is_shared:
            self.check()
        try:
            yield
        except RefusedError as refused:
            self._strikes += 1
            if self._strikes >= STRIKES or refused.is_signal:
                raise self._begin(str(refused), refused.pause_s) from refused
            raise
        self._strikes = 0

    def _begin(self, reason: str, asked_s: float | None) -> BlockedError:
        table = schema.rests
        now = self._now()
        with self._store.write() as connection:
            row = connection.execute(select(table).where(table.c.source == self._source)).first()
            again = row is not None and now - datetime.fromisoformat(row.until) < _LONGEST
            times = (row.times if row is not None and again else 0) + 1
            own = min(_REST * 2 ** min(times - 1, 10), _LONGEST)
            end = now + max(own, timedelta(seconds=min(asked_s or 0.0, 366 * 86_400.0)))
            until = end.isoformat(timespec="seconds")
            told = {"source": self._source, "until": until, "reason": reason[:500], "times": times}
            upsert(connection, table, [told], update=("until", "reason", "times"))
        return BlockedError(_line(self._source, until, reason))

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now_s(), UTC)


def _line(source: str, until: str, reason: str) -> str:
    return f"source {source} rests until {until}: run the same command again after that ({reason})"
