"""The command line: it composes what the stages register, and adds the commands that span them."""

import sys
from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

import emtool.crawler.commands
import emtool.dataset.commands
import emtool.model.commands
from emtool.crawler import settings
from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import EmtoolError
from emtool.crawler.exits import exit_codes, usage_errors
from emtool.crawler.files import write_text
from emtool.crawler.records import RankedComment


class Application(typer.Typer):
    """A Typer whose usage errors are one line, like all others."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line and end the process."""
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
    """Tell whether a voted comment describes the music, so that fetching the track's audio pays."""
    from emtool.dataset.config import BuildConfig
    from emtool.dataset.relevance import judge

    verdicts = judge([ranked.comment.text for ranked in comments])
    return any(verdict.score >= BuildConfig().min_relevance for verdict in verdicts)


emtool.crawler.commands.register(app, worth_audio=worth_audio)
emtool.dataset.commands.register(app)
emtool.model.commands.register(app)


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
