"""Processes that crawl along with this one, on a store that they share."""

import multiprocessing
import signal
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

from emtool.crawler.errors import EmtoolError
from emtool.crawler.printable import printable

Result = TypeVar("Result")
_CONTEXT = multiprocessing.get_context("spawn")  # a copy of this process would share its connections


class Workers(Generic[Result]):
    """Runs one function in several processes, which end with the block or with this process.

    Args:
        number: How many processes; may be 0.
        work: What each of them does; like its arguments, it is sent to them.
        arguments: By name.
        say: Told in one line of a process that did not end well.
    """

    def __init__(
        self, number: int, work: Callable[..., Result], arguments: dict[str, Any], say: Callable[[str], None]
    ) -> None:
        self._number = number
        self._task = (work, arguments)
        self._say = say
        self._running: list[tuple[BaseProcess, Connection]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process, _ in self._running:
            process.terminate()  # they save their work, as after Ctrl-C
        for process, _ in self._running:
            process.join()

    def start(self) -> None:
        """Start them all."""
        for _ in range(self._number):
            receiver, sender = _CONTEXT.Pipe(duplex=False)
            process = _CONTEXT.Process(target=_work, args=(sender, *self._task))
            process.start()
            sender.close()
            self._running.append((process, receiver))

    def results(self) -> list[Result]:
        """Wait for all, and give what they have returned; one that was killed gives nothing."""
        found: list[Result] = []
        for process, receiver in self._running:
            try:
                result = receiver.recv()
            except EOFError:
                process.join()
                result = f"it ended with exit code {process.exitcode}"
            if isinstance(result, str):
                self._say(printable(f"worker {process.pid}: {result}; the others go on without it"))
            else:
                found.append(result)
        return found


def _work(sender: Connection, work: Callable[..., Result], arguments: dict[str, Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the first process, which ends the others
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        sender.send(work(**arguments))
    except EmtoolError as error:
        sender.send(str(error))
    except KeyboardInterrupt:
        sender.send("it was interrupted")


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None, "a worker is started by another process"
    parent.join()
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
