"""A Ray cluster, or the one that Ray starts on this machine; steps of a node that is lost are done again elsewhere.

Steps are tasks of Ray Core and not a pipeline of Ray Data: a build takes its results in order and draws its items as it
goes, and after the loss of a node tasks are back in seconds. Every node needs emtool and, under the same path, the
store's files: a shared file system.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from typing import Any, TypeVar

from emtool.crawler.errors import DatasetError, MissingToolError
from emtool.dataset.engine import AHEAD, Engine

Item = TypeVar("Item")
Result = TypeVar("Result")

_RETRIES = 3  # of a step whose process or node is lost


def _do(step: Callable[[Any], Any], item: Any) -> Any:
    return step(item)


class _Cluster:
    def __init__(self, ray: Any, workers: int) -> None:
        self._ray = ray
        self._ahead = AHEAD * workers
        self._task = ray.remote(_do).options(num_cpus=1, max_retries=_RETRIES, scheduling_strategy="SPREAD")

    def map(self, step: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
        waiting, shared = iter(items), self._ray.put(step)
        running = deque(self._task.remote(shared, item) for item in islice(waiting, self._ahead))
        try:
            while running:
                result = self._result(running.popleft())
                running.extend(self._task.remote(shared, item) for item in islice(waiting, 1))
                yield result
        finally:
            for task in running:
                self._ray.cancel(task)

    def _result(self, task: Any) -> Any:
        errors = self._ray.exceptions
        try:
            return self._ray.get(task)
        except errors.RayTaskError as error:
            raise error.cause from error
        except errors.RayError as error:
            raise DatasetError(
                f"a step was lost on the Ray cluster {_RETRIES + 1} times ({_line(error)}): finished files are kept, "
                "the same command continues; more memory a node, or fewer --workers, may be needed"
            ) from error


@contextmanager
def open(workers: int | None, most: int, address: str | None) -> Iterator[Engine]:  # noqa: A001 - a plug-in's name
    """Join the cluster at ``address``, or the one that this process has joined, or start one on this machine.

    Raises:
        MissingToolError: Ray is not installed.
        DatasetError: No cluster answers there, or it has no processor.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing of a build is told to anybody
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")  # else Ray warns of a later default
    try:
        import ray
    except ImportError as error:
        raise MissingToolError(
            "--engine ray needs the package ray: pip install 'emtool[ray]', or --engine processes"
        ) from error
    joined = ray.is_initialized()
    if not joined:
        _join(ray, workers, address)
    try:
        count = min(workers or int(ray.cluster_resources().get("CPU", 0)), most)
        if count < 1:
            raise DatasetError("the Ray cluster has no processor: add a node, ray start --address=HEAD:6379")
        yield _Cluster(ray, count)
    finally:
        if not joined:
            ray.shutdown()


def _join(ray: Any, workers: int | None, address: str | None) -> None:
    quiet = {"logging_level": "ERROR", "log_to_driver": False}
    try:
        if address is None:
            ray.init(address="local", num_cpus=workers, include_dashboard=False, **quiet)
        else:
            ray.init(address=address, **quiet)
    except (ConnectionError, RuntimeError, ValueError) as error:
        raise DatasetError(
            f"no Ray cluster answers at {address or 'this machine'} ({_line(error)}): start one with "
            "`ray start --head`, or leave out --ray-address"
        ) from error


def _line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
