"""How a command ends: 0 done, 1 our error, 2 wrong usage, 130 interrupted."""

import errno
import itertools
import shlex
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

import typer

from emtool.crawler.errors import EmtoolError
from emtool.crawler.printable import printable, without_passwords

INTERRUPTED = 130  # 128 + SIGINT, as shells count

_WAYS_OUT = {
    errno.ENOSPC: "free some space or choose another place with --workspace; the same command continues",
    errno.EDQUOT: "free some space or choose another place with --workspace; the same command continues",
    errno.EFBIG: "raise the limit of file sizes (ulimit -f); the same command continues",
    errno.EACCES: "mend the rights of that path or choose another place with --workspace",
    errno.EPERM: "mend the rights of that path or choose another place with --workspace",
    errno.EROFS: "choose a place that can be written with --workspace",
    errno.EMFILE: "raise the limit of open files (ulimit -n)",
}


# typer moved from click to classes of its own, and exports only this one of their descendants
_USAGE_ERROR = cast(
    type[Exception], next(k for k in typer.BadParameter.__mro__ if k.__name__ == "UsageError")
)


@contextmanager
def exit_codes(*, verbose: bool) -> Iterator[None]:
    """Turn what a person can mend into one line and an exit code; a bug keeps its traceback.

    Raises:
        typer.Exit: With the code.
    """
    try:
        with _termination_as_interrupt():
            yield
    except EmtoolError as error:
        _explain(f"error: {error}", verbose=verbose)
        raise typer.Exit(error.exit_code) from error
    except BrokenPipeError:
        raise  # the reader of our output has left, as in `emtool status | head`: typer ends quietly
    except OSError as error:
        _explain(f"error: {_describe(error)}", verbose=verbose)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        _explain(f"interrupted: what was finished is saved. Continue with: {command_line()}", verbose=verbose)
        raise typer.Exit(INTERRUPTED) from error


@contextmanager
def usage_errors() -> Iterator[None]:
    """Turn what typer says about a wrong command line into one line and exit code 2.

    Raises:
        SystemExit: With the code.
    """
    try:
        yield
    except _USAGE_ERROR as error:
        usage = cast(Any, error)
        rule = usage.format_message().replace("Value error, ", "").rstrip(".")
        help_of = usage.ctx.command_path if usage.ctx else "emtool"
        _explain(f"error: {rule}{_given(usage)} (see: {help_of} --help)", verbose=False)
        raise SystemExit(usage.exit_code) from error


def command_line() -> str:
    """The command that this process was started with, ready to paste into a shell, but for a password."""
    return without_passwords(shlex.join(["emtool", *sys.argv[1:]]))


def _given(usage: Any) -> str:
    """Name the wrong value and where it came from, as far as the message does not."""
    parameter: Any = getattr(usage, "param", None)
    source = usage.ctx.get_parameter_source(parameter.name) if usage.ctx and parameter else None
    if source is None:
        return ""
    if source.name == "DEFAULT_MAP":
        return f", given {usage.ctx.default_map[parameter.name]!r} in the settings file"
    if source.name == "ENVIRONMENT":
        return f", given in the environment as {parameter.envvar}"
    for argument, following in itertools.pairwise([*sys.argv, ""]):
        flag, equals, value = argument.partition("=")
        if flag in parameter.opts:
            return f", given {value if equals else following!r}"
    return ""


def _describe(error: OSError) -> str:
    reason = error.strerror or str(error)
    place = f": {error.filename}" if error.filename else ""
    way_out = _WAYS_OUT.get(error.errno or 0, "the whole story: the same command with --verbose")
    return f"{reason}{place} ({way_out})"


def _explain(line: str, *, verbose: bool) -> None:
    if verbose:
        typer.echo(printable(without_passwords(traceback.format_exc())), err=True)
    typer.echo(printable(without_passwords(" ".join(line.split()))), err=True)


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM save the work as Ctrl-C does."""
    if threading.current_thread() is not threading.main_thread():  # only the main thread may set handlers
        yield
        return
    previous = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
