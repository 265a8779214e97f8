"""``croissant.json`` is valid by ``mlcroissant``, which loads the records through it."""

import io
import json
from pathlib import Path
from typing import Any

import mlcroissant
import pytest
import soundfile

from emtool.dataset.about import write_about
from tests.dataset.rows import row, write_dataset
from tests.dataset.test_card import build

pytestmark = [  # of mlcroissant and what it stands on
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame.reset_index"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = write_dataset(tmp_path_factory.mktemp("c") / "songs", {"train": 3, "test": 2})
    told = {"from": "2026-01-02T03:04:05+00:00", "to": "2026-02-03T04:05:06+00:00", "traffic": {}}
    choices = {"contact": "data@example.org"}
    write_about(made, build(splits={"train": 3, "test": 2}, collected=told, choices=choices))
    return made


@pytest.fixture
def opened(folder: Path, caplog: pytest.LogCaptureFixture) -> mlcroissant.Dataset:
    found = mlcroissant.Dataset(folder / "croissant.json")
    assert not found.metadata.ctx.issues.errors
    assert not found.metadata.ctx.issues.warnings
    assert not caplog.records
    return found


def test_the_records_are_the_rows(opened: mlcroissant.Dataset) -> None:
    records = sorted(opened.records("clips"), key=lambda record: (record["clips/split"], record["clips/id"]))
    assert [record["clips/split"] for record in records] == [b"test"] * 2 + [b"train"] * 3
    for record, number in zip(records, (0, 1, 0, 1, 2), strict=True):
        due = row(number)
        assert record["clips/free_form"].decode() == due["free_form"]
        assert [tag.decode() for tag in record["clips/tags"]] == due["tags"]
        assert record["clips/votes"] == due["votes"]
        assert record["clips/audio"] == due["audio"]["bytes"]
        samples, rate = soundfile.read(io.BytesIO(record["clips/audio"]))
        assert (len(samples), rate) == (1_600, 16_000)
        caption = record["clips/captions"][0]
        assert caption["clips/captions/comment_id"].decode() == f"c{number}"
        assert caption["clips/captions/weight"] == 1.0
    assert {name.removeprefix("clips/") for name in records[0]} == {"split", *row(0)}


def test_the_splits(opened: mlcroissant.Dataset) -> None:
    assert [record["splits/name"] for record in opened.records("splits")] == ["train", "test"]


def test_what_it_says_of_responsible_ai(opened: mlcroissant.Dataset) -> None:
    told = opened.metadata
    assert "Comment voting" in str(told.data_collection)
    assert "from site, as robots.txt" in str(told.data_collection)
    assert [str(when)[:10] for when in told.data_collection_timeframe or []] == ["2026-01-02", "2026-02-03"]
    assert len(told.data_biases or []) >= 5
    assert "No name, avatar" in (told.personal_sensitive_information or [""])[0]
    assert "data@example.org" in str(told.data_release_maintenance_plan)
    assert told.license == ["https://creativecommons.org/licenses/by/4.0/"]
    assert told.conforms_to
    for text in (
        told.data_social_impact,
        told.data_limitations,
        told.data_use_cases,
        told.machine_annotation_tools,
    ):
        assert text


def test_columns_that_are_not_there_are_not_described(folder: Path) -> None:
    from emtool.dataset.croissant import croissant

    statistics: dict[str, Any] = json.loads((folder / "statistics.json").read_text(encoding="utf-8"))
    statistics["columns"] = ["id", "audio", "text"]
    fields = croissant(build(), statistics)["recordSet"][1]["field"]
    assert [field["name"] for field in fields] == ["split", "id", "audio", "text"]
