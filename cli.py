"""The command line: it composes what the stages register, and adds the commands that span them."""

import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict, replace
from io import TextIOWrapper
from itertools import count
from pathlib import Path
from typing import Annotated, Any, cast

import typer

import emtool.crawler.commands
import emtool.dataset.commands
import emtool.model.commands
from emtool.crawler import settings
from emtool.crawler.console import Console, Summary, command, functions
from emtool.crawler.errors import CheckpointError, EmtoolError
from emtool.crawler.exits import exit_codes, usage_errors
from emtool.crawler.files import write_text
from emtool.crawler.records import RankedComment

DEMO_PROMPTS = (
    "a slow, sad cello",
    "欢快的钢琴独奏，节奏很快",
    "a bright trumpet, fast and happy",
    "安静忧伤的长笛",
)
DEMO_GUIDANCE = 3.0


class Application(typer.Typer):
    """A Typer whose usage errors are one line, like all others."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line and end the process."""
        for stream in (sys.stdout, sys.stderr):
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")  # a terminal that knows no Chinese is no error
        with usage_errors():
            sys.exit(super().__call__(*args, **kwargs, standalone_mode=False))


app = Application(
    help="Turn a comment section into a text-to-music model.",
    rich_markup_mode=None,  # plain help needs no rich, which costs a fifth of a second
    pretty_exceptions_enable=False,  # a bug shows Python's own traceback
)


@app.callback(invoke_without_command=True, epilog="\b\nTo begin:\n  emtool doctor\n  emtool demo")
def start(
    context: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Show the version and exit.")] = False,
) -> None:
    """Turn a comment section into a text-to-music model."""
    if version:
        from importlib.metadata import version as installed_version

        typer.echo(f"emtool {installed_version('emtool')}")
    elif context.invoked_subcommand is None:
        typer.echo(context.get_help())
    elif context.invoked_subcommand != "init":  # which must be able to replace a settings file that is broken
        with exit_codes(verbose=False):
            context.default_map = dict(settings.read(settings.location(), app))


def worth_audio(comments: Sequence[RankedComment]) -> bool:
    """Tell whether a build would accept a voted comment, so that fetching the track's audio pays.

    What ``emtool.yaml`` says of build-dataset holds here, too.
    """
    from emtool.dataset.flags import config_of
    from emtool.dataset.texts import describes

    said = settings.read(settings.location(), app).get("build-dataset", {})
    return describes(list(comments), config_of(said))


def trained_on(workspace: Path, fingerprints: Collection[str]) -> list[dict[str, Any]]:
    """Find the checkpoints in a workspace whose data had one of some fingerprints."""
    from emtool.model import lineage

    return lineage.trained_on(workspace, fingerprints)


emtool.crawler.commands.register(app, worth_audio=worth_audio)
emtool.dataset.commands.register(app, trained_on=trained_on)
emtool.model.commands.register(app)


@command(app, examples=["emtool demo", "emtool demo --minutes 10 --samples 40"])
def demo(
    console: Console,
    minutes: Annotated[float, typer.Option(min=0.1, help="Minutes of training at most.")] = 3.0,
    tracks: Annotated[int | None, typer.Option(min=1, help="Tracks to crawl. [default: all]")] = None,
    samples: Annotated[int, typer.Option(min=1, help="Sounds by which each model is measured.")] = 16,
) -> Summary:
    """Go from a crawl to a report, offline.

    Crawls our own small site over HTTP on this machine, builds a dataset, trains a tiny model on it from scratch for
    a few minutes, and lets that model and the one that ships with emtool play. Everything stays in demo/ of the
    workspace. What is finished is reused, what was stopped goes on; a run of an earlier dataset is set aside.
    """
    run = functions(app)
    inside = replace(console, workspace=console.workspace / "demo", store=None)
    dataset, own_run = inside.workspace / "dataset", inside.workspace / "run"
    crawled = run["crawl"](inside, source="demo", limit=tracks)
    built = run["build-dataset"](inside, out=dataset, format="both")
    _show_loaded(inside, dataset)
    trained = _train(inside, dataset, own_run, minutes)
    measured = {}
    for name, model in _demo_models(own_run).items():
        folder = inside.workspace / "samples" / name
        if not _newer(folder / "samples.json", model):
            run["sample"](inside, run=str(model), prompts=list(DEMO_PROMPTS), out=folder)
        folder = inside.workspace / "evaluation" / name
        measured[name] = run["evaluate"](
            inside,
            run=str(model),
            dataset=str(dataset),
            samples=samples,
            guidance=[DEMO_GUIDANCE],
            out=folder,
        )
    report = _demo_report(inside.workspace, crawled, trained, measured)
    _demo_table(console, trained, measured)
    console.say(f"open {report} in a browser")
    return {"report": str(report), "crawl": crawled, "build": built, "train": trained, "evaluate": measured}


def _show_loaded(console: Console, folder: Path) -> None:
    """Load the dataset as any user of Hugging Face would, and show what that gives."""
    import datasets

    datasets.disable_progress_bars()
    loaded = datasets.load_dataset(str(folder))
    console.say(f"datasets.load_dataset({str(folder)!r}) gives {loaded}")
    row = loaded["train"].select_columns(["id", "free_form", "tags"])[0]
    console.say(f"its first row: {row['id']}, {row['free_form']!r}, tagged {', '.join(row['tags'])}")


def _train(console: Console, dataset: Path, out: Path, minutes: float) -> Summary:
    """Train or go on; a run that another dataset or release has left is kept beside the new one."""
    train = functions(app)["train"]
    try:
        return train(console, dataset=str(dataset), out=out, minutes=minutes)
    except CheckpointError as error:
        if not out.exists():
            raise
        aside = next(path for n in count(1) if not (path := out.with_name(f"{out.name}-{n}")).exists())
        out.rename(aside)
        console.say(f"training starts anew, the earlier run is kept in {aside}: {error}")
        return train(console, dataset=str(dataset), out=out, minutes=minutes)


def _demo_models(own_run: Path) -> dict[str, str | Path]:
    """Name what can play here: the run of this demo, and the checkpoint that ships where it does."""
    from emtool.model.checkpoint import find

    return {"trained-here": own_run} | ({"shipped": "demo"} if find("demo").is_file() else {})


def _newer(made: Path, model: str | Path) -> bool:
    """Tell whether something was made with a checkpoint as it is now."""
    from emtool.model.checkpoint import find

    return made.is_file() and made.stat().st_mtime_ns > find(model).stat().st_mtime_ns


def _demo_report(folder: Path, crawled: Summary, trained: Summary, measured: dict[str, Summary]) -> Path:
    from emtool.model.evaluate import read_report
    from emtool.model.report import write_project_report

    notes = [
        f"What plays here was trained from scratch in this demo: {trained['step']} steps in {trained['seconds']} s. "
        "That shows how a model begins to learn, not how one sounds that has learnt."
    ]
    if "shipped" in measured:
        notes.append(f"The checkpoint that ships, measured in the same way: {measured['shipped']['page']}")
    own = folder / "evaluation" / "trained-here"
    return write_project_report(
        folder / "report.html",
        "The emtool demo",
        crawl=crawled,
        dataset=folder / "dataset",
        run=folder / "run",
        evaluation=read_report(own),
        evaluation_folder=own,
        lead="From the comments of a small site to a model that plays, on this machine and offline.",
        notes=notes,
    )


def _demo_table(console: Console, trained: Summary, measured: dict[str, Summary]) -> None:
    """Show the scores of the models side by side."""
    figures = {name: _scores(summary) for name, summary in measured.items()}
    names = dict.fromkeys(figure for scores in figures.values() for figure in scores)
    rows = [(name, *(scores.get(name, "-") for scores in figures.values())) for name in names]
    console.table(
        f"Models on the held-out clips of the demo ({trained['step']} steps here)", ["score", *figures], rows
    )


def _scores(summary: Summary) -> dict[str, str]:
    """Name and value of every figure of a model in the summary of an evaluation."""
    metrics = cast(dict[str, dict[str, Any]], summary["metrics"])
    return {
        f"{metric['title']}: {score['name']}": f"{score['value']:.3g}"
        for metric in metrics.values()
        for score in metric["scores"]
        if score["role"] == "result"
    }


@command(app, examples=["emtool init", "emtool init --force"])
def init(
    console: Console,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if there is one.")] = False,
) -> Summary:
    """Write a commented emtool.yaml.

    It lists everything that a flag can say with its default, for this folder; EMTOOL_CONFIG names another place.
    """
    path = settings.location()
    if path.exists() and not force:
        raise EmtoolError(f"{path} exists and may hold settings of yours: --force replaces it")
    write_text(path, settings.template(app))
    console.say(f"wrote {path}: every key in it is commented out and shows its default")
    return {"settings": str(path)}


def _device() -> str:
    """Name what training would compute on here, and the precision that is fast on it."""
    import torch

    from emtool.model.device import best_device, choose_precision

    device = best_device()
    precision = str(choose_precision("auto", device)).removeprefix("torch.")
    return f"{device.type}, {precision} is fast, {torch.get_num_threads()} threads, torch {torch.__version__}"


@command(
    app, examples=["emtool doctor", "emtool doctor --json"], failed=lambda summary: not summary["healthy"]
)
def doctor(console: Console) -> Summary:
    """Check what emtool needs.

    Every line that is not ok comes with what to do about it.
    """
    from emtool.crawler.doctor import State, examine

    checks = examine(console.workspace, computing=_device)
    rows = [(check.name, check.state, check.found) for check in checks]
    console.table("What emtool needs", ["what", "state", "found"], rows)
    for check in checks:
        if check.way_out:
            console.say(f"{check.name} is {check.state}: {check.way_out}")
    missing = [check.name for check in checks if check.state is State.MISSING]
    return {"healthy": not missing, "checks": [asdict(check) for check in checks]}


if __name__ == "__main__":
    app()
