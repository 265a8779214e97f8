"""``emtool optout add`` and ``emtool optout list``: who does not want to be in the store."""

from enum import StrEnum
from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command


class Kind(StrEnum):
    """What a person asks to leave out; GUESS tells it from the value."""

    GUESS = "guess"
    URL = "url"
    TRACK = "track"
    DOMAIN = "domain"
    AUTHOR = "author"


def register(app: typer.Typer) -> None:
    """Add ``optout`` with its commands."""
    optout = typer.Typer(help="Take out of the store who does not want to be in it.", no_args_is_help=True)
    app.add_typer(optout, name="optout")

    @command(
        optout,
        name="add",
        examples=[
            "emtool optout add https://example.org/tracks/7",
            "emtool optout add demo:s1-0001",
            "emtool optout add example.org",
            "emtool optout add demo:anna --kind author",
        ],
    )
    def add(
        console: Console,
        what: Annotated[
            str, typer.Argument(help="An address, a track key, a domain, or a writer (hash or SOURCE:NAME).")
        ],
        kind: Annotated[Kind, typer.Option(help="What it is.")] = Kind.GUESS,
    ) -> Summary:
        """Take something out, for good.

        Its tracks, comments and sound leave the store at once, and no later crawl brings them back: only the key of
        a track, or the hash of a writer, is kept as a tombstone. Datasets that were built before still hold it until
        they are built again, or `emtool forget` takes it out of them.
        """
        from emtool.crawler import takedown
        from emtool.crawler.covered import guess_kind
        from emtool.crawler.optouts import WishKind
        from emtool.crawler.store import Store

        chosen = guess_kind(what) if kind is Kind.GUESS else WishKind(str(kind))
        with Store.open(console.workspace / "store", create=True, address=console.store) as store:
            done = takedown.add(store, chosen, what)
        console.say(
            f"{done.kind} {done.value} stays out: {done.tracks} tracks, {done.comments} comments and {done.files} "
            "files are gone; emtool build-dataset brings datasets up to date"
        )
        return done.to_json()

    @command(optout, name="list", examples=["emtool optout list", "emtool optout list --json"])
    def list_wishes(console: Console) -> Summary:
        """Show what stays out.

        Every wish, when it was added, and how many tracks it has taken out.
        """
        from emtool.crawler import takedown
        from emtool.crawler.store import Store

        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            found = takedown.wishes(store)
        columns = ["kind", "value", "added_at", "tracks"]
        console.table(
            "Stays out of the store", columns, [[one[column] for column in columns] for one in found]
        )
        return {"optouts": found}
