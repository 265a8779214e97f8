import io
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.patches import Rectangle
from PIL import Image

from emtool.model import plots
from tests.model.listening.test_features import sine
from tests.model.orchestra import RATE_HZ

LINES: list[dict[str, Any]] = [
    {"step": step, "seconds": step / 2, "loss": 1 / step, "lr": 1e-3} for step in range(20, 420, 20)
] + [{"step": step, "seconds": step / 2, "heldout": {"0.5": 0.4, "mean": 2 / step}} for step in (200, 400)]
LEVELS = {f"0.{n}": {"value": n / 10, "interval": (n / 10 - 0.05, n / 10 + 0.05)} for n in range(1, 10)}

FIGURES = {
    "spectrogram": lambda: plots.spectrogram(sine(440)[None], RATE_HZ, "一段钢琴 and words"),
    "loss_curve": lambda: plots.loss_curve(LINES),
    "no losses": lambda: plots.loss_curve([]),
    "heldout_curves": lambda: plots.heldout_curves({"concat": LINES, "sum": LINES}),
    "heldout_curves over time": lambda: plots.heldout_curves({"concat": LINES}, over="seconds"),
    "losses_by_level": lambda: plots.losses_by_level({"right": LEVELS, "exchanged": LEVELS}),
    "without intervals": lambda: plots.losses_by_level({"end": {"0.5": {"value": 1.0, "interval": None}}}),
    "confusion": lambda: plots.confusion([[3, 1], [0, 0]], ["piano", "flute"], "t"),
    "votes_histogram": lambda: plots.votes_histogram([0, 1, 5, 900]),
    "no votes": lambda: plots.votes_histogram([]),
}


@pytest.mark.parametrize("fonts", ["here", "none"])
@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_written_without_a_warning(
    name: str, fonts: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if fonts == "none":
        monkeypatch.setattr(plots, "_CJK_FONTS", ())
    plots.save(FIGURES[name](), tmp_path / "a" / "figure.png")
    with Image.open(tmp_path / "a" / "figure.png") as picture:
        assert picture.width > 300
        assert len(np.unique(np.asarray(picture.convert("L")))) > 2
    plots.save(FIGURES[name](), tmp_path / "figure.svg")
    assert ElementTree.parse(tmp_path / "figure.svg").getroot().tag.endswith("svg")


def test_lines_can_be_told_apart_without_colour() -> None:
    figure = plots.heldout_curves(dict.fromkeys(("a", "b", "c", "d"), LINES))
    styles = {(line.get_linestyle(), line.get_marker()) for line in figure.axes[0].get_lines()}
    assert len(styles) == 4


def test_heldout_curves_show_the_means() -> None:
    line = plots.heldout_curves({"sum": LINES}, over="seconds").axes[0].get_lines()[0]
    assert np.asarray(line.get_xydata()).tolist() == [[100, 0.01], [200, 0.005]]
    assert line.get_label() == "sum"


def test_confusion_is_darkest_where_most_were_heard() -> None:
    image = plots.confusion([[3, 1], [0, 0]], ["piano", "flute"]).axes[0].get_images()[0]
    assert np.asarray(image.get_array()).tolist() == [[0.75, 0.25], [0, 0]]


def test_votes_are_counted_in_bins_that_double() -> None:
    axes = plots.votes_histogram([0, 1, 1, 2, 3, 4, 7, 8]).axes[0]
    assert [bar.get_height() for bar in axes.patches if isinstance(bar, Rectangle)] == [1, 2, 2, 2, 1]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2–3", "4–7", "8–15"]


def test_a_tile_shows_low_sounds_at_the_bottom() -> None:
    def brightest_row(hertz: float) -> float:
        with Image.open(io.BytesIO(plots.spectrogram_tile(sine(hertz)[None], RATE_HZ))) as tile:
            return float(np.asarray(tile.convert("L"), np.float64).mean(axis=1).argmax())

    assert brightest_row(200) > brightest_row(800) > brightest_row(3000)
    assert len(plots.spectrogram_tile(sine(200)[None], RATE_HZ)) < 20_000


def test_svg_takes_the_colour_of_the_page_and_keeps_its_names_to_itself() -> None:
    first, second = (plots.svg(plots.losses_by_level({"a": LEVELS}), name) for name in ("first", "second"))
    assert "currentColor" in first
    assert plots.INK not in first
    assert first.startswith("<svg")
    assert "mean squared error of v" in first  # text stays text
    names = [set(re.findall(r' id="([^"]+)"', text)) for text in (first, second)]
    assert names[0]
    assert not names[0] & names[1]
    used = set(re.findall(r'(?:url\(#|href="#)([^")]+)', first))
    assert used <= names[0]
