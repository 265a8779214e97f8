import json
import resource
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

from emtool.crawler.errors import DatasetError
from emtool.crawler.files import sha256_file
from emtool.crawler.progress import SILENT, Progress, Task
from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.check import check
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Cut, Job, cut_track
from emtool.dataset.load import open_dataset
from emtool.dataset.schema import BUILD_FOLDER, MARK
from emtool.dataset.shards import write_shard
from tests.dataset.conftest import GOOD
from tests.dataset.making import add_track, comment, sine, track, write_sound

CONFIG = BuildConfig(shard_mb=1)
ONE_A_SHARD = BuildConfig(shard_mb=1, channels=2, sample_rate_hz=44_100)


@pytest.fixture(scope="module")
def built(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The dataset of the whole store; read it only."""
    out = tmp_path_factory.mktemp("built") / "songs"
    with Store.open(store_folder, create=False) as store:
        summary = build(store, out, CONFIG, workers=1)
    assert summary.splits == {"train": 3, "validation": 3, "test": 2}
    assert not summary.reused
    return out


@pytest.fixture(scope="module")
def whole(store_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset with a file for every track; read it only."""
    out = tmp_path_factory.mktemp("whole") / "songs"
    with Store.open(store_folder, create=False) as store:
        build(store, out, ONE_A_SHARD, workers=1)
    return out


def rejected(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "rejected.jsonl").read_text(encoding="utf-8").splitlines()]


def contents(folder: Path) -> dict[str, bytes]:
    """Everything whose bytes must not depend on how or when it was built."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (MARK, "README.md", "croissant.json")
    }


def test_rows_are_the_good_tracks(built: Path) -> None:
    table = pd.read_parquet(built / "data")
    assert sorted(table["track"]) == sorted(f"site:{name}" for name in GOOD)
    assert set(table["free_form"].str.replace(r"\d", "N", regex=True)) == {
        "slow and sad piano melody, soft violin N"
    }
    assert set(table["votes"]) == {80}
    first = table[table["track"] == "site:2"].iloc[0]
    assert [caption["text"] for caption in first["captions"]][1] == "钢琴曲节奏很慢,小提琴很温柔0"
    assert [caption["original"] for caption in first["captions"]][1] == "鋼琴曲節奏很慢,小提琴很溫柔😀0"
    assert sum(caption["weight"] for caption in first["captions"]) == pytest.approx(1)
    assert {"piano", "violin", "slow", "sad"} <= set(first["tags"])
    assert first["text_tags"] == ", ".join(first["tags"])
    assert first["level_dbfs"] == pytest.approx(-13.5, abs=0.5)


def test_every_dropped_track_has_its_reason(built: Path) -> None:
    reasons = {line["track"]: line["filter"] for line in rejected(built) if "comment" not in line}
    assert reasons == {
        "site:chatter": "no-caption",
        "site:silent": "silent",
        "site:short": "brief",
        "site:lost": "unreadable",
        "site:z-again": "same-file",
        "site:no-derivatives": "licence",
        "site:preview": "wrong-duration",
        "site:page": "unreadable",
        "site:voted": "no-audio",
    }


def test_the_funnel_adds_up(built: Path) -> None:
    funnel = json.loads((built / MARK).read_text(encoding="utf-8"))["funnel"]
    lines = Counter(line["filter"] for line in rejected(built))
    assert funnel["rejected"] == dict(lines)
    comments = sum("comment" in line for line in rejected(built))
    assert funnel["counts"]["comments"] == funnel["counts"]["accepted_comments"] + comments
    assert funnel["counts"]["tracks"] == 17
    assert funnel["counts"]["crawl_voted"] == 1
    assert funnel["private"]["email"] == 8


def test_no_personal_data_is_left_in_any_file(built: Path) -> None:
    for name, data in contents(built).items():
        for secret in (b"jane.doe", b"13812345678", b"someone_else"):
            assert secret not in data, name
    assert "someone_else" not in str(pq.read_table(built / "data", columns=["captions"]).to_pylist())


def test_the_library_loads_it_in_a_fresh_process(built: Path, tmp_path: Path) -> None:
    program = f"""
import datasets
whole = datasets.load_dataset({str(built)!r}, cache_dir={str(tmp_path)!r})
assert {{name: len(split) for name, split in whole.items()}} == {{"train": 3, "validation": 3, "test": 2}}, whole
row = whole["train"][0]
assert row["audio"]["array"].shape == (64000,) and row["audio"]["sampling_rate"] == 16000
assert row["text"] == row["free_form"] and "piano" in row["tags"] and row["licence"] and row["url"] and row["votes"]
streamed = datasets.load_dataset({str(built)!r}, streaming=True)
assert [r["id"] for r in streamed["train"]] == whole["train"]["id"][:]
assert next(iter(streamed["test"]))["audio"]["array"].shape == (64000,)
"""
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_our_own_reader_opens_it(built: Path) -> None:
    dataset = open_dataset(built)
    assert dataset.info.samples == 64_000
    assert dataset.split("train").audio(0).shape == (1, 64_000)


def test_a_second_build_does_nothing(built: Path, store: Store) -> None:
    before = {path: path.stat().st_mtime_ns for path in built.rglob("*")}
    summary = build(store, built, CONFIG)
    assert summary.reused
    assert summary.clips == 8
    assert {path: path.stat().st_mtime_ns for path in built.rglob("*")} == before


def test_workers_do_not_change_a_byte(
    built: Path, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("emtool.dataset.build._TEXTS_PER_WORKER", 1)
    monkeypatch.setattr("emtool.dataset.build._SOUNDS_PER_WORKER", 1)
    build(store, tmp_path / "songs", CONFIG, workers=2)
    assert contents(tmp_path / "songs") == contents(built)


@pytest.fixture
def cut(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Ids of the tracks whose sound is cut, as it happens."""
    seen: list[str] = []

    def noted(job: Job) -> Cut:
        seen.append(job.planned.track.id)
        return cut_track(job)

    monkeypatch.setattr("emtool.dataset.sound_steps.cut_track", noted)
    return seen


class Interrupting:
    """A progress that presses Ctrl-C once a task has advanced so far."""

    def __init__(self, title: str, after: int) -> None:
        self._title, self._left = title, after

    @contextmanager
    def task(self, title: str, total: float | None, unit: str) -> Iterator[Task]:
        with SILENT.task(title, total, unit) as silent:
            yield _Interrupting(self) if title == self._title else silent

    def say(self, text: str) -> None:
        pass

    def count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise KeyboardInterrupt


class _Interrupting:
    def __init__(self, progress: Interrupting) -> None:
        self._progress = progress

    def advance(self, steps: float = 1) -> None:
        self._progress.count()

    def note(self, text: str) -> None:
        pass


@pytest.mark.parametrize(
    ("title", "after"), [("reading comments", 2), ("cutting sound", 1), ("cutting sound", 9)]
)
def test_a_killed_build_goes_on(
    store: Store,
    whole: Path,
    tmp_path: Path,
    cut: list[str],
    monkeypatch: pytest.MonkeyPatch,
    title: str,
    after: int,
) -> None:
    out = tmp_path / "songs"
    monkeypatch.setattr("emtool.dataset.build._TRACKS_PER_BATCH", 5)
    interrupting: Progress = Interrupting(title, after)
    with pytest.raises(KeyboardInterrupt):
        build(store, out, ONE_A_SHARD, interrupting, workers=1)
    with pytest.raises(DatasetError, match="has not finished"):
        open_dataset(out)
    build(store, out, ONE_A_SHARD, workers=1)
    assert contents(out) == contents(whole)
    assert not (out / BUILD_FOLDER).exists()
    again = sum(times - 1 for times in Counter(cut).values())
    assert again <= 1, "only the step that was under way is done again"


def test_a_move_that_was_killed_half_way_is_taken_up(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "songs"

    def killed(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("emtool.dataset.build.move_into_place", killed)
        with pytest.raises(KeyboardInterrupt):
            build(store, out, CONFIG, workers=1)
    (out / BUILD_FOLDER / "final" / "data").rename(out / "data")
    monkeypatch.setattr("emtool.dataset.sound_steps.cut_track", killed)
    summary = build(store, out, CONFIG, workers=1)
    assert len(open_dataset(out).split("train")) == summary.splits["train"] == 3


def test_other_options_replace_an_older_dataset(store: Store, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "songs"
    shutil.copytree(whole, out)
    assert len(list((out / "data").iterdir())) == 8
    before = open_dataset(out).info.fingerprint
    build(store, out, BuildConfig(seconds=2.0), workers=1)
    assert sorted(path.name for path in (out / "data").iterdir()) == [
        f"{split}-00000-of-00001.parquet" for split in ("test", "train", "validation")
    ]
    assert open_dataset(out).info.samples == 32_000
    assert open_dataset(out).info.fingerprint != before


def test_an_older_dataset_is_never_mixed_with_a_newer_one(
    store: Store, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "songs"
    shutil.copytree(whole, out)
    remove = shutil.rmtree

    def killed(path: Path, **options: Any) -> None:
        if path == out / "data":
            raise KeyboardInterrupt
        remove(path, **options)

    with monkeypatch.context() as patched:
        patched.setattr("shutil.rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            build(store, out, CONFIG, workers=1)
    with pytest.raises(DatasetError, match="has not finished"):
        open_dataset(out)
    assert build(store, out, CONFIG, workers=1).splits["train"] == 3
    assert open_dataset(out).info.sample_rate_hz == 16_000


def test_foreign_files_are_left_alone(store: Store, tmp_path: Path) -> None:
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(DatasetError, match="no dataset of emtool"):
        build(store, tmp_path, CONFIG)
    with pytest.raises(DatasetError, match="is a file"):
        build(store, tmp_path / "thesis.tex", CONFIG)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_store_says_what_to_do(tmp_path: Path) -> None:
    with (
        Store.open(tmp_path / "store", create=True) as store,
        pytest.raises(DatasetError, match="run emtool crawl"),
    ):
        build(store, tmp_path / "songs", CONFIG)


def test_nothing_left_names_the_reasons(store: Store, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no pair is left of 17 tracks.*few-votes") as caught:
        build(store, tmp_path / "songs", BuildConfig(min_votes=10_000), workers=1)
    assert Path(str(caught.value).rpartition(": ")[2]).is_file()


def test_a_full_disk_loses_nothing(
    store: Store, whole: Path, tmp_path: Path, cut: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []

    def full(path: Path, *arguments: Any, **options: Any) -> int:
        if path.name == "test-00001.parquet" and path.name not in written:
            written.append(path.name)
            raise OSError(28, "No space left on device", str(path))
        written.append(path.name)
        return write_shard(path, *arguments, **options)

    monkeypatch.setattr("emtool.dataset.sound_steps.write_shard", full)
    with pytest.raises(OSError, match="No space left"):
        build(store, tmp_path / "songs", ONE_A_SHARD, workers=1)
    cut.clear()
    written[:-1] = []
    assert build(store, tmp_path / "songs", ONE_A_SHARD, workers=1).clips == 8
    assert written == ["test-00001.parquet", "test-00001.parquet"]
    assert cut == []
    assert contents(tmp_path / "songs") == contents(whole)


def test_beside_an_earlier_build_new_tracks_alone_are_cut(
    store_folder: Path, whole: Path, tmp_path: Path, cut: list[str]
) -> None:
    shutil.copytree(store_folder, tmp_path / "store")
    shutil.copytree(whole, tmp_path / "songs")
    before = {sha256_file(path) for path in (whole / "data").iterdir()}
    with Store.open(tmp_path / "store", create=False) as store:
        sound = write_sound(tmp_path / "new.wav", sine(4.6, hertz=500))
        add_track(store, track("3"), [comment("1", "calm guitar and a warm bass", votes=7)], sound)
        build(store, tmp_path / "songs", ONE_A_SHARD, workers=1)
        assert sorted(cut) == ["3", "lost", "page"]  # what could not be read is looked at again
        after = {sha256_file(path) for path in (tmp_path / "songs" / "data").iterdir()}
        assert before < after
        assert len(after) == len(before) + 1
        build(store, tmp_path / "afresh", ONE_A_SHARD, workers=1)
    assert contents(tmp_path / "songs") == contents(tmp_path / "afresh")


def test_a_check_names_what_differs_and_a_build_mends_it(
    store: Store, whole: Path, tmp_path: Path, cut: list[str]
) -> None:
    out = tmp_path / "songs"
    shutil.copytree(whole, out)
    assert check(out).differing == ()
    assert (check(out).files, check(out).rows) == (8, 8)
    changed, cut_short, lost, *_ = sorted((out / "data").iterdir())
    changed.write_bytes(changed.read_bytes().replace(b"piano", b"drums"))
    cut_short.write_bytes(cut_short.read_bytes()[:-1])
    lost.rename(out / "data" / "mine.parquet")
    said = check(out).differing
    assert [line.partition(": ")[0] for line in said] == [
        str(path) for path in (changed, cut_short, lost, out / "data" / "mine.parquet")
    ]
    assert all(word in line for word, line in zip(("SHA-256", "bytes", "lost", "know"), said, strict=True))
    changed.unlink()
    build(store, out, ONE_A_SHARD, workers=1)
    assert check(out).differing == ()
    assert contents(out) == contents(whole)
    assert len(set(cut) - {"lost", "page"}) == 3


def test_a_file_that_cannot_grow_loses_nothing(
    store: Store, built: Path, tmp_path: Path, cut: list[str]
) -> None:
    """The limit of file sizes is as real as a full disk, and needs no disk to be filled."""
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, most))
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            build(store, tmp_path / "songs", CONFIG, workers=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    bench = tmp_path / "songs" / BUILD_FOLDER
    assert caught.value.filename == str(bench / "clips-00000.parquet")
    assert not [path for path in bench.iterdir() if path.suffix in (".part", ".parquet")]
    with pytest.raises(DatasetError, match="has not finished"):
        open_dataset(tmp_path / "songs")
    build(store, tmp_path / "songs", CONFIG, workers=1)
    assert contents(tmp_path / "songs") == contents(built)


def test_the_papers_rule(store: Store, tmp_path: Path) -> None:
    build(store, tmp_path / "songs", BuildConfig(select="votes"), workers=1)
    split = open_dataset(tmp_path / "songs").split("train")
    assert set(split.texts) == {"FIRST!!", "check out my channel, chatter"}
    assert all(len(captions) == 1 and captions[0].weight == 1 for captions in split.captions)


def test_both_formats_over_one_copy_of_the_sound(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "songs"
    build(store, out, BuildConfig(format="both", columns=("title",)), workers=1)
    program = f"""
import datasets
for options in ({{"cache_dir": {str(tmp_path)!r}}}, {{"streaming": True}}):
    words = next(iter(datasets.load_dataset({str(out)!r}, **options)["train"]))
    tags = next(iter(datasets.load_dataset({str(out)!r}, "tags", **options)["train"]))
    assert words["text"].startswith("slow and sad piano") and words["text_tags"] == tags["text_tags"]
    assert words["title"] and not {{"speech", "audio_sha256"}} & (set(words) | set(tags))
    assert "text" not in tags and "free_form" not in tags and tags["audio"]["array"].shape == (64000,)
"""
    ran = subprocess.run([sys.executable, "-c", program], check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr


def test_tags_as_text(store: Store, tmp_path: Path) -> None:
    build(store, tmp_path / "songs", BuildConfig(format="tags", max_captions=1), workers=1)
    split = open_dataset(tmp_path / "songs").split("train")
    assert split.texts == [", ".join(tags) for tags in split.tags]
    assert "piano" in split.texts[0].split(", ")


def test_without_sound_checks_nobody_listens(store: Store, tmp_path: Path) -> None:
    unheard = BuildConfig(sound_checks=False)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("clip.listen", "clip.lufs", "fingerprint.take"):
            patch.setattr(f"emtool.dataset.{name}", None)
        summary = build(store, tmp_path / "songs", unheard, engine_kind="local")
    assert summary.splits == {"train": 3, "validation": 3, "test": 2}
    table = pq.read_table(tmp_path / "songs" / "data")
    assert all(set(table[name].to_pylist()) == {None} for name in ("vocals", "speech", "loudness_lufs"))
    assert not set(table["level_dbfs"].to_pylist()) & {None, 0.0}
    assert "--no-sound-checks" in (tmp_path / "songs" / "README.md").read_text(encoding="utf-8")
    assert Counter(line["filter"] for line in rejected(tmp_path / "songs"))["silent"] == 1
