import resource
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import Features

from emtool.dataset.schema import features
from emtool.dataset.shards import GROUP_ROWS, parts, rows_per_group, write_shard
from tests.dataset.rows import row


def write(path: Path, number: int, clip_bytes: int = 1 << 20) -> int:
    return write_shard(path, (row(n) for n in range(number)), sample_rate_hz=16_000, clip_bytes=clip_bytes)


def test_the_library_finds_its_features_in_the_file(tmp_path: Path) -> None:
    assert write(tmp_path / "a.parquet", 3) == 3
    assert Features.from_arrow_schema(pq.read_schema(tmp_path / "a.parquet")) == features(16_000)


def test_rows_come_back_in_groups(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", 9)
    with pq.ParquetFile(tmp_path / "a.parquet") as opened:
        assert opened.num_row_groups == 3
        assert opened.read().to_pylist() == [row(n) for n in range(9)]


def test_sound_is_not_compressed_again(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", 1)
    group = pq.read_metadata(tmp_path / "a.parquet").row_group(0)
    columns = {group.column(n).path_in_schema: group.column(n).compression for n in range(group.num_columns)}
    assert columns.pop("audio.bytes") == "UNCOMPRESSED"
    assert set(columns.values()) == {"ZSTD"}


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    write(tmp_path / "a.parquet", 9)
    write(tmp_path / "b.parquet", 9)
    assert (tmp_path / "a.parquet").read_bytes() == (tmp_path / "b.parquet").read_bytes()


def test_no_rows_no_file(tmp_path: Path) -> None:
    assert write(tmp_path / "a.parquet", 0) == 0
    assert not list(tmp_path.iterdir())


def test_an_error_leaves_no_file(tmp_path: Path) -> None:
    def rows() -> Any:
        yield row(0)
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space left"):
        write_shard(tmp_path / "a.parquet", rows(), sample_rate_hz=16_000, clip_bytes=10**9)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_told_with_the_file(tmp_path: Path) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, most))  # as real as a full disk
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write(tmp_path / "a.parquet", 90)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert caught.value.filename == str(tmp_path / "a.parquet")
    assert not list(tmp_path.iterdir())


def test_groups_are_small() -> None:
    assert rows_per_group(128_000) == 32
    assert rows_per_group(10**9) == 1
    assert rows_per_group(1) == GROUP_ROWS


TRACKS = sorted(f"site:{number * 7919 % 10_007}" for number in range(1000))


@pytest.mark.parametrize("most", [1, 2, 7, 100, 999, 1000, 5000])
def test_no_file_holds_too_many_tracks_or_too_few(most: int) -> None:
    divided = parts(TRACKS, most)
    assert [track for part in divided for track in part] == TRACKS
    assert max(map(len, divided)) <= most
    assert min(map(len, divided)) >= min(most // 4, len(TRACKS))


def test_no_tracks_no_files() -> None:
    assert parts([], 5) == []


def test_a_track_more_changes_few_files() -> None:
    before = {tuple(part) for part in parts(TRACKS, 100)}
    changed = [
        len({tuple(part) for part in parts(sorted([*TRACKS, f"site:{number}-new"]), 100)} - before)
        for number in range(100)
    ]
    assert sum(number <= 2 for number in changed) >= 90
