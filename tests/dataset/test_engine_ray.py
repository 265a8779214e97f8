import os
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from emtool.crawler.errors import DatasetError, MissingToolError
from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.engine import engine
from tests.conftest import CHECKOUT
from tests.dataset.test_build import ONE_A_SHARD, contents

FFMPEG = """#!/bin/sh
for argument; do case "$argument" in file:*) echo "$argument ${{EMTOOL_TEST_NODE:-first}}" >> {log} ;; esac; done
if [ -n "$EMTOOL_TEST_NODE" ]; then
  while kill -0 $PPID; do sleep 0.1; done
  exit 1
fi
tries=0
until grep -q second {log} || [ $tries -ge 900 ]; do sleep 0.1; tries=$((tries + 1)); done
exec {ffmpeg} "$@"
"""
"""Writes down what it is given. The second node's goes on until that is lost, the first one's begins when that has."""

NOT_STARTED = 75  # the exit code of tests.dataset.ray_program where this machine is too busy for Ray
NEEDS_RAY = "ray is not installed: pip install 'emtool[ray]'"


def test_without_ray_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MissingToolError, match=r"pip install 'emtool\[ray\]'"), engine(kind="ray"):
        pass


def test_no_cluster_at_the_address_is_one_line() -> None:
    """In a process of its own: Ray changes what signals do."""
    pytest.importorskip("ray", reason=NEEDS_RAY)
    program = f"""
from {DatasetError.__module__} import DatasetError
from emtool.dataset.engine import engine
try:
    with engine(kind="ray", address="nowhere"):
        pass
except DatasetError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert ran.stdout.startswith("no Ray cluster answers at nowhere (")
    assert ran.stdout.endswith("): start one with `ray start --head`, or leave out --ray-address\n")
    assert ran.stdout.count("\n") == 1


@pytest.mark.slow
def test_a_node_lost_on_the_way_changes_no_byte(store: Store, store_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("ray", reason=NEEDS_RAY)
    log, tools = tmp_path / "decoded", tmp_path / "bin"
    tools.mkdir()
    (tools / "ffmpeg").write_text(FFMPEG.format(log=log, ffmpeg=shutil.which("ffmpeg")))
    (tools / "ffmpeg").chmod(0o755)
    program = [sys.executable, "-m", "tests.dataset.ray_program", store_folder, tmp_path / "there", log]
    ran = subprocess.run(
        list(map(str, program)),
        env=os.environ | {"PATH": f"{tools}:{os.environ['PATH']}"},
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    if ran.returncode == NOT_STARTED:
        pytest.skip(f"Ray does not start in time on this machine: {ran.stderr.splitlines()[-1]}")
    assert ran.returncode == 0, ran.stderr
    asked = [line.split() for line in log.read_text().splitlines()]
    on_second = {sound for sound, node in asked if node == "second"}
    assert on_second
    assert on_second <= {sound for sound, node in asked if node == "first"}  # done again
    assert max(Counter(sound for sound, node in asked if node == "first").values()) == 1
    build(store, tmp_path / "here", ONE_A_SHARD, engine_kind="local")
    assert contents(tmp_path / "there") == contents(tmp_path / "here")
