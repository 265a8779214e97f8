"""``emtool publish`` against a Hub on loopback, through the ``huggingface_hub`` that is installed."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import huggingface_hub
import pytest
from huggingface_hub.utils.tqdm import disable_progress_bars

from emtool.crawler import takedown
from emtool.crawler.errors import DatasetError, PublishError
from emtool.crawler.files import sha256_file
from emtool.crawler.optouts import WishKind
from emtool.crawler.store import Store
from emtool.dataset.config import BuildConfig
from emtool.dataset.publish import Published, publish
from emtool.dataset.published_files import local_files
from tests.conftest import RunEmtool
from tests.dataset.loopback_hub import TOKEN, Blob, LoopbackHub
from tests.dataset.publishing import make_dataset, make_store

# of huggingface_hub itself, where it sends a file without Xet
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")

REPO = "lab/songs"
BESIDE = {
    "README.md", "attribution.txt", "build.json", "croissant.json", "statistics.json", "plots/votes.png",
    "plots/lengths.png", "plots/loudness.png", "plots/tags.png",
}  # fmt: skip


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    with LoopbackHub() as served:
        monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", served.endpoint)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
        monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", True)
        monkeypatch.setenv("HF_TOKEN", TOKEN)
        disable_progress_bars()
        yield served


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store, and a dataset of two files; read them, never write to them."""
    folder = tmp_path_factory.mktemp("made")
    make_store(folder / "store")
    make_dataset(folder / "songs", [range(2), range(2, 4)])
    return folder


def put(folder: Path, *, dataset: str = "songs", repo: str = REPO, **more: Any) -> Published:
    with Store.open(folder / "store", create=False) as store:
        return publish(folder / dataset, repo, store, **more)


def test_a_dataset_goes_to_the_hub_whole_and_tagged(hub: LoopbackHub, made: Path) -> None:
    done = put(made)
    there = hub.repositories[REPO]
    shards = {f"data/train-0000{number}-of-00002.parquet" for number in range(2)}
    assert set(there.files) == BESIDE | shards | {".gitattributes"}
    assert all((made / "songs" / name).read_bytes() == there.files[name].data for name in shards)
    assert there.tags == {"v1": there.head}
    assert len(there.commits) == 2  # the Hub's own first, and ours
    assert done.url == f"{hub.endpoint}/datasets/{REPO}"
    assert (done.tracks, done.tag, done.plan.unchanged) == (4, "v1", 0)
    assert f'load_dataset("{REPO}")' in there.files["README.md"].data.decode()
    assert not there.private


def test_files_go_over_xet_where_the_hub_speaks_it(
    hub: LoopbackHub, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_DISABLE_XET", False)
    files = [path for path in (made / "songs").rglob("*") if path.suffix in {".parquet", ".png"}]
    hub.known = {sha256_file(path): path.read_bytes() for path in files}
    put(made)
    there = hub.repositories[REPO]
    assert all(
        there.files[path.relative_to(made / "songs").as_posix()].data == path.read_bytes() for path in files
    )
    assert there.tags == {"v1": there.head}
    assert [line for line in hub.requests if "/cas/v1/xorb" in line]
    assert not [line for line in hub.requests if line.startswith("PUT ")]
    assert put(made).plan.send == ()


def test_again_nothing_is_sent(hub: LoopbackHub, made: Path) -> None:
    put(made)
    first = len(hub.requests)
    done = put(made)
    assert not [line for line in hub.requests[first:] if not line.startswith("GET ")]
    assert (done.plan.send, done.plan.delete, done.tag) == ((), (), "v1")
    assert done.plan.unchanged == len(BESIDE) + 2


def test_a_tag_that_was_cut_off_is_made_up_for(hub: LoopbackHub, made: Path) -> None:
    put(made)
    hub.repositories[REPO].tags.clear()
    assert put(made).tag == "v1"


def test_only_what_changed_is_sent_and_what_is_gone_is_deleted(
    hub: LoopbackHub, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "store").symlink_to(made / "store")
    make_dataset(tmp_path / "songs", [range(2), range(2, 4)])
    put(tmp_path)
    there = hub.repositories[REPO]
    there.commit(there.files | {"NOTES.md": Blob(b"by hand", is_lfs=False)})
    make_dataset(tmp_path / "songs", [range(2), range(4, 5)])
    (tmp_path / "songs" / "plots" / "tags.png").unlink()
    first = len(hub.requests)
    done = put(tmp_path)
    sent = {file.name for file in done.plan.send}
    assert "data/train-00001-of-00002.parquet" in sent
    assert "data/train-00000-of-00002.parquet" not in sent
    assert len([line for line in hub.requests[first:] if line.startswith("PUT ")]) <= len(sent)
    assert done.plan.delete == ("plots/tags.png",)
    assert there.files["NOTES.md"].data == b"by hand"
    assert "plots/tags.png" not in there.files
    assert there.tags["v2"] == there.head != there.tags["v1"]


def test_an_upload_that_was_cut_off_goes_on(hub: LoopbackHub, made: Path) -> None:
    hub.uploads_before_failure = 3
    with pytest.raises(PublishError, match="the same command goes on"):
        put(made)
    there = hub.repositories[REPO]
    assert set(there.files) == {".gitattributes"}
    kept = set(there.large)
    assert len(kept) >= 1
    hub.uploads_before_failure = None
    first = len(hub.requests)
    put(made)
    again = {line.rpartition("/")[2] for line in hub.requests[first:] if line.startswith("PUT ")}
    assert again == set(there.large) - kept
    assert there.tags == {"v1": there.head}


def test_a_dry_run_changes_nothing(hub: LoopbackHub, made: Path) -> None:
    done = put(made, dry_run=True)
    assert hub.requests == [f"GET /api/datasets/{REPO}"]
    assert (len(done.plan.send), done.tag) == (len(BESIDE) + 2, None)


def test_private(hub: LoopbackHub, made: Path) -> None:
    put(made, private=True)
    assert hub.repositories[REPO].private
    assert put(made, private=True).plan.send == ()
    put(made, repo="lab/open")
    with pytest.raises(PublishError, match="lab/open is there and public"):
        put(made, repo="lab/open", private=True)


def test_whoever_may_not_write_is_told_how(
    hub: LoopbackHub, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_wrongwrongwrong")
    with pytest.raises(PublishError, match="hf auth login") as told:
        put(made)
    assert "hf_wrong" not in str(told.value)
    assert "\n" not in str(told.value)


def test_a_hub_that_is_not_there(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", False)
    with pytest.raises(PublishError, match=r"127\.0\.0\.1:9 does not take lab/songs"):
        put(made)


def test_somebody_else_was_faster(hub: LoopbackHub, made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(made, repo="lab/other")
    hub.repositories[REPO] = hub.repositories.pop("lab/other")
    there = hub.repositories[REPO]
    hub.before_commit = lambda: there.commit(there.files | {"more.txt": Blob(b"", is_lfs=False)})
    with pytest.raises(PublishError, match="compares anew"):
        put(made)
    hub.before_commit = None
    put(made)
    assert "more.txt" in there.files


def test_old_versions_are_erased(hub: LoopbackHub, made: Path, tmp_path: Path) -> None:
    (tmp_path / "store").symlink_to(made / "store")
    make_dataset(tmp_path / "songs", [range(2), range(2, 4)])
    put(tmp_path)
    there = hub.repositories[REPO]
    cover = Blob(b"a picture by hand", is_lfs=True)
    there.large[cover.sha256] = cover.data
    there.commit(there.files | {"cover.jpg": cover})
    there.tags["paper"] = there.history[1]
    gone = (tmp_path / "songs" / "data" / "train-00001-of-00002.parquet").read_bytes()
    make_dataset(tmp_path / "songs", [range(2)])
    done = put(tmp_path, erase_old=True)
    assert done.erased >= 1
    assert there.tags == {"v2": there.head}
    assert list(there.commits) == [there.head]
    assert gone not in there.large.values()
    assert there.files["cover.jpg"] == cover
    assert all(blob.sha256 in there.large for blob in there.files.values() if blob.is_lfs)


@pytest.mark.parametrize("repo", ["songs", "a/b/c", "lab/so ngs", ""])
def test_a_name_that_is_none(repo: str, made: Path) -> None:
    with pytest.raises(PublishError, match="give ORG/NAME"):
        put(made, repo=repo)


def test_a_folder_that_is_no_dataset(made: Path) -> None:
    with pytest.raises(DatasetError, match="not a dataset folder"):
        put(made, dataset="store")


@pytest.mark.parametrize(
    ("licence", "told"),
    [("CC-BY-NC-4.0", "CC-BY-NC-4.0"), ("CC-BY-ND-4.0", "ND"), (None, "no known licence")],
)
def test_what_is_not_openly_licensed_stays_here(
    licence: str | None, told: str, hub: LoopbackHub, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "store").symlink_to(made / "store")
    make_dataset(tmp_path / "songs", [range(6)], licence=licence)
    with pytest.raises(
        PublishError, match=rf"^6 of 6 tracks .*site:0 \(.*{told}.* and 1 more: .*--licences open"
    ):
        put(tmp_path)
    assert not hub.requests


@pytest.mark.parametrize(
    ("kind", "value", "told"),
    [
        (WishKind.TRACK, "site:1", r"^1 of 4 .*site:1 \(somebody wants it left out"),
        (WishKind.URL, "https://site.test/2", r"^1 of 4 .*site:2 \(somebody wants it left out"),
        (WishKind.DOMAIN, "site.test", "^4 of 4 "),
    ],
)
def test_who_has_asked_to_be_left_out_stays_here(
    kind: WishKind, value: str, told: str, hub: LoopbackHub, tmp_path: Path
) -> None:
    make_store(tmp_path / "store")
    make_dataset(tmp_path / "songs", [range(4)])
    with Store.open(tmp_path / "store", create=False) as store:
        takedown.add(store, kind, value)
    with pytest.raises(PublishError, match=told):
        put(tmp_path)
    assert not hub.requests


def test_what_the_store_has_changed_or_lost_stays_here(hub: LoopbackHub, tmp_path: Path) -> None:
    make_store(tmp_path / "store", range(1, 3))
    make_dataset(tmp_path / "songs", [range(4)])
    with Store.open(tmp_path / "store", create=False) as store, store.write() as connection:
        connection.exec_driver_sql("UPDATE tracks SET licence = 'CC-BY-NC-4.0' WHERE key = 'site:1'")
        connection.exec_driver_sql("DELETE FROM comments WHERE track_key = 'site:2'")
    with pytest.raises(PublishError) as told:
        put(tmp_path)
    for reason in (
        "site:0 (not in the store",
        "site:1 (its licence is now CC-BY-NC-4.0)",
        "site:2 (comment c2 is gone",
    ):
        assert reason in str(told.value)
    assert not hub.requests


@pytest.mark.parametrize("change", ["more", "less", "other"])
def test_a_folder_that_was_changed_stays_here(
    change: str, hub: LoopbackHub, made: Path, tmp_path: Path
) -> None:
    (tmp_path / "store").symlink_to(made / "store")
    data = make_dataset(tmp_path / "songs", [range(2), range(2, 4)]) / "data"
    first, second = sorted(data.iterdir())
    if change == "less":
        second.unlink()
    else:
        (data / "train-00009.parquet" if change == "more" else second).write_bytes(first.read_bytes())
    with pytest.raises(PublishError, match="not as it was built: data/train-0000"):
        put(tmp_path)
    assert not hub.requests


@pytest.mark.parametrize(
    ("model", "told"),
    [
        ("huggingface:/home/jane/models/mine", "huggingface:mine"),
        ("huggingface:org/mine", "huggingface:org/mine"),
        ("endpoint:https://jane:secret@host.test#mine", "endpoint:mine"),
        ("built-in", "built-in"),
    ],
)
def test_no_place_and_no_password_is_published(model: str, told: str, tmp_path: Path) -> None:
    folder = make_dataset(tmp_path / "songs", [range(2)], config=BuildConfig(relevance_model=model))
    files = {file.name: file.content for file in local_files(folder, REPO, {})}
    data = {
        name: content if isinstance(content, bytes) else content.read_bytes()
        for name, content in files.items()
    }
    assert json.loads(data["build.json"])["config"]["relevance_model"] == told
    assert not [name for name, one in data.items() if b"jane" in one or str(tmp_path).encode() in one]
    assert json.loads((folder / "build.json").read_text())["config"]["relevance_model"] == model


_LOAD = """
import datasets

from emtool.dataset.load import open_dataset

warm, streamed = (datasets.load_dataset("lab/songs", "tags", streaming=streaming) for streaming in (False, True))
rows = list(streamed["train"])
assert warm["train"]["id"] == [row["id"] for row in rows] == [f"site:{number}#0" for number in range(4)]
assert warm["train"].column_names == list(rows[0]) and "text" not in rows[0]
assert warm["train"][3]["audio"]["array"].shape == rows[3]["audio"]["array"].shape == (1600,)

plain = datasets.load_dataset("lab/songs", revision="v1", streaming=True)["train"]
assert [row["text"] for row in plain] == [f"text {number}" for number in range(4)]

import pandas

path = "hf://datasets/lab/songs/data/train-00001-of-00002.parquet"
assert pandas.read_parquet(path, columns=["id"])["id"].tolist() == ["site:2#0", "site:3#0"]

split = open_dataset("lab/songs").split("train")
assert split.texts == [f"text {number}" for number in range(4)] and split.audio(3).shape == (1, 1600)
print("all read")
"""


@pytest.mark.timeout(600)
def test_the_command_publishes_what_everybody_can_load(tmp_path: Path, run_emtool: RunEmtool) -> None:
    make_store(tmp_path / "w" / "store")
    make_dataset(tmp_path / "songs", [range(2), range(2, 4)], config=BuildConfig(format="both"))
    with LoopbackHub() as hub:
        there = {
            "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": TOKEN, "HF_HUB_OFFLINE": "0", "HF_HUB_DISABLE_XET": "1",
            "HF_HOME": str(tmp_path / "hf"),
        }  # fmt: skip
        done = run_emtool("publish", "songs", REPO, "-w", "w", "--private", "--json", "--verbose", **there)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert (told["tag"], told["deleted"], told["unchanged"], told["tracks"]) == ("v1", [], 0, 4)
        assert "is version v1" in done.stderr
        dry = run_emtool("publish", "songs", REPO, "-w", "w", "--dry-run", **there)
        assert f"{REPO} has all {told['unchanged'] + len(told['sent'])} files already" in dry.stderr, (
            dry.stderr
        )
        assert "nothing was changed: 4 tracks may be published" in dry.stderr
        assert TOKEN not in done.stdout + done.stderr + dry.stdout + dry.stderr
        loaded = subprocess.run(
            [sys.executable, "-c", _LOAD], check=False, env=os.environ | there, capture_output=True, text=True,
            timeout=240, cwd=tmp_path,
        )  # fmt: skip
        assert "all read" in loaded.stdout, loaded.stderr
