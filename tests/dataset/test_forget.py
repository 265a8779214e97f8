"""A takedown through a workspace: shown first; then no byte is left, and the rest is as it was."""

import hashlib
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
import soundfile
import typer
from typer.testing import CliRunner

from emtool.crawler import takedown
from emtool.crawler.files import write_json, write_text
from emtool.crawler.optouts import WishKind
from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.check import check
from emtool.dataset.commands import register
from emtool.dataset.config import BuildConfig
from emtool.dataset.load import open_dataset
from emtool.dataset.schema import BUILD_FOLDER, MARK
from tests.dataset.making import add_track, comment, sine, track, write_sound

CONFIG = BuildConfig(shard_mb=1, channels=2, sample_rate_hz=44_100)  # a file for every track
TITLE, PAGE = "Nocturne for nobody", "https://unwanted.test/nocturne"
WORDS = "the marimba of my grandmother, slow and sad, with a soft piano"
OTHERS = "a warm guitar and a calm voice, so beautiful"
SOLE = "only ann heard the trumpet: a fast and happy solo"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with a store, a dataset of it, and what else a takedown meets; read it only."""
    workspace = tmp_path_factory.mktemp("world") / "w"
    sounds = tmp_path_factory.mktemp("sounds")
    with Store.open(workspace / "store", create=True) as store:
        ann, bob = (store.author_hash("site", name) for name in ("ann", "bob"))
        for number, name in enumerate(("1", "2", "3", "4")):
            sound = write_sound(sounds / f"{name}.wav", sine(4.6, hertz=220 + 30 * number))
            said = [
                comment("1", f"slow and sad piano melody, soft violin {number}", votes=80, author_hash=bob),
                comment("2", f"nice {number}", votes=2, author_hash=ann),
            ]
            if name == "3":
                said = [
                    comment("1", SOLE, votes=9, author_hash=ann),
                    comment("2", "first!", votes=90, author_hash=bob),
                ]
            if name == "4":
                said = [comment("1", "a drum machine and a bass, ann wrote this", votes=9, author_hash=ann)]
                said += [comment("2", OTHERS, votes=5, author_hash=bob)]
            add_track(store, track(name), said, sound)
        unwanted = track("x", title=TITLE, url=PAGE, artist="Nobody")
        sound = write_sound(sounds / "x.wav", sine(4.6, hertz=777))
        add_track(store, unwanted, [comment("1", WORDS, votes=30), comment("2", "first", votes=1)], sound)
        add_track(
            store, track("y"), [comment("1", "warm piano and violin, slow", votes=3)], sound
        )  # its file
        build(store, workspace / "datasets" / "songs", CONFIG, workers=1)
    _make_derived(workspace)
    return workspace


def _make_derived(workspace: Path) -> None:
    lines = (workspace / "datasets" / "songs" / "attribution.txt").read_text(encoding="utf-8")
    write_text(workspace / "runs" / "r" / "attribution.txt", lines)
    write_text(workspace / "runs" / "r" / "config.yaml", f"prompts: [{SOLE!r}]\n")
    write_json(workspace / "samples" / "samples.json", {"sounds": [{"prompt": WORDS}]})
    with soundfile.SoundFile(workspace / "samples" / "001-the-marimba.wav", "w", 8000, 1) as sound:
        sound.title = WORDS
        sound.write(np.zeros(80))
    (workspace / "samples" / "001-the-marimba.png").write_bytes(b"a picture")
    (workspace / "samples" / "002-other.wav").write_bytes(b"another")
    write_text(workspace / "report.html", f"<p>{WORDS.replace(',', '&#44;')} {PAGE}</p>")
    write_text(workspace / "evaluations" / "r" / "report.json", json.dumps({"prompt": "钢琴"}))
    write_text(workspace / "cache" / "text" / "states", "states")


@pytest.fixture
def workspace(world: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(world, tmp_path / "w"))


@pytest.fixture
def forget(workspace: Path) -> Callable[..., dict[str, Any]]:
    """Run the command and give its summary."""
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    asked: list[set[str]] = []

    def trained_on(_workspace: Path, fingerprints: Any) -> list[dict[str, Any]]:
        asked.append(set(fingerprints))
        return [{"folder": "runs/r", "step": 7, "datasets": sorted(fingerprints)}] if fingerprints else []

    register(app, trained_on=trained_on)

    def run(*arguments: str, exit_code: int = 0) -> dict[str, Any]:
        ran = CliRunner().invoke(
            app, ["forget", "-w", str(workspace), "--json", *arguments], catch_exceptions=False
        )
        assert ran.exit_code == exit_code, ran.stderr
        told: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1]) if ran.stdout else {}
        return told | {"said": ran.stderr}

    return run


def everything(workspace: Path) -> dict[Path, bytes]:
    """The bytes of every file, those inside of Parquet columns as well, and its name."""
    return {
        path.relative_to(workspace): b"\0".join([str(path).encode(), path.read_bytes(), *_columns(path)])
        for path in sorted(workspace.rglob("*"))
        if path.is_file()
    }


def _columns(path: Path) -> Iterator[bytes]:
    if path.suffix == ".parquet":
        for row in pq.read_table(path).to_pylist():
            yield row.get("audio", {}).get("bytes", b"")
            yield repr({name: value for name, value in row.items() if name != "audio"}).encode()
            yield str(row).encode()


def holders(workspace: Path, *traces: bytes) -> set[str]:
    return {
        str(path) for path, data in everything(workspace).items() if any(trace in data for trace in traces)
    }


def sound_of(workspace: Path, key: str) -> tuple[bytes, bytes]:
    """The file that was fetched, and the FLAC of its clip."""
    with Store.open(workspace / "store", create=False) as store:
        stored = next(stored for stored in store.tracks() if stored.track.key == key)
        fetched = store.audio_path(str(stored.audio_sha256)).read_bytes()
    rows = pq.read_table(workspace / "datasets" / "songs" / "data").to_pylist()
    return fetched, next(row["audio"]["bytes"] for row in rows if row["track"] == key)


def shards(workspace: Path) -> set[str]:
    return {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (workspace / "datasets" / "songs" / "data").iterdir()
    }


def test_it_is_shown_first_and_nothing_changes(workspace: Path, forget: Callable[..., Any]) -> None:
    before = everything(workspace)
    told = forget("--track", "site:x")
    assert everything(workspace) == before
    assert told["store"][0]["tracks"] == ["site:x"]
    assert told["store"][0]["comments"] == 2
    assert told["store"][0]["files"] == []  # another track has it as well
    assert [(one["clips"], len(one["files"]), one["all_files"]) for one in told["datasets"]] == [(1, 1, 5)]
    fates = {Path(one["path"]).name: one["fate"] for one in told["other_files"]}
    assert fates == {
        "attribution.txt": "lines taken out",
        "001-the-marimba.wav": "deleted",
        "samples.json": "deleted",
        "report.html": "deleted",
    }
    assert told["runs"][0]["step"] == 7
    assert "nothing was changed" in told["said"]
    assert not told["applied"]


@pytest.mark.parametrize(
    "named",
    [("--url", PAGE), ("--track", "site:x"), ("--domain", "unwanted.test")],
    ids=lambda named: named[0],
)
def test_no_byte_is_left_and_the_rest_is_as_it_was(
    workspace: Path, forget: Callable[..., Any], named: tuple[str, str]
) -> None:
    fetched, clip = sound_of(workspace, "site:x")
    traces = [one.encode() for one in (WORDS, TITLE, PAGE, "site:x", "the-marimba", "first.")]
    held = holders(workspace, *traces[:4], clip)
    assert {"store/emtool.db", "datasets/songs/README.md", "runs/r/attribution.txt"} <= held
    before, rows = shards(workspace), open_dataset(workspace / "datasets" / "songs").info
    forget("--track", "site:y", "--apply")  # which has the same file
    assert holders(workspace, fetched)
    forget(*named, "--apply")
    assert holders(workspace, *traces, fetched, clip) == set()
    songs = open_dataset(workspace / "datasets" / "songs")
    assert check(songs.info.folder).differing == ()
    assert len(shards(workspace)) == 4
    assert shards(workspace) < before
    assert songs.info.fingerprint != rows.fingerprint
    assert sum(songs.info.splits.values()) == sum(rows.splits.values()) - 1
    left = (workspace / "runs" / "r" / "attribution.txt").read_text(encoding="utf-8").splitlines()
    assert len(left) == 4
    assert (workspace / "samples" / "002-other.wav").exists()
    assert not (workspace / "cache").exists()
    assert not (workspace / "datasets" / "songs" / BUILD_FOLDER).exists()
    mark = json.loads((workspace / "datasets" / "songs" / MARK).read_text(encoding="utf-8"))
    assert mark["earlier_fingerprints"][-1] == rows.fingerprint
    assert [(one["clips"], one["captions"]) for one in mark["taken_out"][-1:]] == [(1, 1)]
    assert f"{4} clips" in (workspace / "datasets" / "songs" / "README.md").read_text(encoding="utf-8")
    again = forget(*named)
    assert (again["datasets"], again["other_files"], again["runs"]) == ([], [], [])


def test_what_names_a_track_elsewhere_no_longer_does(
    workspace: Path, forget: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*_: Any) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("os.link", no_links)
    rejected = workspace / "datasets" / "songs" / "rejected.jsonl"
    assert "the same file as site:x" in rejected.read_text(encoding="utf-8")
    forget("--track", "site:x", "--apply")
    lines = [json.loads(line) for line in rejected.read_text(encoding="utf-8").splitlines()]
    told = next(line for line in lines if line["track"] == "site:y")
    assert told["reason"] == "the same file as a track that was taken out"
    assert check(workspace / "datasets" / "songs").differing == ()


def test_the_next_build_is_without_it_and_cuts_nothing_again(
    workspace: Path, forget: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    forget("--track", "site:x", "--track", "site:y", "--apply")
    kept = shards(workspace)

    def no_cut(*_: Any) -> Any:
        pytest.fail("a track was cut again")

    monkeypatch.setattr("emtool.dataset.sound_steps.cut_track", no_cut)
    with Store.open(workspace / "store", create=False) as store:
        build(store, workspace / "datasets" / "songs", CONFIG, workers=1)
    assert shards(workspace) == kept


@pytest.mark.parametrize("taken_out_before", [False, True])
def test_captions_of_a_writer_go_and_rows_are_chosen_again(
    workspace: Path, forget: Callable[..., Any], taken_out_before: bool
) -> None:
    with Store.open(workspace / "store", create=False) as store:
        ann = store.author_hash("site", "ann")
        if taken_out_before:
            takedown.add(store, WishKind.AUTHOR, ann)
    before = shards(workspace)
    told = forget("--author", "site:ann", "--apply")
    assert [(one["clips"], one["changed"], len(one["files"])) for one in told["datasets"]] == [(1, 1, 2)]
    assert {"path": str(workspace / "runs" / "r" / "config.yaml"), "fate": "named only"} in told[
        "other_files"
    ]
    (workspace / "runs" / "r" / "config.yaml").unlink()
    assert holders(
        workspace, SOLE.encode(), b"ann wrote this", b"nice 0", *sound_of(workspace, "site:4")
    ) == {
        str(path.relative_to(workspace))
        for path in workspace.rglob("*")
        if path.suffix in (".parquet", ".wav") and path.is_file()
    } & holders(workspace, *sound_of(workspace, "site:4"))
    songs = open_dataset(workspace / "datasets" / "songs")
    rows = {row["track"]: row for row in pq.read_table(songs.info.folder / "data").to_pylist()}
    assert set(rows) == {"site:1", "site:2", "site:4", "site:x"}
    row = rows["site:4"]
    assert (row["text"], row["free_form"], row["votes"]) == (OTHERS, OTHERS, 5)
    assert row["tags"]
    assert set(row["tags"]) <= {"guitar", "calm", "warm", "vocals", "beautiful", "voice"}
    assert row["text_tags"] == ", ".join(row["tags"])
    assert [(one["comment_id"], one["weight"]) for one in row["captions"]] == [("2", 1.0)]
    assert len(before & shards(workspace)) == 3
    assert check(songs.info.folder).differing == ()


def test_a_dataset_of_nothing_else_goes(workspace: Path, forget: Callable[..., Any], tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    shutil.move(workspace / "datasets" / "songs", elsewhere)
    shutil.rmtree(workspace / "store")
    (elsewhere / "songs.json").write_text(PAGE)
    told = forget("--domain", "site.test", "--domain", "unwanted.test", "--dataset", str(elsewhere))
    assert [one["path"] for one in told["other_files"]][-1] == str(elsewhere / "songs.json")
    assert told["datasets"][0]["clips"] == 5
    assert not (workspace / "store").exists()
    forget("--domain", "site.test", "--domain", "unwanted.test", "--dataset", str(elsewhere), "--apply")
    assert not elsewhere.exists()


def test_a_killed_takedown_goes_on(
    workspace: Path, forget: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    songs = workspace / "datasets" / "songs"
    replace = Path.replace

    def killed(path: Path, target: Path) -> Path:
        if target == songs / "rejected.jsonl":
            raise KeyboardInterrupt
        return replace(path, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", killed)
        forget("--track", "site:x", "--apply", exit_code=130)
    assert not (songs / MARK).exists()
    forget("--track", "site:x", "--track", "site:y", "--apply")
    assert check(songs).differing == ()
    assert holders(workspace, WORDS.encode(), TITLE.encode(), b"site:x") == set()


def test_a_full_disk_leaves_the_dataset_whole(
    workspace: Path, forget: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr("emtool.dataset.forget.write_rows", full)
        told = forget("--track", "site:4", "--apply", exit_code=1)
    assert "No space left" in told["said"]
    assert len(check(workspace / "datasets" / "songs").differing) == 0
    forget("--track", "site:4", "--apply")
    assert open_dataset(workspace / "datasets" / "songs").info.splits


def test_unfinished_builds_go_and_unreadable_datasets_are_named(
    workspace: Path, forget: Callable[..., Any]
) -> None:
    write_text(workspace / "datasets" / "begun" / BUILD_FOLDER / "plan.jsonl", WORDS)
    write_json(workspace / "datasets" / "newer" / MARK, {"schema": 99})
    told = forget("--track", "site:x", "--apply", exit_code=1)
    assert ["schema 99" in line for line in told["not_looked_into"]] == [True]
    assert not (workspace / "datasets" / "begun" / BUILD_FOLDER).exists()


def test_nothing_named_is_wrong_usage(forget: Callable[..., Any]) -> None:
    assert "nothing is named" in forget(exit_code=2)["said"]
    assert "is no track" in forget("--track", "x", exit_code=2)["said"]


def test_tags_alone_are_chosen_again(workspace: Path, forget: Callable[..., Any]) -> None:
    songs = workspace / "datasets" / "songs"
    shutil.rmtree(songs)
    with Store.open(workspace / "store", create=False) as store:
        build(store, songs, BuildConfig(format="tags", seconds=1.0), workers=1)
    forget("--author", "site:bob", "--apply")
    rows = {row["track"]: row for row in pq.read_table(songs / "data").to_pylist()}
    assert set(rows) == {"site:3", "site:4", "site:x"}
    assert rows["site:4"]["text"] == ", ".join(rows["site:4"]["tags"])
    assert not {"guitar", "warm"} & set(rows["site:4"]["tags"])
    flac = io.BytesIO(rows["site:4"]["audio"]["bytes"])
    assert soundfile.info(flac).frames == 16_000
