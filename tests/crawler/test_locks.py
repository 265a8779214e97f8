"""Two at once: the second is told who the first is; a killed holder leaves nothing that stands in the way."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from emtool.crawler.errors import DatasetError, StoreError
from emtool.crawler.locks import owned, waited_for
from emtool.dataset.bench import alone
from tests.conftest import CHECKOUT, RunEmtool

HOLD = """
import sys
from pathlib import Path
from emtool.crawler.errors import StoreError
from emtool.crawler.locks import owned
with owned(Path(sys.argv[1]), StoreError):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(path: Path) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)],
        cwd=CHECKOUT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def end(process: subprocess.Popen[str], number: int) -> None:
    if process.poll() is None:
        process.send_signal(number)
        process.communicate()


def test_a_lock_is_held_by_one_and_left_by_a_killed_process(tmp_path: Path) -> None:
    path = tmp_path / "new" / ".lock"
    process = holder(path)
    with (
        pytest.raises(StoreError, match=rf"^process {process.pid} on .* since 20\d\d-"),
        owned(path, StoreError),
    ):
        pass
    end(process, signal.SIGKILL)
    assert path.exists()
    with owned(path, StoreError):
        assert f"process {os.getpid()} " in path.read_text()
        assert str(process.pid) not in path.read_text().split()
    assert not path.exists()


def test_a_lock_that_is_waited_for_comes(tmp_path: Path) -> None:
    path = tmp_path / ".lock"
    process = holder(path)
    script = HOLD.replace("owned(Path(sys.argv[1]), StoreError)", "waited_for(Path(sys.argv[1]))").replace(
        "import owned", "import waited_for"
    )
    waiting = subprocess.Popen(
        [sys.executable, "-c", script, str(path)],
        cwd=CHECKOUT,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    end(process, signal.SIGKILL)
    out, _ = waiting.communicate("", timeout=60)
    assert (out, waiting.returncode) == ("held\n", 0)
    with waited_for(path):
        assert path.exists()


@pytest.fixture
def crawling(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    process = holder(tmp_path / "emtool-data" / "store" / ".crawl-demo.lock")
    yield process
    end(process, signal.SIGKILL)


def test_a_second_crawl_of_a_source_is_one_line_and_changes_nothing(
    run_emtool: RunEmtool, catalogue: Path, crawling: subprocess.Popen[str]
) -> None:
    crawl = ("crawl", "demo", "--catalogue", str(catalogue), "--json")
    refused = run_emtool(*crawl)
    assert (refused.returncode, refused.stdout, refused.stderr.count("\n")) == (1, "", 1)
    assert f"demo is being crawled by process {crawling.pid} on " in refused.stderr
    assert run_emtool("status").returncode == 0  # looking is free
    end(crawling, signal.SIGKILL)
    assert run_emtool(*crawl).returncode == 0


def test_a_second_build_in_a_folder_is_one_line(tmp_path: Path) -> None:
    out = tmp_path / "datasets" / "both"
    process = holder(out.with_name(".both.lock"))
    with (
        pytest.raises(DatasetError, match=rf"both is being built by process {process.pid} on .*--out"),
        alone(out),
    ):
        pass
    with alone(out.with_name("other")):
        assert not out.exists()
    end(process, signal.SIGKILL)
    with alone(out):
        assert [path.name for path in out.parent.iterdir()] == [".both.lock"]
    assert list(out.parent.iterdir()) == []
