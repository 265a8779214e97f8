"""What a command works on when nobody names it: the newest finished thing of a workspace."""

from pathlib import Path

from emtool.crawler.errors import CheckpointError, DatasetError
from emtool.model.checkpoint import FILE

_DATASET_MARK = "build.json"  # the last file that a build writes


def dataset_of(workspace: Path) -> Path:
    """Folder of the dataset that was built last.

    Raises:
        DatasetError: There is none.
    """
    found = _newest(workspace / "datasets", _DATASET_MARK)
    if found is None:
        raise DatasetError(
            f"no dataset in {workspace / 'datasets'}: run emtool build-dataset, or name a folder"
        )
    return found


def run_of(workspace: Path) -> Path:
    """Folder of the run that was saved last.

    Raises:
        CheckpointError: There is none.
    """
    found = _newest(workspace / "runs", FILE)
    if found is None:
        raise CheckpointError(
            f"no run in {workspace / 'runs'}: run emtool train, or name 'demo', a run or a file"
        )
    return found


def _newest(parent: Path, mark: str) -> Path | None:
    marks = sorted(parent.glob(f"*/{mark}"), key=lambda path: (path.stat().st_mtime_ns, path))
    return marks[-1].parent if marks else None
