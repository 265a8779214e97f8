import multiprocessing
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from emtool.crawler.errors import DatasetError, UsageError
from emtool.crawler.progress import Task
from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.config import BuildConfig
from emtool.dataset.engine import engine
from tests.dataset.steps import die, fail, killed_once, slow_first
from tests.dataset.test_build import contents


class KillsOne:
    """A progress that kills a worker once the first track is cut."""

    def __init__(self) -> None:
        self.killed = 0

    @contextmanager
    def task(self, title: str, total: float | None, unit: str) -> Iterator[Task]:
        self.cutting = title == "cutting sound"
        yield self

    def advance(self, steps: float = 1) -> None:
        if self.cutting and not self.killed:
            child = multiprocessing.active_children()[0]
            self.killed = child.pid or 0
            os.kill(self.killed, signal.SIGKILL)

    def note(self, text: str) -> None:
        pass

    def say(self, text: str) -> None:
        pass


def test_results_come_in_order_from_any_number_of_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    with engine(1) as here, engine(2) as pool:
        assert [n for n, _ in here.map(slow_first, range(20))] == list(range(20))
        results = list(pool.map(slow_first, range(20)))
    assert [n for n, _ in results] == list(range(20))
    assert {threads for _, threads in results} == {"1"}


def test_items_are_drawn_as_results_are_taken() -> None:
    drawn: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1000):
            drawn.append(number)
            yield number

    with engine(2) as pool:
        results = pool.map(slow_first, items())
        next(results)
        assert len(drawn) <= 8
        del results


@pytest.mark.parametrize("workers", [1, 2])
def test_an_error_of_a_step_reaches_the_caller(workers: int) -> None:
    with engine(workers) as running, pytest.raises(OSError, match="No space left"):
        list(running.map(fail, range(3)))


def test_a_step_that_always_kills_its_worker_is_one_line_with_a_way_out() -> None:
    with engine(2) as pool, pytest.raises(DatasetError, match="the same command continues"):
        list(pool.map(die, range(10)))


def test_a_killed_worker_loses_nothing(tmp_path: Path) -> None:
    mark = tmp_path / "killed"
    with engine(2) as pool:
        assert list(pool.map(killed_once, [(number, mark) for number in range(20)])) == list(range(20))
    assert mark.exists()


def test_a_worker_killed_from_outside_changes_no_byte_of_a_build(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emtool.dataset.build._SOUNDS_PER_WORKER", 1)
    watcher = KillsOne()
    build(store, tmp_path / "killed", BuildConfig(shard_mb=1), watcher, workers=2)
    assert watcher.killed
    build(store, tmp_path / "whole", BuildConfig(shard_mb=1), engine_kind="local")
    assert contents(tmp_path / "killed") == contents(tmp_path / "whole")


def test_an_engine_that_there_is_not() -> None:
    with pytest.raises(UsageError, match=r"there are: local, processes, ray"):
        engine(kind="threads")


def test_an_address_belongs_to_ray() -> None:
    with pytest.raises(UsageError, match="--ray-address head:1 is for --engine ray"):
        engine(address="head:1")
