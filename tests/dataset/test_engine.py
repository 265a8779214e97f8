import os
import time
from collections.abc import Iterator

import pytest

from emtool.crawler.errors import DatasetError
from emtool.dataset.engine import engine


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


def test_a_dead_worker_is_one_line_with_a_way_out() -> None:
    with engine(2) as pool, pytest.raises(DatasetError, match="the same command continues"):
        list(pool.map(die, range(10)))
