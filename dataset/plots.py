"""The pictures of a card, drawn from ``statistics.json`` alone."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtool.crawler.files import atomic_path
from emtool.dataset.statistics import TOKENS_PER_BIN

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FOLDER = "plots"
_BARS = 20
_MOODS = 12
_TEMPI = ("slow", "medium", "fast")
_COLOUR = "#0072B2"  # of Okabe & Ito (2008), which colour-blind people tell apart
_CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei")


@dataclass(frozen=True, slots=True)
class _Plot:
    """Figures, how they are drawn, and how high."""

    values: Any
    onto: Callable[["Axes", Any], None]
    height_in: float = 3.0


def drawable(statistics: Mapping[str, Any]) -> dict[str, _Plot]:
    """Give the plots that there are figures of, by name."""
    histograms = statistics["histograms"]
    plots = {
        "votes": _Plot(histograms["votes"], _votes),
        "lengths": _Plot(histograms["free_form_tokens"], _lengths),
        "loudness": _Plot(histograms["loudness_lufs"], _loudness),
        "tags": _Plot(statistics["tags"], _tags, 4.2),
        "mood-tempo": _Plot(_moods(statistics["mood_by_tempo"]), _mood_by_tempo, 4.2),
    }
    return {name: plot for name, plot in plots.items() if plot.values}


def draw(statistics: Mapping[str, Any], folder: Path) -> None:
    """Write a PNG for each."""
    for name, plot in drawable(statistics).items():
        _write(folder / f"{name}.png", plot)


def _votes(axes: "Axes", bins: Sequence[Sequence[int]]) -> None:
    names = [_doubled(edge) for edge, _ in bins]
    axes.bar(range(len(bins)), [count for _, count in bins], color=_COLOUR, width=0.85)
    axes.set_xticks(range(len(bins)), names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set(xlabel="votes of the best comment", ylabel="clips")


def _doubled(edge: int) -> str:
    return "0 or less" if edge < 1 else "1" if edge == 1 else f"{edge:,} to {2 * edge - 1:,}"


def _lengths(axes: "Axes", bins: Sequence[Sequence[int]]) -> None:
    _histogram(axes, bins, TOKENS_PER_BIN)
    axes.set(xlabel="words and Chinese characters of the free-form text", ylabel="clips")


def _loudness(axes: "Axes", bins: Sequence[Sequence[int]]) -> None:
    _histogram(axes, bins, 1)
    axes.set(xlabel="loudness as fetched, LUFS", ylabel="clips")


def _histogram(axes: "Axes", bins: Sequence[Sequence[int]], width: int) -> None:
    edges, counts = zip(*bins, strict=True)
    axes.bar(edges, counts, width=0.9 * width, align="edge", color=_COLOUR)


def _tags(axes: "Axes", counts: Mapping[str, int]) -> None:
    shown = list(counts.items())[:_BARS][::-1]
    axes.barh(range(len(shown)), [count for _, count in shown], color=_COLOUR)
    axes.set_yticks(range(len(shown)), [_label(tag) for tag, _ in shown])
    axes.set(xlabel="clips")


def _moods(moods: Mapping[str, Mapping[str, int]]) -> dict[str, list[int]]:
    counted = {mood: [tempi.get(tempo, 0) for tempo in _TEMPI] for mood, tempi in moods.items()}
    return dict([(mood, counts) for mood, counts in counted.items() if any(counts)][:_MOODS])


def _mood_by_tempo(axes: "Axes", moods: Mapping[str, Sequence[int]]) -> None:
    most = max(max(counts) for counts in moods.values())
    axes.imshow(list(moods.values()), cmap="Blues", aspect="auto", vmin=0, vmax=most)
    for line, counts in enumerate(moods.values()):
        for column, count in enumerate(counts):
            shade = "white" if count > most / 2 else "black"
            axes.text(column, line, f"{count}", ha="center", va="center", color=shade)
    axes.set_xticks(range(len(_TEMPI)), _TEMPI)
    axes.set_yticks(range(len(moods)), [_label(mood) for mood in moods])
    axes.set(xlabel="tempo")


def _write(path: Path, plot: _Plot) -> None:
    from matplotlib.figure import Figure

    with _style(), atomic_path(path) as part:
        figure = Figure(figsize=(6.4, plot.height_in), layout="tight")
        plot.onto(figure.subplots(), plot.values)
        figure.savefig(part, format="png", dpi=100, metadata={"Software": None})


def _label(text: str) -> str:
    """Show a tag by its own letters, or by its code points where no font on this machine has them."""
    return text if all(ord(letter) in _letters() for letter in text) else ascii(text)[1:-1]


@cache
def _fonts() -> tuple[str, ...]:
    from matplotlib import font_manager

    there = set(font_manager.fontManager.get_font_names())
    return ("DejaVu Sans", *(name for name in _CJK_FONTS if name in there))


@cache
def _letters() -> frozenset[int]:
    from matplotlib import font_manager

    files = (font_manager.findfont(name) for name in _fonts())
    return frozenset().union(*(font_manager.get_font(file).get_charmap() for file in files))


@contextmanager
def _style() -> Iterator[None]:
    import matplotlib as mpl

    settings = {
        "font.family": list(_fonts()),
        "font.size": 9,
        "axes.spines.top": False,
        "axes.spines.right": False,
    }
    with mpl.rc_context(settings):
        yield
