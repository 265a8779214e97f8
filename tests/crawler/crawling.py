"""A crawl of the demo source with a client of the test's own; as a program, one that can be killed."""

import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.claims import ALONE, Claims
from emtool.crawler.crawl import Crawl, CrawlConfig, CrawlSummary
from emtool.crawler.demo.site import HOST, PORT
from emtool.crawler.http import Client
from emtool.crawler.permission import Permission
from emtool.crawler.progress import SILENT
from emtool.crawler.records import RankedComment
from emtool.crawler.source import SourceContext, find
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from tests.crawler.making import describes, loopback_client


def run(
    store: Store,
    network: Client,
    *,
    source_name: str = "demo",
    queries: Sequence[str | None] = (None,),
    worth_audio: Callable[[Sequence[RankedComment]], bool] = describes,
    watch: Callable[[], AbstractContextManager[None]] = nullcontext,
    claims: Claims = ALONE,
    **options: Any,
) -> CrawlSummary:
    permission = Permission(network, store.notes.remember)
    web = Web(network, permission, watch=watch)
    source = find(source_name).open(SourceContext(web=web, author_hash=store.author_hash))
    crawl = Crawl(
        source,
        store,
        web,
        permission,
        CrawlConfig(**options),
        worth_audio=worth_audio,
        progress=SILENT,
        claims=claims,
    )
    return crawl.run(queries)


def main(folder: str, port: str, address: str | None = None, lease_s: str = "60") -> None:
    """Crawl the demo site of a port of this machine into a store."""
    guard = AddressGuard(routes={(HOST, PORT): ("127.0.0.1", int(port))})
    with Store.open(Path(folder), create=True, address=address) as store, loopback_client(guard) as network:
        run(store, network, claims=Claims.of(store, lease_s=float(lease_s)))


if __name__ == "__main__":
    main(*sys.argv[1:])
