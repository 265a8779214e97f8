"""``emtool sources``: what can be crawled."""

from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command

_COLUMNS = ("what", "votes", "credentials", "licence", "limits")


def register(app: typer.Typer) -> None:
    """Add the commands that show things and change nothing."""

    @command(app, examples=["emtool sources", "emtool sources demo", "emtool sources my-site.yaml --json"])
    def sources(
        console: Console,
        name: Annotated[
            str | None, typer.Argument(help="A source, or the path of a recipe. Without one: all in a table.")
        ] = None,
    ) -> Summary:
        """Show what can be crawled.

        What each source reads, what a vote is there, the credentials it needs, and the licence of its audio.
        """
        from emtool.crawler.sources_view import describe, listed

        if name is None:
            every = [one.to_json() for one in listed()]
            columns = ("name", *_COLUMNS[:-1])
            console.table("Sources", columns, [[one[column] for column in columns] for one in every])
            return {"sources": every}
        one = describe(name)
        told = one.to_json()
        rows = [(column, told[column]) for column in _COLUMNS] + list(one.options.items())
        console.table(f"Source {one.name}", ["about", "told"], rows)
        return told
