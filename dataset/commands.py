"""``emtool build-dataset`` and ``emtool explain``."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError
from emtool.dataset import tags_command
from emtool.dataset.config import BuildConfig
from emtool.dataset.flags import config_from, with_build_flags

if TYPE_CHECKING:
    from emtool.crawler.store import Store
    from emtool.dataset.summary import BuildSummary


def register(app: typer.Typer) -> None:
    """Add the commands of this stage."""
    tags_command.register(app)

    @command(
        app,
        name="build-dataset",
        examples=[
            "emtool build-dataset",
            "emtool build-dataset --format tags --name my-tags",
            "emtool build-dataset --sample-rate 16000 --channels 2 --seconds 20.48",
            "emtool build-dataset --explain demo:s1-0001",
        ],
    )
    @with_build_flags
    def build_dataset(
        console: Console,
        out: Annotated[
            Path | None,
            typer.Option(
                metavar="DIR", help="Folder for the dataset. [default: datasets/NAME of the workspace]"
            ),
        ] = None,
        name: Annotated[
            str | None, typer.Option(help="Name of the dataset in the workspace. [default: the format]")
        ] = None,
        workers: Annotated[
            int | None,
            typer.Option(min=1, help="Processes; they do not change the result. [default: all cores]"),
        ] = None,
        explain: Annotated[
            str | None,
            typer.Option(
                metavar="TRACK",
                help="Build nothing, but show every decision about one track (key, id or URL).",
            ),
        ] = None,
        **choices: Any,
    ) -> Summary:
        """Turn what was crawled into a Hugging Face dataset.

        Comments are cleaned, freed of personal data, judged and ranked; the sound of tracks with accepted comments
        is cut into clips; rejected.jsonl says why the rest was dropped. The same command goes on where it was
        killed, and does nothing once all is done.
        """
        from emtool.crawler.store import Store

        config = config_from(choices)
        with Store.open(console.workspace / "store", create=False) as store:
            if explain is not None:
                return _explain_track(console, store, explain, config)
            return _build(console, store, _folder(console, out, name, config), config, workers)

    @command(app, examples=["emtool explain '钢琴很温柔，像下雨天'", "emtool explain 'first!' --json"])
    def explain(
        console: Console,
        comment: Annotated[str, typer.Argument(help="A comment, as a listener would write it.")],
    ) -> Summary:
        """Show what emtool makes of one comment.

        Its relevance to the music and why, the tags in it, the personal data taken out, and every filter against it.
        """
        from emtool.dataset.explain import explain_comment

        found = explain_comment(comment, BuildConfig())
        del found["id"], found["rank"], found["votes"]
        console.table("Comment", ["what", "found"], [(key, _shown(value)) for key, value in found.items()])
        return found


def _folder(console: Console, out: Path | None, name: str | None, config: BuildConfig) -> Path:
    if out is not None and name is not None:
        raise UsageError("--out and --name both say where the dataset goes: give one of them")
    if name is not None and (not name.strip(".") or {"/", "\\"} & set(name)):
        raise UsageError(f"--name {name!r} is no name of a folder: use --out for a path")
    return out or console.workspace / "datasets" / (name or config.format)


def _build(
    console: Console, store: "Store", folder: Path, config: BuildConfig, workers: int | None
) -> Summary:
    from emtool.dataset.build import build

    console.say(f"building {folder} from {store.folder}: format {config.format}, select {config.select}")
    summary = build(store, folder, config, console.progress, workers=workers)
    console.table(f"Dataset {folder}", ["what", "count"], _rows(summary))
    load = f"datasets.load_dataset({str(folder)!r})"
    console.say(f"load it with: {load}")
    return summary.to_json() | {"load": load}


def _rows(summary: "BuildSummary") -> list[tuple[str, object]]:
    counts, rejected = summary.funnel["counts"], summary.funnel["rejected"]
    return [
        ("tracks with a vote", counts["tracks"]),
        ("comments looked at", counts["comments"]),
        *(
            (f"dropped: {name}", number)
            for name, number in sorted(rejected.items(), key=lambda item: -item[1])
        ),
        ("comments accepted", counts["accepted_comments"]),
        ("tracks with a caption", counts["captioned_tracks"]),
        *((f"clips, {split}", rows) for split, rows in summary.splits.items()),
    ]


def _explain_track(console: Console, store: "Store", track: str, config: BuildConfig) -> Summary:
    from emtool.dataset.explain import explain_track

    found = explain_track(store, track, config).to_json()
    columns = ["rank", "votes", "relevance", "text", "tags", "verdict"]
    rows = [[_shown(comment[column]) for column in columns] for comment in found["comments"]]
    console.table(f"Comments of {found['track']}", columns, rows)
    if found["clips"]:
        names = list(found["clips"][0])
        console.table("Clips", names, [[_shown(clip[name]) for name in names] for clip in found["clips"]])
    told = ("work", "split", "captions", "tags", "sound", "verdict")
    console.table("Track", ["what", "found"], [(name, _shown(found[name])) for name in told])
    return found


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value
