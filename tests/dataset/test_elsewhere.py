"""What does not know emtool reads the Parquet files: pandas, Polars, DuckDB."""

import io
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import polars as pl
import pytest
import soundfile

from tests.dataset.rows import row, write_dataset

DUE = [row(number) for number in range(5)]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> str:
    folder: Path = write_dataset(tmp_path_factory.mktemp("e") / "songs", {"train": 5}, shards=2)
    return str(folder / "data" / "train-*.parquet")


def check(rows: list[dict[str, Any]]) -> None:
    for found, due in zip(rows, DUE, strict=True):
        assert {name: found[name] for name in ("id", "votes", "text", "duration_s")} == {
            name: due[name] for name in ("id", "votes", "text", "duration_s")
        }
        assert list(found["tags"]) == due["tags"]
        assert found["captions"][0]["comment_id"] == due["captions"][0]["comment_id"]
        samples, rate = soundfile.read(io.BytesIO(found["audio"]["bytes"]))
        assert (len(samples), rate) == (1_600, 16_000)


def test_pandas(files: str) -> None:
    folder = Path(files).parent
    frame = pd.concat([pd.read_parquet(path) for path in sorted(folder.glob("*.parquet"))])
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    check([{str(name): value for name, value in one.items()} for one in rows])


def test_polars(files: str) -> None:
    check(pl.scan_parquet(files).sort("id").collect().to_dicts())


def test_duckdb(files: str) -> None:
    with duckdb.connect() as database:
        found = database.execute("SELECT * FROM read_parquet(?) ORDER BY id", [files])
        names = [column[0] for column in found.description or []]
        check([dict(zip(names, values, strict=True)) for values in found.fetchall()])
        counted = database.execute(
            "SELECT tag, count(*) FROM (SELECT unnest(tags) AS tag FROM read_parquet(?)) GROUP BY tag ORDER BY tag",
            [files],
        ).fetchall()
    assert counted == [("piano", 5), ("slow", 5)]
