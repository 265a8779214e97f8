"""Puts a dataset on the Hugging Face Hub: one commit, only what changed, a tag for the version.

Large files go first and are kept by the Hub even if the upload is cut off, so that the same command goes on; nothing
is seen before the commit. Names and numbers of requests follow https://huggingface.co/docs/huggingface_hub.
"""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from emtool.crawler.errors import PublishError
from emtool.crawler.progress import SILENT, Progress
from emtool.crawler.store import Store
from emtool.dataset.bench import alone
from emtool.dataset.engine import batches
from emtool.dataset.load import HUB_NAME, open_dataset
from emtool.dataset.publishable import check_files, check_rights
from emtool.dataset.published_files import Plan, local_files, plan
from emtool.dataset.schema import MARK

if TYPE_CHECKING:
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

_KIND = "dataset"
_FILES_AT_ONCE = 4
_VERSION = re.compile(r"v(\d+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What became of it."""

    repo: str
    url: str
    tracks: int
    plan: Plan
    tag: str | None  # None where nothing was published
    erased: int  # files of earlier versions that are gone for good

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return {
            "repo": self.repo,
            "url": self.url,
            "tracks": self.tracks,
            "sent": [file.name for file in self.plan.send],
            "sent_bytes": self.plan.bytes,
            "deleted": list(self.plan.delete),
            "unchanged": self.plan.unchanged,
            "tag": self.tag,
            "erased": self.erased,
        }


def publish(
    folder: Path,
    repo: str,
    store: Store,
    progress: Progress = SILENT,
    *,
    private: bool = False,
    dry_run: bool = False,
    erase_old: bool = False,
) -> Published:
    """Check a dataset and bring the Hub's copy of it up to date.

    Args:
        folder: A dataset that a build has finished.
        repo: ORG/NAME; made if it is not there.
        store: What the dataset was built from; licences and wishes are asked of it.
        progress: Where bars and lines go.
        private: Make a new one visible to its owners only.
        dry_run: Check and compare, and change nothing.
        erase_old: Delete the earlier versions of the branch main and all tags from the Hub, with their files.

    Raises:
        DatasetError: ``folder`` is no finished dataset.
        PublishError: It may not be published, or the Hub does not take it.
    """
    if not HUB_NAME.fullmatch(repo):
        raise PublishError(f"{repo!r} is no name on the Hub: give ORG/NAME, such as my-lab/my-songs")
    open_dataset(folder)
    from huggingface_hub import HfApi

    api = HfApi(library_name="emtool", library_version=version("emtool"))
    with alone(folder):
        build = json.loads((folder / MARK).read_text(encoding="utf-8"))
        hashes = check_files(folder, build)
        tracks = check_rights(folder, store)
        local = local_files(folder, repo, hashes)
        with _one_line(repo, api.endpoint):
            hub = _Hub(api, repo)
            planned = plan(local, hub.files(private=private))
            tag, erased = None, 0
            if not dry_run:
                hub.create(private=private)
                commit = hub.upload(planned, f"emtool {version('emtool')}: {build['fingerprint']}", progress)
                if erase_old:
                    commit, erased = hub.erase_old()
                tag = hub.tag(commit, f"fingerprint {build['fingerprint']}")
    return Published(
        repo=repo,
        url=f"{api.endpoint}/datasets/{repo}",
        tracks=tracks,
        plan=planned,
        tag=tag,
        erased=erased,
    )


class _Hub:
    """One dataset there."""

    def __init__(self, api: "HfApi", repo: str) -> None:
        self._api = api
        self._repo = repo
        self._highest = 0  # number of a version whose tag was erased
        self._head: str | None = None  # what is changed is the version that was compared with, or nothing

    def files(self, *, private: bool) -> "list[RepoFile]":
        """List what is there."""
        from huggingface_hub.errors import RepositoryNotFoundError

        try:
            info = self._api.repo_info(self._repo, repo_type=_KIND)
        except RepositoryNotFoundError:
            return []
        if private and not info.private:
            raise PublishError(
                f"{self._repo} is there and public: make it private in its settings on the Hub, or leave --private out"
            )
        self._head = info.sha
        return self._tree(info.sha)

    def create(self, *, private: bool) -> None:
        """Make it if it is not there."""
        if self._head is None:
            self._api.create_repo(self._repo, repo_type=_KIND, private=private or None, exist_ok=True)

    def upload(self, planned: Plan, message: str, progress: Progress) -> str:
        """Send the files and commit them; give the name of the newest commit."""
        from huggingface_hub import CommitOperationAdd, CommitOperationDelete

        if not planned.send and not planned.delete:
            return self._newest()
        additions = [
            CommitOperationAdd(
                file.name, file.content if isinstance(file.content, bytes) else str(file.content)
            )
            for file in planned.send
        ]
        with progress.task("sending", len(additions), "files") as task:
            for some in batches(additions, _FILES_AT_ONCE):
                self._api.preupload_lfs_files(self._repo, additions=some, repo_type=_KIND, free_memory=False)
                task.advance(len(some))
        deletions = [CommitOperationDelete(name, is_folder=False) for name in planned.delete]
        made = self._api.create_commit(
            self._repo,
            [*additions, *deletions],
            commit_message=message,
            repo_type=_KIND,
            parent_commit=self._head,
        )
        return str(made.oid)

    def tag(self, commit: str, message: str) -> str:
        """Give the version of a commit, the next one if it has none yet."""
        tags = {
            one.name: one.target_commit for one in self._api.list_repo_refs(self._repo, repo_type=_KIND).tags
        }
        numbers = {int(found[1]): name for name in tags if (found := _VERSION.fullmatch(name))}
        for number in sorted(numbers, reverse=True):
            if tags[numbers[number]] == commit:
                return numbers[number]
        name = f"v{max(numbers, default=self._highest) + 1}"
        self._api.create_tag(self._repo, tag=name, tag_message=message, revision=commit, repo_type=_KIND)
        return name

    def erase_old(self) -> tuple[str, int]:
        """Leave one commit and its files; give the commit, and the number of large files that went with the others."""
        tags = [one.name for one in self._api.list_repo_refs(self._repo, repo_type=_KIND).tags]
        self._highest = max(
            (int(found[1]) for name in tags if (found := _VERSION.fullmatch(name))), default=0
        )
        self._api.super_squash_history(self._repo, repo_type=_KIND, commit_message="Earlier versions erased")
        for name in tags:
            self._api.delete_tag(self._repo, tag=name, repo_type=_KIND)
        kept = {file.lfs.sha256 for file in self._tree(self._newest()) if file.lfs}
        every = self._api.list_lfs_files(self._repo, repo_type=_KIND)
        old = [file for file in every if file.file_oid not in kept]
        self._api.permanently_delete_lfs_files(self._repo, old, repo_type=_KIND)
        return self._newest(), len(old)

    def _tree(self, commit: str | None) -> "list[RepoFile]":
        from huggingface_hub.hf_api import RepoFile

        tree = self._api.list_repo_tree(self._repo, repo_type=_KIND, recursive=True, revision=commit)
        return [entry for entry in tree if isinstance(entry, RepoFile)]

    def _newest(self) -> str:
        return str(self._api.repo_info(self._repo, repo_type=_KIND).sha)


@contextmanager
def _one_line(repo: str, endpoint: str) -> Iterator[None]:
    """Turn what goes wrong with the Hub into one line; what was sent is kept there.

    Raises:
        PublishError: For all of it.
    """
    from huggingface_hub.errors import HfHubHTTPError

    # The base of all errors of the HTTP library below, which is another one from release to release.
    transport_error = cast(type[Exception], HfHubHTTPError.__bases__[0])
    try:
        yield
    except (transport_error, OSError, RuntimeError, ValueError) as error:
        # That of an upload tells of the file only.
        first = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
        status = getattr(getattr(first, "response", None), "status_code", None)
        told = next((line for line in str(first).splitlines() if line.strip()), type(first).__name__)
        way_out = "the same command goes on where it stopped"
        if status in {401, 403}:
            way_out = "log in with `hf auth login`, or set HF_TOKEN to a token that may write there"
        elif status == 412:
            way_out = "somebody changed it meanwhile: the same command compares anew"
        raise PublishError(f"{endpoint} does not take {repo}: {told}: {way_out}") from error
