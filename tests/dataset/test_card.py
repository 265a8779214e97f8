import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from huggingface_hub import DatasetCard

from emtool.dataset.about import write_about
from emtool.dataset.card import card
from emtool.dataset.config import BuildConfig
from emtool.dataset.statistics import describe, tokens
from emtool.dataset.tag_choices import Adopted, Choices, shipped
from tests.dataset.rows import row, write_dataset


def build(**more: Any) -> dict[str, Any]:
    config = BuildConfig(**more.pop("choices", {}))
    return {
        "schema": 1,
        "name": "songs",
        "emtool": "1.0",
        "fingerprint": "f" * 16,
        "finished_at": "2026-01-02T03:04:05+00:00",
        "format": config.format,
        "sample_rate_hz": 16_000,
        "channels": 2,
        "hours": 1.25,
        "splits": {"train": 7, "test": 2},
        "unchecked": [],
        "config": config.to_json(),
        "shards": [{"file": "data/train-00000-of-00001.parquet", "split": "train", "rows": 7, "bytes": 99}],
        "funnel": {
            "counts": {
                "crawl_done": 9, "tracks": 8, "comments": 30, "accepted_comments": 12, "captioned_tracks": 7,
                "clips": 9,
            },
            "rejected": {"chatter": 3, "advert": 5},
            "private": {"email": 2, "abuse": 7},
        },
    } | more  # fmt: skip


@pytest.fixture(scope="module")
def statistics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return describe(write_dataset(tmp_path_factory.mktemp("d") / "songs", {"train": 7, "test": 2}) / "data")


def test_statistics(statistics: dict[str, Any]) -> None:
    train = statistics["splits"]["train"]
    assert (train["clips"], train["tracks"], train["works"], train["artists"]) == (7, 7, 4, 2)
    assert train["hours"] == round(7 * 0.1015625 / 3600, 4)
    assert (train["free_form_tokens"], train["tag_tokens"], train["tags_per_clip"]) == (2, 2, 2)
    assert statistics["total"]["clips"] == 9
    assert statistics["languages"] == {"zh": 5, "en": 4}
    assert statistics["tags"] == {"piano": 9, "slow": 9}
    assert statistics["votes"] == {"least": 1, "quarter": 1, "median": 2, "three_quarters": 5, "most": 6}
    assert statistics["unknown_votes"] == 3
    assert statistics["total"]["with_vocals"] == 4
    assert statistics["loudness_lufs"]["least"] == -26.0
    assert statistics["loudness_lufs"]["most"] == -20.0
    assert json.loads(json.dumps(statistics)) == statistics


@pytest.mark.parametrize(
    ("text", "number"), [("a slow piano", 3), ("很慢的钢琴", 5), ("piano 很好听!", 4), ("", 0)]
)
def test_tokens(text: str, number: int) -> None:
    assert tokens(text) == number


def test_columns_that_were_left_out_are_not_told_of(statistics: dict[str, Any]) -> None:
    assert "`silence`, `clipped`, `dc`" in card(build(), statistics)
    lean = card(build(choices={"columns": ["speech"]}), statistics)
    assert "`silence`" not in lean
    assert "`vocals`, `speech`" in lean


def test_the_head_is_what_the_hub_reads(statistics: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(card(build(), statistics), encoding="utf-8")
    data = DatasetCard.load(tmp_path / "README.md").data.to_dict()
    assert data["license"] == ["cc-by-4.0"]
    assert data["language"] == ["en", "zh"]
    assert data["task_categories"] == ["text-to-audio"]
    assert data["size_categories"] == ["n<1K"]
    assert data["configs"][0]["data_files"] == [
        {"split": "train", "path": "data/train-*"},
        {"split": "test", "path": "data/test-*"},
    ]
    assert [s["num_examples"] for s in data["dataset_info"]["splits"]] == [7, 2]


def test_two_configurations(statistics: dict[str, Any]) -> None:
    head = yaml.safe_load(card(build(choices={"format": "both"}), statistics).split("---")[1])
    assert [(c["config_name"], c.get("default")) for c in head["configs"]] == [
        ("free-form", True),
        ("tags", None),
    ]
    assert "text" not in head["configs"][1]["columns"]


def test_every_section_is_there(statistics: dict[str, Any]) -> None:
    text = card(build(choices={"contact": "data@example.org"}), statistics)
    for title in (
        "How to load it", "How it was collected", "Statistics", "Examples", "Columns", "What was left out", "Votes",
        "Tags", "Sound", "Licences", "Personal data and takedown", "Limits and biases", "The method",
    ):  # fmt: skip
        assert f"\n## {title}\n" in text
    assert "data@example.org" in text
    assert "email 2" in text
    assert "abuse" not in text
    assert text.index("| advert | 5 |") < text.index("| chatter | 3 |")
    assert "do not publish" not in text


def test_a_local_build_says_so(statistics: dict[str, Any]) -> None:
    closed = statistics | {"licences": {"CC-BY-4.0": 8, "unknown": 1}}
    text = card(build(choices={"licences": "any", "select": "votes"}), closed)
    assert "Built with `--licences any`: for local use; do not publish" in text
    assert "whatever it says" in text


def test_a_table_stands_whatever_the_comment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nasty = (
        "| a | <script> \\| ![x](http://a.test) www.b.test `c` $d$ me@e.test \u202eright\x1b[2J " + "x" * 500
    )
    monkeypatch.setattr("tests.dataset.rows.row", lambda number: row(number, free_form=nasty, title=nasty))
    found = describe(write_dataset(tmp_path / "d", {"train": 1}) / "data")
    text = card(build(), found)
    for cells in (5, 5):
        line = next(line for line in text.splitlines() if "script" in line)
        text = text.replace(line, "")
        plain = re.sub(r"\\[!-/:-@\[-`{-~]", "", line)  # without what is escaped
        assert plain.count("|") == cells
        assert not re.search(r"[<>`$@]|\]\(|https?:|www\.|\x1b|\u202e", plain)
        assert len(line) < 420


def test_where_and_when_it_was_collected(statistics: dict[str, Any]) -> None:
    told = {
        "from": "2026-01-02T03:04:05+00:00",
        "to": "2026-02-03T04:05:06+00:00",
        "traffic": {"site": {"requests": 51, "bytes": 990}},
    }
    text = card(build(collected=told), statistics)
    assert "| site | 7 | 9 | 51 | 990 |" in text
    assert "from 2026-01-02 to 2026-02-03" in text
    assert "at least 0.5" in text
    assert "Dates" not in card(build(), statistics)


def test_adopted_and_discarded_tags(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "a slow melody on the piano, what a zzyzx"
    monkeypatch.setattr("tests.dataset.rows.row", lambda number: row(number, free_form=text))
    choices = shipped().changed([Adopted.parse("zzyzx=odd:mood")], ["piano"])
    found = describe(write_dataset(tmp_path / "d", {"train": 2}) / "data", choices)
    assert found["discarded_tags"] == {"melody": 2, "piano": 2}
    told = card(build(tag_choices=choices.to_json()), found)
    assert "| piano | 2 | melody | 2 |" in told
    assert "Words that a person made tags: zzyzx." in told
    assert Choices.from_json(choices.to_json()) == choices


def test_what_votes_are_worth(statistics: dict[str, Any]) -> None:
    text = card(build(), statistics)
    assert "of 30 top-voted comments 40% passed" in text
    assert "the most voted one in 6 of 6 clips" in text
    assert "| site | likes 9 | 100% | 0 | 2 | 6 |" in text


def test_many_tracks_are_named_in_a_file_of_their_own(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "d", {"train": 25})
    write_about(folder, build())
    text = (folder / "README.md").read_text(encoding="utf-8")
    assert "and 5 tracks more in [attribution.txt](attribution.txt)" in text
    assert len((folder / "attribution.txt").read_text().splitlines()) == 25


def test_attribution_is_a_line_a_track(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.dataset.rows.row", lambda number: row(number, attribution="two\nlines"))
    folder = write_dataset(tmp_path / "d", {"train": 1})
    write_about(folder, build())
    assert (folder / "attribution.txt").read_text() == "two lines\n"


def test_the_card_says_what_was_done_to_the_sound(statistics: dict[str, Any]) -> None:
    text = card(build(), statistics)
    assert "4 of the clips are sung" in text
    assert "as it was fetched" in text
    assert "Not checked" not in text
    louder = card(build(choices={"normalise_lufs": -14.0}, unchecked=["same recordings"]), statistics)
    assert "normalised to -14 LUFS" in louder
    assert "**Not checked: same recordings.**" in louder


def test_no_known_votes(statistics: dict[str, Any]) -> None:
    assert "unknown for 9 clips" in card(build(), statistics | {"votes": {}, "unknown_votes": 9})
