"""Who works on what, where several processes share a database: a claim is a lease that its holder renews.

A claim that is not renewed ends by itself, by the server's clock, and others take the work over. A change of what
somebody else holds by now is refused, so a process that was thought dead cannot do a thing twice.
"""

import os
import secrets
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, func, or_, select, update

from emtool.crawler import schema
from emtool.crawler.errors import StoreError
from emtool.crawler.store import Store

LEASE_S = 60.0
NOBODY: dict[str, Any] = {"claimed_by": None, "claimed_until": None}
_NOW_S = func.extract("epoch", func.clock_timestamp())
_CLAIMED = (schema.tracks, schema.listings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claims:
    """What one process holds; without a holder it claims nothing and works on what nobody has claimed."""

    holder: str | None = None
    lease_s: float = LEASE_S

    @classmethod
    def of(cls, store: Store, *, lease_s: float = LEASE_S) -> "Claims":
        """Give a name of its own to a process that shares its store; one that is alone needs none."""
        name = f"process {os.getpid()} on {socket.gethostname()} {secrets.token_hex(4)}"
        return cls(holder=name if store.is_shared else None, lease_s=lease_s)

    def hold(self, table: Table) -> ColumnElement[bool]:
        """Tell of a row whether it is held by this process."""
        return table.c.claimed_by.is_(None) if self.holder is None else table.c.claimed_by == self.holder

    def take(self, connection: Connection, table: Table, wanted: Select[Any]) -> list[Any]:
        """Claim those of the wanted rows that nobody holds, without waiting for others that choose right now."""
        free = or_(table.c.claimed_by.is_(None), table.c.claimed_until < _NOW_S)
        rows = connection.execute(wanted.where(free).with_for_update(of=table, skip_locked=True)).all()
        key = next(iter(table.primary_key))
        connection.execute(
            update(table)
            .where(key.in_([getattr(row, key.name) for row in rows]))
            .values(claimed_by=self.holder, claimed_until=_NOW_S + self.lease_s)
        )
        return list(rows)

    @contextmanager
    def kept(self, store: Store) -> Iterator[None]:
        """Renew what is claimed while the block runs, and let go of it in the end."""
        if self.holder is None:
            yield
            return
        ended = threading.Event()
        beating = threading.Thread(target=self._renew, args=(store, ended), daemon=True)
        beating.start()
        try:
            yield
        finally:
            ended.set()
            beating.join()
            self._set(store, NOBODY)

    def _renew(self, store: Store, ended: threading.Event) -> None:
        while not ended.wait(self.lease_s / 3):
            self._set(store, {"claimed_until": _NOW_S + self.lease_s})

    def _set(self, store: Store, values: dict[str, Any]) -> None:
        with suppress(StoreError), store.claiming() as connection:  # it is tried again, or the lease runs out
            for table in _CLAIMED:
                key = next(iter(table.primary_key))
                mine = select(key).where(self.hold(table)).with_for_update(skip_locked=True)
                connection.execute(update(table).where(key.in_(mine)).values(values))


ALONE = Claims()
