"""Why requests for an address or a track were allowed or not, as a person reads it."""

from dataclasses import asdict
from typing import Any
from urllib.parse import urljoin

from sqlalchemy import or_, select

from emtool.crawler import schema
from emtool.crawler.errors import UsageError
from emtool.crawler.signal_files import PATHS
from emtool.crawler.store import Store


def evidence_of(store: Store, what: str) -> list[dict[str, Any]]:
    """Give every finding about an address or the addresses of a track, and about the signal files of their hosts.

    Raises:
        UsageError: Nothing was ever asked about it.
    """
    tracks, audio = schema.tracks, schema.audio
    wanted = (
        select(tracks.c.url, tracks.c.audio_url, audio.c.url.label("fetched_from"))
        .select_from(tracks.outerjoin(audio))
        .where(or_(tracks.c.key == what, tracks.c.url == what))
    )
    with store.read() as connection:
        row = connection.execute(wanted).first()
    urls = dict.fromkeys((what, *(url for url in row or () if url)))
    found = [asdict(one) for url in urls for one in store.evidence(url)]
    if not found:
        raise UsageError(
            f"no evidence of {what!r} in {store.folder}: give an address that a crawl has asked for, or a track's key"
        )
    files = dict.fromkeys(urljoin(url, path) for url in urls for path in PATHS)
    return found + [asdict(one) for url in files if url not in urls for one in store.evidence(url)]
