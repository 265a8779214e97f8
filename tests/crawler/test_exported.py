"""A folder that is no whole export is refused with its name and a way out, before anything is changed."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import StoreError, UsageError
from emtool.crawler.exporting import export
from emtool.crawler.files import sha256_file
from emtool.crawler.importing import import_folder
from emtool.crawler.progress import SILENT
from emtool.crawler.store import Store
from tests.conftest import RunEmtool
from tests.crawler.crawling import run
from tests.crawler.making import loopback_client


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory, catalogue: Path) -> Path:
    """A workspace with a store, and its export in the folder ``out``."""
    folder = tmp_path_factory.mktemp("workspace")
    with DemoSite(catalogue) as site, Store.open(folder / "store", create=True) as store:
        with loopback_client(AddressGuard(routes={(HOST, PORT): site.place})) as network:
            run(store, network)
        export(store, folder / "out", SILENT)
    return folder


@pytest.fixture
def out(workspace: Path, tmp_path: Path) -> Path:
    shutil.copytree(workspace / "out", tmp_path / "out")
    return tmp_path / "out"


def rewrite(folder: Path, name: str, change: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
    """Change a table, and have the folder vouch for it."""
    path, manifest = folder / f"{name}.jsonl", folder / "export.json"
    rows = change([json.loads(line) for line in path.read_bytes().splitlines()])
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    told = json.loads(manifest.read_text())
    told["tables"][name] = {"lines": len(rows), "sha256": sha256_file(path)}
    manifest.write_text(json.dumps(told))


def vouch(folder: Path, **told: Any) -> None:
    path = folder / "export.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | told))


def cut(path: Path, end: int) -> None:
    path.write_bytes(path.read_bytes()[:end])


def sound(folder: Path) -> Path:
    return min(folder.glob("audio/??/*"))


def first_track(**told: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(folder, "tracks", lambda rows: [rows[0] | told, *rows[1:]])


def first_sound(**told: Any) -> Callable[[Path], None]:
    return lambda folder: rewrite(
        folder, "tracks", lambda rows: [rows[0] | {"audio": rows[0]["audio"] | told}, *rows[1:]]
    )


NO_ROW = r"tracks.jsonl: line 1 is no next row of it: b'"
FOLDERS: list[tuple[Callable[[Path], object], type[Exception], str]] = [
    (lambda out: (out / "export.json").unlink(), UsageError, r"no export.json of an exported store in it"),
    (lambda out: (out / "export.json").write_text("[]"), UsageError, r"no export.json of an exported store"),
    (lambda out: cut(out / "export.json", 20), UsageError, r"export.json: cannot be read"),
    (lambda out: vouch(out, tables={}), UsageError, r"does not name what is in the folder"),
    (lambda out: vouch(out, sources=["../x"]), UsageError, r"does not name what is in the folder"),
    (lambda out: vouch(out, version=2), StoreError, r"format 2, this emtool knows 1: upgrade emtool"),
    (
        lambda out: (out / "comments.jsonl").unlink(),
        StoreError,
        r"comments.jsonl: No such file.*copy the folder",
    ),
    (lambda out: cut(out / "evidence.jsonl", 0), StoreError, r"evidence.jsonl: it was cut off .*: 0 lines"),
    (
        lambda out: cut(out / "comments.jsonl", -9),
        StoreError,
        r"comments.jsonl: line \d+ is no next row of it",
    ),
    (lambda out: sound(out).unlink(), StoreError, r": missing, and \d+ were exported: copy the folder again"),
    (lambda out: cut(sound(out), -1), StoreError, r": \d+ bytes, and \d+ were exported"),
    (lambda out: rewrite(out, "tracks", lambda rows: rows[::-1]), StoreError, r"line 2 is no next row"),
    (
        lambda out: rewrite(out, "tracks", lambda rows: rows[1:]),
        StoreError,
        r"there is no track 'demo:clip-0'",
    ),
    (
        lambda out: rewrite(
            out, "rests", lambda _: [{"source": "a", "until": "soon", "reason": "", "times": 1}]
        ),
        StoreError,
        r"rests.jsonl: line 1 is no next row",
    ),
    (first_track(more=1), StoreError, NO_ROW),
    (first_track(audio=None), StoreError, NO_ROW),
    (first_track(audio="a.opus"), StoreError, NO_ROW),
    (first_track(title=None), StoreError, NO_ROW),
    (first_track(title=7), StoreError, NO_ROW),
    (first_track(comment_pages=True), StoreError, NO_ROW),
    (first_track(duration_s="3"), StoreError, NO_ROW),
    (first_track(comments_read=1), StoreError, NO_ROW),
    (first_track(source_tags=[1]), StoreError, NO_ROW),
    (first_track(state="sold"), StoreError, NO_ROW),
    (first_track(id="another"), StoreError, NO_ROW),
    (first_sound(suffix="/../../x"), StoreError, NO_ROW),
    (first_sound(sha256="../x"), StoreError, NO_ROW),
]


@pytest.mark.parametrize(("damage", "error", "told"), FOLDERS, ids=[told for _, _, told in FOLDERS])
def test_a_folder_that_cannot_be_trusted_changes_nothing(
    out: Path, tmp_path: Path, damage: Callable[[Path], object], error: type[Exception], told: str
) -> None:
    damage(out)
    with pytest.raises(error, match=told):
        import_folder(out, tmp_path / "new", address=None, other_key=True, progress=SILENT)
    assert not (tmp_path / "new").exists()


def test_the_commands(run_emtool: RunEmtool, workspace: Path) -> None:
    exported = run_emtool("store", "export", "out", "--workspace", str(workspace), "--json")
    assert exported.returncode == 0, exported.stderr
    assert "3 files of sound" in exported.stderr
    assert "author.key, by which writers are named, is not in it" in exported.stderr
    assert json.loads(exported.stdout)["tracks"] == 4
    refused = run_emtool("store", "import", "out", "--workspace", "second")
    assert (refused.returncode, refused.stderr.count("\n")) == (1, 1)
    imported = run_emtool("store", "import", "out", "--workspace", "second", "--other-key", "--json")
    assert imported.returncode == 0, imported.stderr
    assert json.loads(imported.stdout)["tracks"] == 4
    assert "4 tracks and 3 files came in; 0 were there, 0 stay out" in imported.stderr
