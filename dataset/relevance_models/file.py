"""A model of one's own, as ``python -m emtool.dataset.teaching.train --out FILE`` writes it: ``file:PATH``."""

from functools import partial
from pathlib import Path

from emtool.crawler.errors import UsageError
from emtool.dataset.reading import model
from emtool.dataset.relevance import Judge, judge


def open(address: str) -> Judge:  # noqa: A001 - the name that every kind of model has
    """Load a trained model.

    Args:
        address: Path of the ``.npz`` file.

    Raises:
        UsageError: There is no such file, or it is none of these models.
    """
    try:
        return partial(judge, model=model.load(Path(address)))
    except (OSError, ValueError, KeyError) as failed:
        told = failed.strerror if isinstance(failed, OSError) and failed.strerror else failed
        raise UsageError(
            f"no relevance model in {address!r}: {told} (python -m emtool.dataset.teaching.train --out FILE makes one)"
        ) from failed
