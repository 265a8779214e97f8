"""A takedown through a whole workspace: what holds the item, and the order in which it goes.

Copies go first, then the datasets that their traces are known from, then the store that says what to look for in those:
a takedown that was killed finds the rest again.
"""

import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from emtool.crawler import takedown
from emtool.crawler.covered import Covered, covered, lost
from emtool.crawler.errors import DatasetError, NoStoreError
from emtool.crawler.optouts import HIDDEN, WishKind
from emtool.crawler.store import Store
from emtool.dataset.forget import Held, drop_unfinished, end_killed, find, named_comments, remove
from emtool.dataset.item import Item
from emtool.dataset.leftovers import Leftover, Traces, look, take_out
from emtool.dataset.schema import BUILD_FOLDER, FILES, MARK
from emtool.dataset.tag_choices import load as load_choices

CACHE = "cache"  # of a workspace: what commands make again


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What is there of everything that is to be forgotten."""

    covered: Sequence[Covered]
    held: Sequence[Held]
    traces: Traces
    leftovers: Sequence[Leftover]
    not_looked_into: Sequence[str]  # datasets, with the reason

    @property
    def fingerprints(self) -> set[str]:
        """Of all datasets that hold some of it, as they are and as they were."""
        return {name for held in self.held if held.files for name in held.fingerprints}


@contextmanager
def open_store(workspace: Path, address: str | None, *, create: bool) -> Iterator[Store]:
    """Open the store of a workspace; where there is none and none shall be made, an empty one that goes again."""
    try:
        with Store.open(workspace / "store", create=create, address=address) as store:
            yield store
    except NoStoreError:
        with TemporaryDirectory() as folder, Store.open(Path(folder), create=True) as store:
            yield store


def dataset_folders(workspace: Path, others: Iterable[Path]) -> list[Path]:
    """Give the folders of a workspace that hold a dataset, finished or not, and some others."""
    own = [*workspace.glob("*"), *workspace.glob("datasets/*")]
    found = sorted(path for path in own if (path / MARK).is_file() or (path / BUILD_FOLDER).is_dir())
    return list(dict.fromkeys([*found, *others]))


def search(
    workspace: Path, store: Store, wanted: Iterable[tuple[WishKind, str]], folders: Iterable[Path]
) -> Found:
    """Look for all that is to be forgotten, and change nothing.

    Raises:
        UsageError: A value is none of its kind.
    """
    known = [covered(store, kind, value) for kind, value in wanted]
    item = Item(
        wishes=frozenset(wish for one in known for wish in one.wishes),
        keys=frozenset(key for one in known for key in {*one.tracks, *one.buried}),
        comments=frozenset(comment for one in known for comment in one.comments),
    )
    is_late = any(one.kind is WishKind.AUTHOR and one.is_known for one in known)
    held: list[Held] = []
    not_looked_into = []
    folders = list(folders)
    for folder in folders:
        if not (folder / MARK).exists() and (folder / BUILD_FOLDER).is_dir():
            continue  # an unfinished build goes as a whole
        try:
            late = lost(store, named_comments(folder)) if is_late else set()
            held.append(find(folder, replace(item, comments=item.comments | late)))
        except DatasetError as error:
            not_looked_into.append(str(error))
    names = {key for key in item.keys if not key.startswith(HIDDEN)}
    names |= {url for one in known for urls in one.tracks.values() for url in urls}
    names |= {one.value for one in known if one.kind is WishKind.URL}
    traces = Traces(_all(one.words for one in held), names | _all(one.names for one in held))
    return Found(
        covered=known,
        held=held,
        traces=traces,
        leftovers=look(
            workspace, traces, others=folders, without={folder / name for folder in folders for name in FILES}
        ),
        not_looked_into=not_looked_into,
    )


def forget(workspace: Path, store: Store, found: Found, folders: Iterable[Path]) -> None:
    """Remove what was found, and see to it that no crawl brings it back.

    Raises:
        DatasetError: A dataset is being built now.
        StoreError: The store cannot be written, or somebody reads it.
        OSError: The disk is full, or a file cannot be written.
    """
    choices = load_choices(workspace)
    take_out(found.leftovers, found.traces)
    if found.traces:
        shutil.rmtree(workspace / CACHE, ignore_errors=True)
    for held in found.held:
        remove(held, choices)
    for folder in folders:
        drop_unfinished(folder)
    for one in found.covered:
        takedown.add(store, one.kind, one.value, traceless=True)
    store.compact()


def end_all_killed(folders: Iterable[Path]) -> None:
    """End takedowns that were killed while they moved a dataset into place."""
    for folder in folders:
        end_killed(folder)


def _all(some: Iterable[frozenset[str]]) -> set[str]:
    return set[str]().union(*some)
