"""What a long step tells its caller while it works; the command line draws it, tests ignore it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol


class Task(Protocol):
    """One bar."""

    def advance(self, steps: float = 1) -> None:
        """Move the bar by so many units."""

    def note(self, text: str) -> None:
        """Show a short text behind the bar, such as the current loss."""


class Progress(Protocol):
    """Where bars and lines go."""

    def task(self, title: str, total: float | None, unit: str) -> AbstractContextManager[Task]:
        """Open a bar; ``total`` None means that the end is not known."""

    def say(self, text: str) -> None:
        """Print one line for the person: what was chosen, found or left out."""


class _SilentTask:
    def advance(self, steps: float = 1) -> None:
        pass

    def note(self, text: str) -> None:
        pass


class _Silent:
    @contextmanager
    def task(self, title: str, total: float | None, unit: str) -> Iterator[Task]:  # noqa: ARG002 - the protocol's names
        yield _SilentTask()

    def say(self, text: str) -> None:
        pass


SILENT: Progress = _Silent()
