"""Where addresses of a track stand in a store beside its own rows: evidence, listings, rests, parts of downloads."""

import re
from collections.abc import Iterable
from urllib.parse import urldefrag

from sqlalchemy import Connection, delete, select, update

from emtool.crawler import schema
from emtool.crawler.database import in_batches

_ROWS = 500  # in memory at a time
_ADDRESS = re.compile(r"https?://[^\s'\"<>]+")
_GOES_ON = re.compile(r"[^\w-]")


class Addresses:
    """Addresses of one thing, which pages and files of it begin with."""

    def __init__(self, urls: Iterable[str]) -> None:
        self._urls = {urldefrag(url).url for url in urls}

    def __bool__(self) -> bool:
        return bool(self._urls)

    def stand_in(self, text: str | None) -> bool:
        """Tell whether a text names one of them, or an address that goes on from one, such as its second page."""
        return any(self._is_one(found) for found in _ADDRESS.findall(text or ""))

    def _is_one(self, url: str) -> bool:
        ends = (match.start() for match in _GOES_ON.finditer(url))
        return url in self._urls or any(url[:end] in self._urls for end in ends)


def remove(connection: Connection, addresses: Addresses) -> None:
    """Take the addresses out of every table but ``tracks`` and ``audio``."""
    if not addresses:
        return
    table = schema.evidence
    said = connection.execute(
        select(table.c.id, table.c.url, table.c.detail), execution_options={"yield_per": _ROWS}
    )
    gone = [row.id for row in said if addresses.stand_in(row.url) or addresses.stand_in(row.detail)]
    for some in in_batches(gone):
        connection.execute(delete(table).where(table.c.id.in_(some)))
    listings, found = schema.listings, schema.found
    for row in connection.execute(select(listings)).all():
        if addresses.stand_in(row.query) or addresses.stand_in(row.next_url):
            of_listing = found.c.listing_id == row.id
            if connection.scalar(select(found.c.track_key).where(of_listing).limit(1)) is None:
                connection.execute(delete(listings).where(listings.c.id == row.id))
            else:  # of tracks that stay: it is read again from its first page
                told = {"query": None, "next_url": None}
                connection.execute(update(listings).where(listings.c.id == row.id).values(told))
    rests = schema.rests
    for rest in connection.execute(select(rests)).all():
        if addresses.stand_in(rest.reason):
            connection.execute(update(rests).where(rests.c.source == rest.source).values(reason="taken out"))
