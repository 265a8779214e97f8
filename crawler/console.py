"""What every command of emtool has in common: options, output, exit codes.

A command is a function that takes a ``Console`` and its own options and returns a summary; it raises our
errors and knows nothing of the command line. ``command`` turns it into one:

    @command(app, examples=["emtool status"])
    def status(console: Console, state: Annotated[str, typer.Option(help="...")] = "all") -> Summary:
        '''Count the tracks of the store by state.'''
"""

import functools
import inspect
import json as json_format
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints

import typer
from typer.models import CommandInfo

from emtool.crawler.bars import progress_on
from emtool.crawler.errors import UsageError
from emtool.crawler.exits import exit_codes
from emtool.crawler.printable import printable
from emtool.crawler.progress import SILENT, Progress

Summary = dict[str, object]
CommandFunction = TypeVar("CommandFunction", bound=Callable[..., Summary])

DEFAULT_WORKSPACE = Path("emtool-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Where a command works and how it speaks."""

    workspace: Path = DEFAULT_WORKSPACE
    store: str | None = None
    """Address of the store's database; None is a file in the workspace."""
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    progress: Progress = field(default=SILENT)

    def say(self, text: str) -> None:
        """Print one line on standard error, unless the person asked for silence."""
        if not self.quiet:
            self.progress.say(printable(text))

    def detail(self, text: str) -> None:
        """Print one line on standard error that only ``--verbose`` shows."""
        if self.verbose:
            self.say(text)

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print a table on standard output, or on standard error where ``--json`` needs the former."""
        if self.quiet:
            return
        from rich import box  # late: rich costs a fifth of a second, and `--help` needs none of it
        from rich.console import Console as RichConsole
        from rich.table import Table
        from rich.text import Text

        table = Table(title=Text(printable(title)), title_justify="left", box=box.SIMPLE_HEAD)
        for index, column in enumerate(columns):
            numeric = bool(rows) and all(isinstance(row[index], int | float) for row in rows)
            table.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
        for row in rows:
            table.add_row(*(Text(printable(str(cell))) for cell in row))
        RichConsole(stderr=self.json, highlight=False).print(table)


def command(
    app: typer.Typer,
    *,
    name: str | None = None,
    examples: Sequence[str],
    failed: Callable[[Summary], bool] = lambda _summary: False,
) -> Callable[[CommandFunction], CommandFunction]:
    """Register a function as a command and give it the options that all commands share.

    Args:
        app: The application that gets the command.
        name: What the person types; the function's name with hyphens if None.
        examples: Whole command lines for the end of ``--help``; at least one.
        failed: Tells from the summary whether the exit code is 1, for a command whose result can be bad news.

    Returns:
        A decorator that returns the function as it was: Python code calls it with a ``Console`` of its own.
    """
    assert examples, "every command shows an example"

    def register(function: CommandFunction) -> CommandFunction:
        @functools.wraps(function)
        def run(
            *, workspace: Path, store: str | None, quiet: bool, verbose: bool, json: bool, **arguments: Any
        ) -> None:
            progress = SILENT if quiet else progress_on(sys.stderr)
            console = Console(
                workspace=workspace, store=store, quiet=quiet, verbose=verbose, json=json, progress=progress
            )
            with exit_codes(verbose=verbose):
                if quiet and verbose:
                    raise UsageError("--quiet and --verbose contradict each other: choose one")
                summary = function(console, **arguments)
                if json:
                    typer.echo(json_format.dumps(summary, ensure_ascii=False, default=str))
                if failed(summary):
                    raise typer.Exit(1)

        signature = _with_common_options(function)
        run.__signature__ = signature  # type: ignore[attr-defined]  # inspect reads it, typeshed does not know it
        run.__annotations__ = {p.name: p.annotation for p in signature.parameters.values()}
        epilog = "\n".join(["\b", "Examples:", *(f"  {example}" for example in examples)])
        app.command(name=name, epilog=epilog)(run)
        return function

    return register


def command_name(registered: CommandInfo) -> str:
    """What the person types for a command of ``app.registered_commands``."""
    assert registered.callback is not None
    return registered.name or registered.callback.__name__.replace("_", "-")


def functions(app: typer.Typer) -> dict[str, Callable[..., Summary]]:
    """Give the functions behind the commands, by name; each takes a ``Console`` and its own options by keyword."""
    return {
        command_name(info): inspect.unwrap(info.callback) for info in app.registered_commands if info.callback
    }


def _common_options(
    *,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace",
            "-w",
            metavar="DIR",
            envvar="EMTOOL_WORKSPACE",
            help="Folder of everything that emtool keeps.",
        ),
    ] = DEFAULT_WORKSPACE,
    store: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            envvar="EMTOOL_STORE",
            show_default=False,  # emtool.yaml may give one with a password
            help="Database of the store, postgresql+psycopg://USER@HOST/NAME. [default: a file in the workspace]",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing but errors.")] = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", help="Say more; errors come with their traceback.")
    ] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print the summary as one JSON object, the last line of standard output."
        ),
    ] = False,
) -> None:
    """Declare the options that every command has; only the signature is used."""


COMMON_OPTIONS = tuple(inspect.signature(_common_options).parameters)


def _with_common_options(function: Callable[..., Summary]) -> inspect.Signature:
    """Signature of a command: the function's own parameters but the console, then the common options."""
    types = get_type_hints(function, include_extras=True)
    own = list(inspect.signature(function).parameters.values())[1:]
    common = inspect.signature(_common_options).parameters.values()
    return inspect.Signature(
        [
            parameter.replace(
                kind=inspect.Parameter.KEYWORD_ONLY,
                annotation=types.get(parameter.name, parameter.annotation),
            )
            for parameter in (*own, *common)
        ]
    )
