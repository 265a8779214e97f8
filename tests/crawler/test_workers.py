"""emtool crawl --workers: processes that belong together."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from emtool.crawler import licences
from emtool.crawler.workers import Workers
from tests.conftest import RunEmtool
from tests.crawler.postgresql_server import Server

ORPHANS = """
import signal
from emtool.crawler.workers import Workers
if __name__ == "__main__":
    with Workers(1, signal.pause, {}, print) as workers:
        workers.start()
        print(workers._running[0][0].pid, flush=True)
        workers.results()
"""


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # it has ended, and nobody has asked how


def test_each_worker_is_a_process_of_its_own_and_gives_its_result() -> None:
    said: list[str] = []
    with Workers(2, os.getpid, {}, said.append) as workers:
        workers.start()
        found = workers.results()
    assert len({os.getpid(), *found}) == 3
    assert said == []


def test_a_worker_that_fails_or_is_killed_is_one_line() -> None:
    said: list[str] = []
    with Workers(1, licences.check_rule, {"rule": "free"}, said.append) as workers:
        workers.start()
        assert workers.results() == []
    with Workers(1, signal.pause, {}, said.append) as killed:
        killed.start()
        os.kill(killed._running[0][0].pid or 0, signal.SIGKILL)
        assert killed.results() == []
    assert "licences 'free'" in said[0]
    assert "it ended with exit code -9; the others go on" in said[1]
    assert len(said) == 2


def test_workers_end_with_the_block_as_after_an_interruption(tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    program = {"args": ["sh", "-c", f"touch {begun}; exec sleep 600"]}
    with Workers(1, subprocess.check_output, program, print) as workers:
        workers.start()
        (process, receiver) = workers._running[0]
        while not begun.exists():
            time.sleep(0.01)
    assert process.exitcode == 0
    assert receiver.recv() == "it was interrupted"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_workers_end_when_the_first_process_is_killed(tmp_path: Path) -> None:
    program = tmp_path / "orphans.py"
    program.write_text(ORPHANS)
    first = subprocess.Popen([sys.executable, program], stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    worker = int(first.stdout.readline())
    assert is_running(worker)
    first.kill()
    first.communicate()
    while is_running(worker):  # pytest ends a test that waits for ever
        time.sleep(0.05)


def test_workers_share_one_crawl(
    run_emtool: RunEmtool, server: Server, catalogue: Path, tmp_path: Path
) -> None:
    crawl = ["crawl", "demo", "--catalogue", str(catalogue), "--min-interval", "0", "--json", "--refresh"]
    crawl += ["--workers", "2"]
    refused = run_emtool(*crawl)
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "--workers 2: a SQLite file takes one: give --store postgresql" in refused.stderr
    assert list(tmp_path.iterdir()) == []
    done = run_emtool(*crawl, "--store", server.new_schema())
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["tracks"]["done"], told["tracks"]["skipped"], told["fetched"]) == (3, 1, 3)
    assert told["requests"] >= 11  # each process reads robots.txt
    assert told["bytes_per_accepted_pair"] == told["received_bytes"] // 3
