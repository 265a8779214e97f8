"""The pictures of a card are drawn, hold what the figures say, and show no boxes for letters."""

import warnings
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from emtool.dataset import plots
from emtool.dataset.statistics import describe
from tests.dataset.rows import row, write_dataset

TAGS = (["slow", "sad", "piano"], ["fast", "happy"], ["medium", "sad", "钢琴曲"])


@pytest.fixture(scope="module")
def statistics(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tests.dataset.rows.row", lambda number: row(number, tags=TAGS[number % 3]))
        return describe(write_dataset(tmp_path_factory.mktemp("d"), {"train": 12}) / "data")


def test_every_plot_is_a_picture(statistics: dict[str, Any], tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a letter without a glyph warns
        plots.draw(statistics, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {
        "votes.png", "lengths.png", "loudness.png", "tags.png", "mood-tempo.png",
    }  # fmt: skip
    for path in tmp_path.iterdir():
        with Image.open(path) as picture:
            assert picture.size[0] == 640
            assert len(picture.convert("RGB").getcolors(1 << 20) or []) > 5


def test_the_same_figures_give_the_same_bytes(statistics: dict[str, Any], tmp_path: Path) -> None:
    plots.draw(statistics, tmp_path / "a")
    plots.draw(statistics, tmp_path / "b")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_the_figures_behind_them(statistics: dict[str, Any]) -> None:
    assert statistics["mood_by_tempo"] == {"sad": {"medium": 4, "slow": 4}, "happy": {"fast": 4}}
    assert statistics["histograms"]["votes"] == [[1, 1], [2, 2], [4, 3], [8, 3]]
    assert sum(count for _, count in statistics["histograms"]["loudness_lufs"]) == 10
    assert statistics["histograms"]["free_form_tokens"] == [[0, 12]]


def test_nothing_is_drawn_of_nothing(statistics: dict[str, Any], tmp_path: Path) -> None:
    bare = statistics | {"tags": {}, "mood_by_tempo": {"sad": {"presto": 2}}}
    bare["histograms"] = {name: [] for name in statistics["histograms"]}
    plots.draw(bare, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_a_letter_that_no_font_has_is_spelt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plots, "_letters", lambda: frozenset(map(ord, "abc")))
    assert plots._label("abc") == "abc"
    assert plots._label("钢") == "\\u94a2"


def test_names_of_bins() -> None:
    assert [plots._doubled(edge) for edge in (0, 1, 2, 1024)] == [
        "0 or less",
        "1",
        "2 to 3",
        "1,024 to 2,047",
    ]
