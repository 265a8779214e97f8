"""Ctrl-C and SIGTERM that wait for the end of a step, so that what is saved is a whole step."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Whether somebody asked to stop."""

    def __init__(self) -> None:
        self.pending = False

    def take(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002 - what a signal handler is given
        """Note the first signal; the second does not wait.

        Raises:
            KeyboardInterrupt: A stop was asked for already.
        """
        if self.pending:
            raise KeyboardInterrupt
        self.pending = True


@contextmanager
def deferred_interrupts() -> Iterator[Interrupts]:
    """Hold back Ctrl-C and SIGTERM while the block runs; outside the main thread nothing changes."""
    interrupts = Interrupts()
    if threading.current_thread() is not threading.main_thread():
        yield interrupts
        return
    heeded = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, interrupts.take) for number in heeded}
    try:
        yield interrupts
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
