import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from emtool.crawler.store import Store
from emtool.dataset import tag_choices, tags_command
from tests.dataset.making import add_track, comment, track
from tests.dataset.rows import write_dataset


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    with Store.open(tmp_path / "store", create=True) as store:
        add_track(
            store,
            track("1"),
            [
                comment("1", "钢琴的前奏很温柔，钢琴独奏", votes=9),
                comment("2", "钢琴好听，加我微信abc_123", votes=3),
                comment("3", "我今年12岁，喜欢小提琴", votes=1),
            ],
            None,
        )
        add_track(store, track("2"), [comment("1", "电吉他太燃，电吉他的副歌", votes=5)], None)
    return tmp_path


def run(*arguments: str) -> tuple[int, str, str]:
    app = typer.Typer()
    app.command(name="other")(lambda: None)
    tags_command.register(app)
    result = CliRunner().invoke(app, ["tags", "review", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_review_lists_candidates_of_the_store(workspace: Path) -> None:
    code, output, _ = run("-w", str(workspace), "--json")
    summary = json.loads(output.splitlines()[-1])
    words = {one["word"]: one for one in summary["listed"]}
    assert code == 0
    assert summary["tracks"] == 2
    assert summary["candidates"] == summary["adopted"] + summary["discarded"] + summary["open"]
    assert words["钢琴"]["tags"] == ["piano"]
    assert "abc_123" not in output
    assert "小提琴" not in words  # its comment is a minor's


def test_review_prints_a_table(workspace: Path) -> None:
    code, output, _ = run("-w", str(workspace), "--top", "3", "--show", "adopted")
    assert code == 0
    assert "Candidates of 2 tracks" in output
    assert "adopted" in output


def test_review_keeps_choices_and_shows_their_effect(workspace: Path) -> None:
    code, output, said = run("-w", str(workspace), "--discard", "piano", "--adopt", "副歌", "--json")
    words = {one["word"]: one["status"] for one in json.loads(output.splitlines()[-1])["listed"]}
    assert code == 0
    assert words["钢琴"] == "discarded"
    assert "tags.yaml" in said
    assert "piano" in tag_choices.load(workspace).discarded


def test_show_filters_by_status(workspace: Path) -> None:
    _, output, _ = run("-w", str(workspace), "--show", "discarded", "--json")
    assert {one["status"] for one in json.loads(output.splitlines()[-1])["listed"]} <= {"discarded"}


def test_tracks_limits_what_is_read(workspace: Path) -> None:
    _, output, _ = run("-w", str(workspace), "--tracks", "1", "--json")
    assert json.loads(output.splitlines()[-1])["tracks"] == 1


def test_review_reads_a_dataset_and_each_track_once(tmp_path: Path) -> None:
    folder = write_dataset(tmp_path / "songs", {"train": 3, "test": 1})
    code, output, _ = run(str(folder), "-w", str(tmp_path), "--json")
    assert code == 0
    assert json.loads(output.splitlines()[-1])["tracks"] == 3  # row 0 stands in both splits


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["--adopt", "x=y:colour"], 2, "no facet 'colour'"),
        (["nowhere"], 1, "nowhere"),
    ],
)
def test_errors_are_one_line(workspace: Path, arguments: list[str], code: int, told: str) -> None:
    got, _, said = run("-w", str(workspace), *arguments)
    assert got == code
    assert told in said
    assert len(said.strip().splitlines()) == 1


def test_review_without_a_store_says_what_to_do(tmp_path: Path) -> None:
    code, _, said = run("-w", str(tmp_path))
    assert code == 1
    assert "emtool crawl" in said
