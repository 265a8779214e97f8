"""Whether ``torch.compile`` pays for the rest of a run."""

import time
from collections.abc import Callable

import torch

from emtool.crawler.progress import Progress
from emtool.model.data import Batch
from emtool.model.run import Run

_ROUNDS = 2
_WORTH = 1.05  # times as fast, beside earning back the time that compiling takes


def settle_compiling(run: Run, batch: Batch, progress: Progress) -> None:
    """Decide once for a run, and compile if it pays or was asked for; weights and random numbers stay as they are.

    Compiled arithmetic rounds differently, hence a run that goes on keeps what was decided when it began.
    """
    wanted = run.config.train.compile
    if run.engine.sharded:
        run.compiled = False
    elif wanted != "auto":
        run.compiled = wanted == "on"
    elif run.compiled is None:
        run.compiled = run.engine.from_first(lambda: _pays(run, batch, progress))
    if run.compiled:
        run.objective.compile()


def _pays(run: Run, batch: Batch, progress: Progress) -> bool:
    def once() -> None:
        run.local_loss(batch).backward()
        if run.device.type == "cuda":
            torch.cuda.synchronize(run.device)

    once()
    plain_s = _fastest(once)
    run.objective.compile()
    try:
        compiling_s = _seconds(once)
        compiled_s = _fastest(once)
    except Exception as error:  # noqa: BLE001 - a machine without a compiler raises what it likes
        progress.say(f"torch.compile fails here ({type(error).__name__}): training without it")
        return False
    finally:
        run.objective.interpret()
        run.optimiser.zero_grad(set_to_none=True)
    parts = run.config.train.accumulate * (run.config.train.steps - run.step)
    gain_s = parts * (plain_s - compiled_s) - compiling_s
    pays = gain_s > 0 and plain_s > _WORTH * compiled_s
    progress.say(
        f"torch.compile: {plain_s / compiled_s:.2f} times as fast after {compiling_s:.0f} s, "
        f"{'taken' if pays else 'not worth it'}"
    )
    return pays


def _fastest(call: Callable[[], None]) -> float:
    return min(_seconds(call) for _ in range(_ROUNDS))


def _seconds(call: Callable[[], None]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
