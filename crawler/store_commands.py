"""``emtool store export`` and ``emtool store import``: a store as a folder to carry elsewhere."""

from pathlib import Path
from typing import Annotated

import typer

from emtool.crawler.console import Console, Summary, command


def register(app: typer.Typer) -> None:
    """Add ``store`` with its commands."""
    store = typer.Typer(help="Carry what was collected to another place.", no_args_is_help=True)
    app.add_typer(store, name="store")

    @command(
        store,
        name="export",
        examples=[
            "emtool store export /mnt/backup/store",
            "emtool store export ~/store --store postgresql+psycopg://me@db.example.org/emtool",
        ],
    )
    def export_store(
        console: Console,
        folder: Annotated[Path, typer.Argument(help="Folder to make.")],
    ) -> Summary:
        """Write a store to a folder.

        Tracks, comments, votes, evidence and wishes as JSON lines, sound by the hash of its content. Writers are
        hashes by a key that stays in the store: copy `store/author.key` yourself for a store that should know the
        same writers.
        """
        from emtool.crawler.exporting import export
        from emtool.crawler.store import Store

        with Store.open(console.workspace / "store", create=False, address=console.store) as opened:
            done = export(opened, folder, console.progress)
        console.say(
            f"{done.folder}: {done.tracks} tracks, {done.comments} comments, {done.files} files of sound; "
            "store/author.key, by which writers are named, is not in it"
        )
        return done.to_json()

    @command(
        store,
        name="import",
        examples=[
            "emtool store import /mnt/backup/store",
            "emtool store import ~/store --store postgresql+psycopg://me@db.example.org/emtool",
        ],
    )
    def import_store(
        console: Console,
        folder: Annotated[Path, typer.Argument(help="Folder that `emtool store export` has made.")],
        other_key: Annotated[
            bool,
            typer.Option("--other-key", help="Take hashes of writers by another author.key as they are."),
        ] = False,
    ) -> Summary:
        """Take an exported store in.

        Into the store of the workspace, or a new one. What a wish keeps out, of this store or the other, stays out;
        of a track that both have, the one that has come further is kept. The same command again ends an import that
        was cut off, and else does nothing.
        """
        from emtool.crawler.importing import import_folder

        done = import_folder(
            folder,
            console.workspace / "store",
            address=console.store,
            other_key=other_key,
            progress=console.progress,
        )
        console.say(
            f"{done.store}: {done.tracks} tracks and {done.files} files came in; {done.kept} were there, "
            f"{done.unwanted} stay out"
        )
        return done.to_json()
