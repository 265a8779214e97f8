"""How often a host is asked: a least interval with jitter, and waiting when it says so."""

import math
import random
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from emtool.crawler.clock import Clock
from emtool.crawler.errors import RefusedError

_SINCE_1970_FROM_S = 1e9  # as a pause this would be 31 years
_LONGEST_BUDGET_S = 86_400.0  # a longer one is no time that we know how to read


class Pace:
    """Keeps the distance between requests to one host; hosts do not wait for each other.

    Args:
        min_interval_s: Least seconds between two requests.
        jitter: Up to this part of the interval is added, so that requests do not come in step.
        max_wait_s: A host that wants a longer pause than this is left for another run.
        clock: Takes the place of time, in tests.
        processes: How many keep the distance together: each waits so many times as long.
    """

    def __init__(
        self, *, min_interval_s: float, jitter: float, max_wait_s: float, clock: Clock, processes: int = 1
    ) -> None:
        self._min_interval_s = min_interval_s
        self._jitter = jitter
        self._max_wait_s = max_wait_s
        self._clock = clock
        self._processes = processes
        self._random = random.Random()
        self._free_at: dict[str, float] = {}
        self._intervals: dict[str, float] = {}
        self._lock = threading.Lock()

    def wait(self, host: str) -> None:
        """Wait for the host's turn.

        Raises:
            RefusedError: The host has asked for a pause that is too long to wait for.
        """
        with self._lock:
            now = self._clock.elapsed_s()
            start = max(now, self._free_at.get(host, now))
            interval = max(self._min_interval_s, self._intervals.get(host, 0.0)) * self._processes
            if start - now > self._max_wait_s + interval * (1 + self._jitter):
                until = datetime.fromtimestamp(self._clock.now_s() + start - now, UTC).isoformat(
                    timespec="seconds"
                )
                raise RefusedError(
                    f"{host} wants no request before {until}: run the same command again after that",
                    pause_s=start - now,
                    is_signal=True,
                )
            self._free_at[host] = start + interval * (1 + self._jitter * self._random.random())
        if start > now:
            self._clock.sleep(start - now)

    def hold(self, host: str, pause_s: float) -> None:
        """Leave the host alone for so long, from now."""
        with self._lock:
            end = self._clock.elapsed_s() + pause_s
            self._free_at[host] = max(end, self._free_at.get(host, end))

    def slow(self, host: str, interval_s: float) -> None:
        """Ask the host no more often than this, as its robots.txt wishes."""
        with self._lock:
            self._intervals[host] = max(interval_s, self._intervals.get(host, 0.0))


def retry_after_s(value: str | None, *, now_s: float) -> float | None:
    """Read a Retry-After header (RFC 9110, 10.2.3): seconds or a date; None for anything else."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        date = parsedate_to_datetime(text)
        return max(0.0, (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now_s)
    except (ValueError, OverflowError):
        return None


def spent_budget_s(headers: Mapping[str, str], *, now_s: float) -> float | None:
    """Give the pause that a site wants whose ``X-RateLimit-Remaining`` says that no request is left.

    ``X-RateLimit-Reset`` is in seconds from now (Reddit), or since 1970 (others); None where one is left, or
    nothing is told, or more than a day.
    """
    left, reset_s = (_number(headers.get(f"x-ratelimit-{name}")) for name in ("remaining", "reset"))
    if left is None or left >= 1 or reset_s is None:
        return None
    pause_s = reset_s - now_s if reset_s >= _SINCE_1970_FROM_S else reset_s
    return max(0.0, pause_s) if pause_s <= _LONGEST_BUDGET_S else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if math.isfinite(number) else None
