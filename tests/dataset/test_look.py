import base64
import json
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from emtool.crawler.errors import DatasetError
from emtool.dataset.inspect_command import register
from emtool.dataset.load import open_dataset
from emtool.dataset.look import look, page
from tests.dataset.rows import row, write_dataset

EVIL = "</p><script>alert(1)</script><img src=x onerror=alert(1)>\"'\x1b[31m"


class Page(HTMLParser):
    """Every tag with its attributes, and all text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def run(*arguments: str) -> Result:
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    register(app)
    return CliRunner().invoke(app, ["inspect", *arguments], catch_exceptions=False)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_dataset(tmp_path / "songs", {"train": 21, "test": 2}, shards=2)


def test_rows_stand_at_equal_distances_with_their_sound(folder: Path) -> None:
    seen = look(open_dataset(folder), rows=3)
    assert [(one.split, one.index) for one in seen.rows] == [
        ("train", 0), ("train", 7), ("train", 14), ("test", 0), ("test", 1),
    ]  # fmt: skip
    assert seen.rows[1].columns["id"] == "site:7#0"
    assert seen.rows[1].flac == row(7)["audio"]["bytes"]
    assert seen.files["train"][0] == 2
    assert dict(seen.schema)["text"] == "string"


def test_the_page_plays_what_is_stored_and_reaches_for_nothing(folder: Path) -> None:
    told = Page(page(look(open_dataset(folder), rows=2, split="train")))
    players = [attributes for tag, attributes in told.tags if tag == "audio"]
    head = "data:audio/flac;base64,"
    sounds = [str(player["src"]).removeprefix(head) for player in players]
    assert [base64.b64decode(sound) for sound in sounds] == [row(n)["audio"]["bytes"] for n in (0, 10)]
    assert all(str(player["src"]).startswith(head) for player in players)
    assert not {"script", "link", "img", "iframe"} & {tag for tag, _ in told.tags}
    assert "default-src 'none'" in str(told.tags)
    assert "text 10" in told.text
    assert "https://site.test/10" in {attributes.get("href") for tag, attributes in told.tags if tag == "a"}


def test_what_people_wrote_is_text_on_the_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def evil(number: int) -> dict[str, Any]:
        made = row(number)
        captions = [made["captions"][0] | {"text": EVIL}]
        words = dict.fromkeys(("text", "title", "artist", "source", "licence", "track"), EVIL)
        return made | words | {"captions": captions, "tags": [EVIL], "url": "javascript:alert(1)"}

    monkeypatch.setattr("tests.dataset.rows.row", evil)
    folder = write_dataset(tmp_path / "<b>songs", {"train": 1})
    told = Page(page(look(open_dataset(folder), rows=1)))
    assert not {"script", "img", "b", "a"} & {tag for tag, _ in told.tags}
    assert told.text.count("<script>alert(1)</script>") >= 6
    ran = run(str(folder))
    assert ran.exit_code == 0
    assert "\x1b" not in ran.output


def test_the_command_shows_columns_splits_and_rows(folder: Path, tmp_path: Path) -> None:
    target = tmp_path / "songs.html"
    ran = run(str(folder), "--rows", "1", "--page", str(target), "--json")
    assert ran.exit_code == 0, ran.stderr
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["splits"]["train"]["clips"] == 21
    assert [one["id"] for one in summary["rows"]] == ["site:0#0", "site:0#0"]
    assert summary["columns"]["votes"] == "int64"
    assert target.read_text(encoding="utf-8").count("<audio") == 2
    assert "Splits of songs" in ran.stderr


def test_a_split_that_is_not_there(folder: Path) -> None:
    with pytest.raises(DatasetError, match="no split 'validation'"):
        look(open_dataset(folder), rows=1, split="validation")
