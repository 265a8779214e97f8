"""Time as the crawler sees it, in one place so that a test can turn the hands."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """Where the time comes from and how to let it pass."""

    now_s: Callable[[], float] = time.time  # seconds since 1970, may be set back
    elapsed_s: Callable[[], float] = time.monotonic  # seconds that only grow
    sleep: Callable[[float], None] = time.sleep  # seconds


def utc_now() -> str:
    """Give the present as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
