"""Crawls that end at a chosen point, as a power cut ends them: a process that forks one for each line it reads.

A point is each moment before and after a request, a commit and a renaming, and before each piece of a sound is
written. A line is JSON: the arguments of ``crawling.main`` and the number of the point; the answer is the exit code.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy.engine.default import DefaultDialect

from emtool.crawler.sinks import File
from emtool.crawler.transports import KeyedTransport
from tests.conftest import CHECKOUT
from tests.crawler import crawling

CRASHED = 77


class Points:
    """Counts the points of a crawl, and ends the process without any farewell at one of them."""

    def __init__(self, crash_at: int | None) -> None:
        self._left = crash_at

    def watch(self) -> None:
        """Count from now on."""
        for owner, name, after in (
            (KeyedTransport, "handle_request", True),
            (DefaultDialect, "do_commit", True),
            (Path, "replace", True),
            (File, "write", False),
        ):
            setattr(owner, name, self._counted(getattr(owner, name), after=after))

    def _counted(self, function: Callable[..., Any], *, after: bool) -> Callable[..., Any]:
        def counted(*arguments: Any) -> Any:
            self._pass()
            result = function(*arguments)
            if after:
                self._pass()
            return result

        return counted

    def _pass(self) -> None:
        if self._left is not None:
            self._left -= 1
            if self._left == 0:
                os._exit(CRASHED)


class Crasher:
    """The process that forks crawls. Use it as a context manager."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.crawler.crashing"],
            cwd=CHECKOUT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.communicate()

    def crawl(self, arguments: Sequence[str], *, crash_at: int | None) -> int:
        """Crawl in a process of its own, and give its exit code: ``CRASHED``, or 0 where it has ended before."""
        assert self._process.stdin is not None, "it is a pipe"
        assert self._process.stdout is not None, "it is a pipe"
        print(json.dumps([arguments, crash_at]), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def main() -> None:
    """Serve until the input ends."""
    for line in sys.stdin:
        arguments, crash_at = json.loads(line)
        child = os.fork()
        if not child:
            Points(crash_at).watch()
            crawling.main(*arguments)
            return
        sys.stdout.write(f"{os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
