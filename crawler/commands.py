"""``emtool crawl`` and ``emtool status``."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emtool.crawler import optout_commands, store_commands, view_commands
from emtool.crawler.console import Console, Summary, command
from emtool.crawler.records import RankedComment

if TYPE_CHECKING:
    from emtool.crawler.collect import CollectSummary


def register(app: typer.Typer, *, worth_audio: Callable[[Sequence[RankedComment]], bool]) -> None:
    """Add the commands; ``worth_audio`` tells from voted comments if a track's audio is worth fetching."""
    view_commands.register(app)
    optout_commands.register(app)
    store_commands.register(app)

    @command(
        app,
        examples=[
            "emtool crawl",
            "emtool crawl demo piano 'slow cello' --limit 50",
            "emtool crawl my-site.yaml --contact you@example.org --top 15 --min-votes 3",
        ],
    )
    def crawl(
        console: Console,
        source: Annotated[
            str | None,
            typer.Argument(help="Name of a source, or path of a recipe (.yaml). Without one: the demo site."),
        ] = None,
        query: Annotated[
            list[str] | None,
            typer.Argument(help="What to search for. Without any: all that the source lists."),
        ] = None,
        limit: Annotated[int | None, typer.Option(min=1, help="Tracks of each query at most.")] = None,
        top: Annotated[int, typer.Option(min=1, help="Comments of a track that win the vote, at most.")] = 15,
        min_votes: Annotated[int, typer.Option(help="Votes that a comment needs.")] = 0,
        licences: Annotated[
            str,
            typer.Option(
                help="Licences whose audio is fetched: open, noncommercial, any, or SPDX ids, with commas. "
                "'any' is for a dataset that stays on this machine."
            ),
        ] = "open",
        max_pages: Annotated[int, typer.Option(min=1, help="Pages of comments of a track at most.")] = 50,
        refresh: Annotated[
            bool,
            typer.Option(
                "--refresh", help="Read lists of tracks again from their first page, for newer ones."
            ),
        ] = False,
        contact: Annotated[
            str | None,
            typer.Option(
                envvar="EMTOOL_CONTACT",
                help="Mail address or page where a site can reach you; part of the user agent.",
            ),
        ] = None,
        min_interval: Annotated[
            float | None,
            typer.Option(
                min=0.0,
                help="Seconds between two requests to a host, at least. [default: the recipe's, or 1]",
            ),
        ] = None,
        workers: Annotated[
            int,
            typer.Option(
                min=1,
                help="Processes that crawl at once, with --store on a server. Together they keep the pace of one; "
                "emtool started again beside this one keeps a pace of its own.",
            ),
        ] = 1,
        catalogue: Annotated[
            Path | None,
            typer.Option(help="Folder that the demo site serves. [default: the one that comes with emtool]"),
        ] = None,
        allow_private_addresses: Annotated[
            bool, typer.Option("--allow-private-addresses", help="Let the crawl reach your own network.")
        ] = False,
    ) -> Summary:
        """Collect tracks and their top-voted comments.

        Comments come first; the audio of a track is fetched only if its licence allows it and a comment that
        won the vote describes the music. The same command goes on where a run has ended, and does nothing
        once all is done.
        """
        from emtool.crawler.collect import DEMO, NetworkConfig, collect
        from emtool.crawler.crawl import CrawlConfig

        if source is None:
            console.say(
                f"no source given: crawling the demo site that comes with emtool (emtool crawl {DEMO})"
            )
        result = collect(
            source or DEMO,
            query or [],
            console.workspace / "store",
            store_address=console.store,
            workers=workers,
            config=CrawlConfig(
                limit=limit,
                top=top,
                min_votes=min_votes,
                licences=licences,
                max_pages=max_pages,
                refresh=refresh,
            ),
            network=NetworkConfig(
                contact=contact,
                min_interval_s=min_interval,
                allow_private_addresses=allow_private_addresses,
                catalogue=catalogue,
            ),
            worth_audio=worth_audio,
            progress=console.progress,
        )
        console.table(f"Crawled {result.source}", ["what", "count"], _rows(result))
        return _summary(result)

    @command(app, examples=["emtool status", "emtool status --json"])
    def status(console: Console) -> Summary:
        """Show what is in the workspace.

        Tracks by source and state, datasets, and runs of training.
        """
        from emtool.crawler.workspace import look

        found = look(console.workspace, console.store)
        if not (found.sources or found.datasets or found.runs):
            console.say(f"nothing in {console.workspace} yet: emtool crawl begins")
        if found.sources:
            states = list(next(iter(found.sources.values())))
            counts = [[source, *counts.values()] for source, counts in found.sources.items()]
            console.table(f"Store {found.store}", ["source", *states], counts)
        for title, folders in (("Datasets", found.datasets), ("Runs", found.runs)):
            if folders:
                console.table(
                    title, ["name", "state", "folder"], [[f.name, f.state, f.path] for f in folders]
                )
        return found.to_json()


def _summary(result: "CollectSummary") -> Summary:
    return {
        "source": result.source,
        "store": result.store,
        "tracks": {str(state): number for state, number in result.crawl.tracks.items()},
        "reasons": result.crawl.reasons,
        "fetched": result.crawl.fetched,
        "requests": result.requests,
        "received_bytes": result.received_bytes,
        "bytes_per_accepted_pair": result.bytes_per_accepted_pair,
    }


def _rows(result: "CollectSummary") -> list[tuple[str, int | str]]:
    told: list[tuple[str, int | str]] = [
        (f"tracks {state}", number) for state, number in result.crawl.tracks.items() if number
    ]
    told += [(f"left out: {reason}", number) for reason, number in sorted(result.crawl.reasons.items())]
    per_pair = result.bytes_per_accepted_pair
    return [
        *told,
        ("audio fetched in this run", result.crawl.fetched),
        ("requests of this run", result.requests),
        ("bytes of this run", result.received_bytes),
        ("bytes per accepted pair, over all runs", "-" if per_pair is None else per_pair),
    ]
