"""``emtool build-dataset`` and ``emtool explain``; the other commands of this stage have files of their own."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError
from emtool.dataset import forget_command, inspect_command, publish_command, tags_command
from emtool.dataset.config import BuildConfig
from emtool.dataset.flags import config_from, with_build_flags

if TYPE_CHECKING:
    from emtool.crawler.store import Store
    from emtool.dataset.summary import BuildSummary


def _nothing_known(_workspace: Path, _fingerprints: Collection[str]) -> list[dict[str, Any]]:
    return []


def register(app: typer.Typer, *, trained_on: forget_command.TrainedOn = _nothing_known) -> None:
    """Add the commands of this stage.

    Args:
        app: The application that gets them.
        trained_on: Finds the checkpoints in a workspace whose data had one of some fingerprints.
    """
    tags_command.register(app)
    forget_command.register(app, trained_on)
    publish_command.register(app)
    inspect_command.register(app)

    @command(
        app,
        name="build-dataset",
        examples=[
            "emtool build-dataset",
            "emtool build-dataset --format tags --name my-tags",
            "emtool build-dataset --sample-rate 16000 --channels 2 --seconds 20.48",
            "emtool build-dataset --engine ray --ray-address head:6379",
            "emtool build-dataset --explain demo:s1-0001",
            "emtool build-dataset --check --out emtool-data/datasets/free-form",
        ],
        failed=lambda summary: bool(summary.get("differing")),
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
            typer.Option(
                min=1, help="Steps at a time; they do not change the result. [default: as many as cores]"
            ),
        ] = None,
        engine: Annotated[
            str,
            typer.Option(
                metavar="local|processes|ray",
                help="Where the steps run: in this process, in processes here, or on a Ray cluster (emtool[ray]) "
                "whose nodes reach the workspace under the same path.",
            ),
        ] = "processes",
        ray_address: Annotated[
            str | None,
            typer.Option(
                metavar="HOST:PORT",
                help="Ray cluster to join, or auto. [default: one that is started on this machine]",
            ),
        ] = None,
        explain: Annotated[
            str | None,
            typer.Option(
                metavar="TRACK",
                help="Build nothing, but show every decision about one track (key, id or URL).",
            ),
        ] = None,
        check: Annotated[
            bool, typer.Option("--check", help="Build nothing, but compare every file with its hash.")
        ] = False,
        **choices: Any,
    ) -> Summary:
        """Turn what was crawled into a Hugging Face dataset.

        Comments are cleaned, freed of personal data, judged and ranked; the sound of tracks with accepted comments
        is cut into clips; rejected.jsonl says why the rest was dropped. Which words are tags can be chosen with
        `emtool tags review`. The same command goes on where it was killed, and does nothing once all is done; after
        a crawl that brought more, it decodes the new tracks alone.
        """
        from emtool.crawler.store import Store

        config = config_from(choices)
        if check:
            if explain is not None:
                raise UsageError("--check and --explain both build nothing: give one of them")
            return _check(console, _folder(console, out, name, config))
        with Store.open(console.workspace / "store", create=False, address=console.store) as store:
            if explain is not None:
                return _explain_track(console, store, explain, config)
            where = {"workers": workers, "engine_kind": engine, "ray_address": ray_address}
            return _build(console, store, _folder(console, out, name, config), config, where)

    @command(app, examples=["emtool explain '钢琴很温柔，像下雨天'", "emtool explain 'first!' --json"])
    def explain(
        console: Console,
        comment: Annotated[str, typer.Argument(help="A comment, as a listener would write it.")],
    ) -> Summary:
        """Show what emtool makes of one comment.

        Its relevance to the music and why, the tags in it, the personal data taken out, and every filter against it.
        """
        from emtool.dataset.explain import explain_comment
        from emtool.dataset.tag_choices import load as load_choices

        found = explain_comment(comment, BuildConfig(), load_choices(console.workspace))
        del found["id"], found["rank"], found["votes"]
        console.table("Comment", ["what", "found"], _comment_rows(found))
        return found


def _folder(console: Console, out: Path | None, name: str | None, config: BuildConfig) -> Path:
    if out is not None and name is not None:
        raise UsageError("--out and --name both say where the dataset goes: give one of them")
    if name is not None and (not name.strip(".") or {"/", "\\"} & set(name)):
        raise UsageError(f"--name {name!r} is no name of a folder: use --out for a path")
    return out or console.workspace / "datasets" / (name or config.format)


def _build(
    console: Console, store: "Store", folder: Path, config: BuildConfig, where: dict[str, Any]
) -> Summary:
    from emtool.dataset.build import build
    from emtool.dataset.tag_choices import load as load_choices

    console.say(f"building {folder} from {store.folder}: format {config.format}, select {config.select}")
    choices = load_choices(console.workspace)
    summary = build(store, folder, config, console.progress, choices=choices, **where)
    console.table(f"Dataset {folder}", ["what", "count"], _rows(summary))
    load = f"datasets.load_dataset({str(folder)!r})"
    console.say(f"load it with: {load}")
    return summary.to_json() | {"load": load}


def _check(console: Console, folder: Path) -> Summary:
    from emtool.dataset.check import check

    checked = check(folder)
    for line in checked.differing:
        console.say(line)
    if checked.differing:
        console.say("delete what differs and give the build's command again: it makes what is missing")
    else:
        console.say(f"{folder}: {checked.files} files, {checked.rows} rows, all as they were built")
    return checked.to_json()


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
    from emtool.dataset.tag_choices import load as load_choices

    found = explain_track(store, track, config, load_choices(console.workspace)).to_json()
    columns = ["rank", "votes", "relevance", "text", "tags", "verdict"]
    rows = [[_shown(comment[column]) for column in columns] for comment in found["comments"]]
    console.table(f"Comments of {found['track']}", columns, rows)
    if found["clips"]:
        console.table("Clips", ["start_s", "measured", "verdict"], [_clip(clip) for clip in found["clips"]])
    told = ("work", "split", "captions", "tags", "sound", "verdict")
    console.table("Track", ["what", "found"], [(name, _shown(found[name])) for name in told])
    return found


def _clip(clip: dict[str, Any]) -> list[object]:
    told = ("start_s", "verdict")
    return [clip["start_s"], _shown({k: v for k, v in clip.items() if k not in told}), clip["verdict"]]


def _comment_rows(found: Summary) -> list[tuple[str, object]]:
    """Lay one comment out: a line for every facet, tag and reason."""
    lines: dict[str, Any] = dict(found)
    lists: dict[str, list[str]] = {
        "private data": [f"{kind}, {number} times" for kind, number in lines["private"].items()],
        "facets": [f"{facet}: {', '.join(words)}" for facet, words in lines["facets"].items()],
        "tags": [
            f"{tag['name']} ({tag['facet']}, {tag['score']}): {tag['words']}" for tag in lines["tags_found"]
        ],
        "reasons to drop it": [f"{one['filter']}: {one['reason']}" for one in lines["reasons"]],
    }
    return [
        *((name, _shown(lines[name])) for name in ("text", "language", "relevance", "why")),
        *((name, "\n".join(said) or "none") for name, said in lists.items()),
        ("verdict", "dropped" if lines["reasons"] else "kept"),
    ]


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_shown(item)}" for key, item in value.items())
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return "" if value is None else value
