"""Progress on a terminal and in a log."""

import io
import os
import pty
import subprocess
import sys
import textwrap

import pytest

from emtool.crawler import bars

TWO_TASKS = """
    import sys
    from emtool.crawler.bars import progress_on
    progress = progress_on(sys.stderr)
    progress.say("before [bold]")
    with progress.task("outer [x]", 2, "tracks") as outer:
        with progress.task("inner", None, "bytes") as inner:
            inner.advance(1.5)
            inner.note("loss 0.5")
        progress.say("between [bold]")
        outer.advance(2)
    with progress.task("again", 1, "steps") as again:
        again.advance()
"""


def _on_a_terminal(program: str) -> str:
    """Run a program whose standard error is a terminal of 120 columns, and give what it wrote there."""
    ours, theirs = pty.openpty()
    environment = os.environ | {"COLUMNS": "120", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], stderr=theirs, env=environment
    )
    os.close(theirs)
    written = b""
    try:
        while piece := os.read(ours, 65536):
            written += piece
    except OSError:
        pass  # how Linux says that the other end of a terminal was closed
    os.close(ours)
    assert process.wait(timeout=60) == 0
    return written.decode()


def test_a_terminal_gets_bars_and_lines_above_them() -> None:
    shown = _on_a_terminal(TWO_TASKS)
    for text in (
        "before [bold]",
        "outer [x]",
        "2 of 2 tracks",
        "1.5 bytes",
        "loss 0.5",
        "between [bold]",
        "1 of 1 steps",
    ):
        assert text in shown


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A clock that a test sets: its one item is the time in seconds."""
    now = [0.0]
    monkeypatch.setattr("emtool.crawler.bars.monotonic", lambda: now[0])
    return now


def test_a_log_gets_a_line_every_half_minute_with_the_time_left(clock: list[float]) -> None:
    log = io.StringIO()
    with bars.progress_on(log).task("crawl", 400, "tracks") as task:
        for _ in range(4):
            clock[0] += 20
            task.advance(25)
            task.note("demo:7")
    assert log.getvalue().splitlines() == [
        "crawl: 50 of 400 tracks, 4 min 40 s left, demo:7",
        "crawl: 100 of 400 tracks, 4 min 0 s left, demo:7",
    ]


def test_a_quick_task_leaves_no_line_in_a_log(clock: list[float]) -> None:
    log = io.StringIO()
    with bars.progress_on(log).task("build", 3, "clips") as task:
        clock[0] += 29
        task.advance(3)
    assert log.getvalue() == ""


def test_a_task_of_unknown_length_shows_no_time_left(clock: list[float]) -> None:
    log = io.StringIO()
    lines = bars.progress_on(log)
    with lines.task("fetch", None, "pages") as task:
        clock[0] += 31
        task.advance(0.5)
    lines.say("done")
    assert log.getvalue() == "fetch: 0.5 pages\ndone\n"


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 0 s"),
        (3599, "59 min 59 s"),
        (7505, "2 h 5 min"),
    ],
)
def test_durations_are_spoken(duration_s: float, text: str) -> None:
    assert bars.spoken(duration_s) == text
