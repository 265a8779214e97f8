"""Progress on standard error: bars on a terminal, a line now and then in a log file."""

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING, TextIO

import typer

from emtool.crawler.progress import Progress, Task

if TYPE_CHECKING:
    import rich.progress

SECONDS_BETWEEN_LINES = 30.0


def progress_on(stream: TextIO) -> Progress:
    """Bars if a person looks at the stream, else lines that stay readable in a log."""
    return Bars() if stream.isatty() else Lines(stream)


class Bars:
    """One rich display for all tasks that are open at a time; lines appear above it."""

    def __init__(self) -> None:
        self._display: rich.progress.Progress | None = None

    @contextmanager
    def task(self, title: str, total: float | None, unit: str) -> Iterator[Task]:
        """Open a bar; ``total`` None pulses."""
        if self._display is not None:
            yield _Bar(self._display, title, total, unit)
            return
        with _display() as display:
            self._display = display
            try:
                yield _Bar(display, title, total, unit)
            finally:
                self._display = None

    def say(self, text: str) -> None:
        """Print a line, above the bars if there are any."""
        if self._display is None:
            typer.echo(text, err=True)
        else:
            self._display.console.print(text, markup=False, highlight=False, soft_wrap=True)


class _Bar:
    def __init__(self, display: "rich.progress.Progress", title: str, total: float | None, unit: str) -> None:
        self._display = display
        self._unit = unit
        self._total = total
        self._id = display.add_task(title, total=total, count=_count(0, total, unit), note="")

    def advance(self, steps: float = 1) -> None:
        done = self._display.tasks[self._id].completed + steps
        self._display.update(self._id, completed=done, count=_count(done, self._total, self._unit))

    def note(self, text: str) -> None:
        self._display.update(self._id, note=text)


def _display() -> "rich.progress.Progress":
    from rich import progress  # late: rich costs a fifth of a second, and `--help` needs none of it
    from rich.console import Console

    return progress.Progress(
        progress.TextColumn("{task.description}", markup=False),
        progress.BarColumn(bar_width=24),
        progress.TextColumn("{task.fields[count]}", markup=False),
        progress.TimeRemainingColumn(compact=True, elapsed_when_finished=True),
        progress.TextColumn("{task.fields[note]}", markup=False),
        console=Console(stderr=True),
    )


class Lines:
    """A line every half minute per task; a task that is quicker leaves none."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    @contextmanager
    def task(self, title: str, total: float | None, unit: str) -> Iterator[Task]:
        """Follow a task; ``total`` None gives lines without the time left."""
        yield _LineTask(self, title, total, unit)

    def say(self, text: str) -> None:
        """Print one line."""
        typer.echo(text, file=self._stream)


class _LineTask:
    def __init__(self, lines: Lines, title: str, total: float | None, unit: str) -> None:
        self._lines = lines
        self._title = title
        self._total = total
        self._unit = unit
        self._note = ""
        self._done = 0.0
        self._started = self._spoke = monotonic()

    def advance(self, steps: float = 1) -> None:
        self._done += steps
        now = monotonic()
        if now - self._spoke >= SECONDS_BETWEEN_LINES:
            self._spoke = now
            self._lines.say(self._line(now - self._started))

    def note(self, text: str) -> None:
        self._note = text

    def _line(self, elapsed_s: float) -> str:
        parts = [f"{self._title}: {_count(self._done, self._total, self._unit)}"]
        if self._total and self._done:
            parts.append(f"{spoken(elapsed_s * (self._total - self._done) / self._done)} left")
        if self._note:
            parts.append(self._note)
        return ", ".join(parts)


def _count(done: float, total: float | None, unit: str) -> str:
    """Such as ``12 of 400 tracks``, or ``3.5 of 60 s``."""
    shown = f"{done:.10g}" if done == int(done) else f"{done:.1f}"
    return f"{shown} {unit}" if total is None else f"{shown} of {total:.10g} {unit}"


def spoken(duration_s: float) -> str:
    """Such as ``45 s``, ``3 min 20 s`` or ``2 h 5 min``."""
    seconds = round(max(duration_s, 0.0))
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        return f"{seconds // 60} min {seconds % 60} s"
    return f"{seconds // 3600} h {seconds % 3600 // 60} min"
