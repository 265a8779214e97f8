"""What is in a workspace, seen from outside: the store's counts, and the folders of the later stages."""

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emtool.crawler.errors import NoStoreError
from emtool.crawler.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A dataset or a run of training."""

    name: str
    path: str
    state: str  # in words


@dataclass(frozen=True, slots=True, kw_only=True)
class Workspace:
    """All that was found."""

    store: str  # where, without a password
    sources: dict[str, dict[str, int]]  # tracks by state
    datasets: tuple[Folder, ...]
    runs: tuple[Folder, ...]

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return asdict(self)


def look(workspace: Path, address: str | None = None) -> Workspace:
    """Look at a workspace; what is not there yet is empty.

    Args:
        workspace: Its folder.
        address: The store's database, if it is not in the folder; see ``Store.open``.

    Raises:
        StoreError: The store cannot be read.
    """
    place, sources = str(workspace / "store"), dict[str, dict[str, int]]()
    with suppress(NoStoreError), Store.open(workspace / "store", create=False, address=address) as store:
        place = store.place
        for source, counts in store.counts_by_source().items():
            sources[source] = {str(state): number for state, number in counts.items()}
    return Workspace(
        store=place,
        sources=sources,
        datasets=_folders(workspace / "datasets", _dataset_state),
        runs=_folders(workspace / "runs", _run_state),
    )


def _folders(parent: Path, state: Callable[[Path], str]) -> tuple[Folder, ...]:
    found = sorted(path for path in parent.glob("*") if path.is_dir() and not path.name.startswith("."))
    return tuple(Folder(name=path.name, path=str(path), state=state(path)) for path in found)


def _dataset_state(folder: Path) -> str:
    told = _json(folder / "build.json")
    if told is None:
        return "unfinished"
    splits = told.get("splits")
    clips = sum(splits.values()) if isinstance(splits, dict) else "?"
    return f"{clips} clips, {told.get('format', '?')}, finished {told.get('finished_at', '?')}"


def _run_state(folder: Path) -> str:
    try:
        lines = (folder / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
        step = json.loads(lines[-1])["step"]
    except (OSError, ValueError, LookupError, TypeError):
        return "begun"
    return f"at step {step}"


def _json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None if there is none, for a folder that is being written to is no error here."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None
