"""``emtool publish``: a dataset on the Hugging Face Hub."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from emtool.crawler.console import Console, Summary, command

if TYPE_CHECKING:
    from emtool.dataset.publish import Published


def register(app: typer.Typer) -> None:
    """Add the command."""

    @command(
        app,
        examples=[
            "emtool publish emtool-data/datasets/tags my-lab/my-songs --dry-run",
            "emtool publish emtool-data/datasets/tags my-lab/my-songs --private",
            "emtool publish emtool-data/datasets/tags my-lab/my-songs --erase-old",
        ],
    )
    def publish(
        console: Console,
        dataset: Annotated[Path, typer.Argument(metavar="DIR", help="Folder of a finished dataset.")],
        repo: Annotated[str, typer.Argument(metavar="ORG/NAME", help="Its name on the Hub.")],
        private: Annotated[bool, typer.Option("--private", help="Make a new one that only you see.")] = False,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Check and compare, and change nothing.")
        ] = False,
        erase_old: Annotated[
            bool,
            typer.Option(
                "--erase-old",
                help="Delete earlier versions and all tags there for good, as after a takedown.",
            ),
        ] = False,
    ) -> Summary:
        """Put a dataset on the Hugging Face Hub.

        Only what is openly licensed goes there, and nobody who has asked to be left out: both are asked of the store
        again, so the workspace that the dataset was built in is needed. Only what changed is sent, in one commit with
        a version tag (v1, v2, ...); what was cut off goes on with the same command. `hf auth login` or HF_TOKEN says
        who you are, HF_ENDPOINT names another Hub. rejected.jsonl is not published.
        """
        from huggingface_hub.utils.tqdm import disable_progress_bars

        from emtool.crawler.store import Store
        from emtool.dataset.publish import publish as put

        disable_progress_bars()
        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            done = put(
                dataset,
                repo,
                store,
                console.progress,
                private=private,
                dry_run=dry_run,
                erase_old=erase_old,
            )
        _show(console, done)
        return done.to_json() | {"dry_run": dry_run}


def _show(console: Console, done: "Published") -> None:
    files = [("send", file.name, file.size_bytes) for file in done.plan.send]
    files += [("delete", name, 0) for name in done.plan.delete]
    if files:
        console.table(f"{done.repo}: {done.plan.unchanged} files unchanged", ["what", "file", "bytes"], files)
    else:
        console.say(f"{done.repo} has all {done.plan.unchanged} files already")
    if done.tag is None:
        console.say(f"nothing was changed: {done.tracks} tracks may be published")
    else:
        gone = f", {done.erased} files of earlier versions are gone" if done.erased else ""
        console.say(f"{done.url} is version {done.tag}{gone}")
        console.say(f"load it with: datasets.load_dataset({done.repo!r}, revision={done.tag!r})")
