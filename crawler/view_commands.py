"""``emtool sources``, ``votes`` and ``evidence``: what can be crawled, what was voted for, and who allowed it."""

from typing import TYPE_CHECKING, Annotated

import typer

from emtool.crawler.console import Console, Summary, command

if TYPE_CHECKING:
    from emtool.crawler.vote_view import Placed

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

    @command(app, examples=["emtool votes demo:s1-0001", "emtool votes demo:s1-0001 --top 40 --json"])
    def votes(
        console: Console,
        track: Annotated[str, typer.Argument(help="Key of a stored track, SOURCE:ID, or its address.")],
        top: Annotated[int, typer.Option(min=1, help="Comments to show, most voted first.")] = 15,
    ) -> Summary:
        """Show the vote of a track.

        Its comments by votes, each with its share of the track's known votes, the kind of the vote, and its age when
        it was fetched; and how much of the list of comments was seen.
        """
        from emtool.crawler.store import Store
        from emtool.crawler.vote_view import ranking

        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            found = ranking(store, track, top=top)
        console.table(
            f"{found.track}, {found.title}: {found.comments} comments, the list is {found.list_state}",
            ["rank", "votes", "share", "kind", "age", "comment"],
            [_vote_row(one) for one in found.placed],
        )
        return found.to_json()

    @command(
        app,
        examples=["emtool evidence demo:s1-0001", "emtool evidence http://demo.localhost:8765/tracks --json"],
    )
    def evidence(
        console: Console,
        what: Annotated[str, typer.Argument(help="An address, or the key of a stored track, SOURCE:ID.")],
    ) -> Summary:
        """Show why requests were allowed.

        Every rule that was asked about an address, or about the page and the sound of a track: when, its verdict, and
        the raw line that decided.
        """
        from emtool.crawler.evidence_view import evidence_of
        from emtool.crawler.store import Store

        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            found = evidence_of(store, what)
        rows = [
            (
                one["checked_at"],
                one["rule"],
                "allowed" if one["allowed"] else "refused",
                one["detail"],
                one["url"],
            )
            for one in found
        ]
        console.table(f"Evidence of {what}", ["time", "rule", "verdict", "line", "address"], rows)
        return {"what": what, "evidence": found}


def _vote_row(one: "Placed") -> list[object]:
    return [
        one.rank,
        "?" if one.votes is None else one.votes,
        "?" if one.share is None else f"{one.share:.1%}",
        one.vote_kind,
        "?" if one.age_days is None else f"{one.age_days:g} d",
        one.text,
    ]
