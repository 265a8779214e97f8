"""One crawl from its options: finds the source, opens the store and the network, and runs the loop."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.claims import Claims
from emtool.crawler.crawl import Crawl, CrawlConfig, CrawlSummary, WorthAudio
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import UsageError
from emtool.crawler.http import Client, HttpConfig
from emtool.crawler.identity import user_agent
from emtool.crawler.permission import Permission
from emtool.crawler.progress import SILENT, Progress
from emtool.crawler.records import TrackState
from emtool.crawler.rests import Rests
from emtool.crawler.source import SourceContext, find
from emtool.crawler.store import Store
from emtool.crawler.web import NoWeb, Web
from emtool.crawler.workers import Workers

DEMO = "demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkConfig:
    """How the crawl meets the sites."""

    contact: str | None = None
    """Address or page where a site can reach whoever runs the crawl; only the demo site goes without."""
    min_interval_s: float | None = None
    """Least seconds between two requests to one host; None follows the recipe, else 1."""
    allow_private_addresses: bool = False
    """Let the crawl reach machines of your own network."""
    catalogue: Path | None = None
    """Folder that the demo site serves; None is the one that comes with emtool."""
    processes: int = 1
    """Processes that share the pace of this crawl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CollectSummary:
    """What a crawl has come to, and what it has cost."""

    source: str
    store: str  # where, without a password
    crawl: CrawlSummary
    requests: int  # of this run
    received_bytes: int  # of this run
    bytes_per_accepted_pair: int | None  # of the source, over all runs; None before the first pair


def collect(
    source: str,
    queries: Sequence[str],
    store_folder: Path,
    *,
    store_address: str | None = None,
    workers: int = 1,
    config: CrawlConfig,
    network: NetworkConfig,
    worth_audio: WorthAudio,
    progress: Progress,
) -> CollectSummary:
    """Crawl a source into the store of a folder.

    Args:
        source: Name of a source, or path of a recipe.
        queries: What to search for; none at all takes everything that the source lists.
        store_folder: Made if it is not there.
        store_address: The store's database, if it is not in the folder; see ``Store.open``.
        workers: Processes that crawl at once, this one included; more than one need a shared store.
        config: What to take.
        network: How to meet the site.
        worth_audio: Tells from the voted comments of a track whether its audio is worth fetching.
        progress: Where bars and lines go; further processes are silent.

    Raises:
        EmtoolError: See ``Crawl.run``; what was collected so far is in the store.
    """
    entry = find(source)
    if source != DEMO and network.catalogue is not None:
        raise UsageError(f"--catalogue {network.catalogue}: only the demo source has one, not {source!r}")
    if source != DEMO and not entry.reads_files and not network.contact:
        raise UsageError(
            f"source {source!r} needs a contact, so that the site can reach you: "
            "--contact you@example.org, or set EMTOOL_CONTACT"
        )
    if workers > 1 and not store_address:
        raise UsageError(
            f"--workers {workers}: a SQLite file takes one: give --store postgresql+psycopg://USER@HOST/NAME, "
            "or leave --workers out"
        )
    with ExitStack() as stack:
        routes = {}
        if source == DEMO:
            routes[HOST, PORT] = stack.enter_context(DemoSite(network.catalogue)).place
        store = stack.enter_context(Store.open(store_folder, create=True, address=store_address))
        stack.enter_context(store.alone(entry.name))
        network = replace(network, processes=max(network.processes, workers))
        others = stack.enter_context(
            Workers(
                workers - 1,
                collect,
                {
                    "source": source,
                    "queries": queries,
                    "store_folder": store_folder,
                    "store_address": store_address,
                    "config": replace(config, joins=True),
                    "network": network,
                    "worth_audio": worth_audio,
                    "progress": SILENT,
                },
                progress.say,
            )
        )
        rests = Rests(store, entry.name)
        rests.check()
        client = stack.enter_context(
            Client(
                HttpConfig(
                    user_agent=user_agent(network.contact or "this machine only"),
                    min_interval_s=_interval_s(network.min_interval_s, entry.min_interval_s),
                    processes=network.processes,
                ),
                guard=AddressGuard(allow_private=network.allow_private_addresses, routes=routes),
                count=partial(store.notes.count, entry.name),
            )
        )
        permission = Permission(client, store.notes.remember, opted_out=store.opted_out)
        web = Web(client, permission, watch=rests.watch)
        seen = web if network.contact or source == DEMO else NoWeb(source)
        opened = entry.open(SourceContext(web=seen, author_hash=store.author_hash, say=progress.say))
        crawl = Crawl(
            opened,
            store,
            web,
            permission,
            config,
            worth_audio=worth_audio,
            progress=progress,
            claims=Claims.of(store),
        )
        result = crawl.run(list(queries) or [None], begun=others.start)
        parts = others.results()
        return CollectSummary(
            source=entry.name,
            store=store.place,
            crawl=replace(result, fetched=result.fetched + sum(part.crawl.fetched for part in parts)),
            requests=client.requests + sum(part.requests for part in parts),
            received_bytes=client.received_bytes + sum(part.received_bytes for part in parts),
            bytes_per_accepted_pair=_bytes_per_pair(store, entry.name),
        )


def _interval_s(wanted: float | None, of_recipe: float | None) -> float:
    if wanted is not None:
        return wanted
    return 1.0 if of_recipe is None else of_recipe


def _bytes_per_pair(store: Store, source: str) -> int | None:
    pairs = store.counts_by_source().get(source, {}).get(TrackState.DONE, 0)
    _, received_bytes = store.traffic().get(source, (0, 0))
    return received_bytes // pairs if pairs else None
