"""Steps for the tests of engines; a module of its own, since every worker process imports it."""

import os
import signal
import time
from pathlib import Path


def slow_first(number: int) -> tuple[int, str]:
    if number == 0:
        time.sleep(0.3)
    return number, os.environ.get("OMP_NUM_THREADS", "")


def die(number: int) -> int:
    if number == 3:
        os._exit(9)
    return number


def fail(number: int) -> int:
    raise OSError(28, f"No space left on device {number}")


def killed_once(item: tuple[int, Path]) -> int:
    number, mark = item
    if number == 3 and not mark.exists():
        mark.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return number
