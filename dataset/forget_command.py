"""``emtool forget``: out of the store, the datasets and everything that was made of them."""

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError

if TYPE_CHECKING:
    from emtool.dataset.forgetting import Found

TrainedOn = Callable[[Path, Collection[str]], list[dict[str, Any]]]
"""Finds the checkpoints in a workspace whose data had one of some fingerprints."""

_Many = list[str] | None
_BYTES_PER_MB = 1_000_000


def register(app: typer.Typer, trained_on: TrainedOn) -> None:
    """Add ``forget``."""

    @command(
        app,
        examples=[
            "emtool forget --url https://example.org/tracks/7",
            "emtool forget --track demo:s1-0001 --apply",
            "emtool forget --author demo:anna --dataset /data/songs --apply",
            "emtool forget --domain example.org --apply",
        ],
        failed=lambda summary: bool(summary["not_looked_into"]),
    )
    def forget(
        console: Console,
        url: Annotated[
            _Many, typer.Option(metavar="ADDRESS", help="A page or a file. Repeatable, like all of these.")
        ] = None,
        track: Annotated[_Many, typer.Option(metavar="KEY", help="A track, as SOURCE:ID.")] = None,
        author: Annotated[
            _Many, typer.Option(metavar="WHO", help="A writer of comments: the hash, or SOURCE:NAME.")
        ] = None,
        domain: Annotated[
            _Many, typer.Option(metavar="HOST", help="All tracks of a host and of those below it.")
        ] = None,
        dataset: Annotated[
            list[Path] | None,
            typer.Option(metavar="DIR", help="A dataset outside of the workspace to take it out of, too."),
        ] = None,
        apply: Annotated[bool, typer.Option("--apply", help="Remove it, for good.")] = False,
    ) -> Summary:
        """Take something out of all that holds it.

        Out of the store, its sound, every dataset of the workspace (only the files that hold it are written again),
        attributions, samples and reports; no later crawl brings it back. Without --apply nothing changes, and it is
        shown what would. What a model has learnt stays learnt: the runs whose data held it are listed. Copies
        elsewhere, on the Hub, in caches of `datasets` or in backups, are out of reach.
        """
        from emtool.crawler.optouts import WishKind
        from emtool.dataset import forgetting

        given = {"url": url, "track": track, "author": author, "domain": domain}
        wanted = [(WishKind(kind), value) for kind, values in given.items() for value in values or ()]
        if not wanted:
            raise UsageError("nothing is named: give --url, --track, --author or --domain")
        folders = forgetting.dataset_folders(console.workspace, dataset or ())
        with forgetting.open_store(console.workspace, console.store, create=apply) as store:
            if apply:
                forgetting.end_all_killed(folders)
            found = forgetting.search(console.workspace, store, wanted, folders)
            runs = trained_on(console.workspace, found.fingerprints)
            summary = _told(found, runs)
            _show(console, found, runs, apply=apply)
            if apply:
                forgetting.forget(console.workspace, store, found, folders)
        for line in found.not_looked_into:
            console.say(f"not looked into: {line}")
        if apply:
            console.say("removed; copies elsewhere, such as on the Hub, need a hand of yours")
        else:
            console.say("nothing was changed: the same command with --apply removes it, for good")
        return summary | {"applied": apply}


def _told(found: "Found", runs: Sequence[dict[str, Any]]) -> Summary:
    return {
        "store": [
            {
                "kind": str(one.kind),
                "tracks": sorted(one.tracks),
                "comments": one.comment_number,
                "files": [str(path) for path in one.files],
            }
            for one in found.covered
        ],
        "datasets": [one.to_json() for one in found.held if one.is_touched],
        "other_files": [{"path": str(one.path), "fate": str(one.fate)} for one in found.leftovers],
        "runs": list(runs),
        "not_looked_into": list(found.not_looked_into),
    }


def _show(console: Console, found: "Found", runs: Sequence[dict[str, Any]], *, apply: bool) -> None:
    rows: list[tuple[str, object]] = [
        ("store: tracks", sum(len(one.tracks) for one in found.covered)),
        ("store: comments", sum(one.comment_number for one in found.covered)),
        *_files(found),
    ]
    for held in found.held:
        if held.is_touched:
            rows += [
                (f"{held.folder}: clips removed", held.clips),
                (f"{held.folder}: clips that lose captions", held.changed),
                (f"{held.folder}: captions removed", held.captions),
                (f"{held.folder}: files written again", f"{len(held.files)} of {held.all_files}"),
                (f"{held.folder}: lines of rejected.jsonl", held.lines),
            ]
    rows += [(str(one.path), one.fate) for one in found.leftovers]
    console.table("What goes" if apply else "What would go", ["where", "what"], rows)
    if runs:
        lines = [(run["folder"], run["step"], ", ".join(run["datasets"])) for run in runs]
        console.table("Trained on data that held it", ["checkpoint", "step", "dataset"], lines)


def _files(found: "Found") -> list[tuple[str, object]]:
    files = {path for one in found.covered for path in one.files}
    size = sum(path.stat().st_size for path in files if path.is_file())
    return [("store: sound files", f"{len(files)} ({size / _BYTES_PER_MB:.1f} MB)")]
