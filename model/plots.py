"""Pictures of sound and of training; lines differ in dash and marker too, so that grey prints can be read.

A function builds a matplotlib ``Figure``; ``save`` writes it as PNG or SVG, ``svg`` puts it into a page.
"""

import io
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.files import atomic_path
from emtool.model.listening.features import log_mel, mel_edges_hz
from emtool.model.listening.sounds import Waveform

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK = "#1f2933"  # text and axes; a page may replace it by its own text colour

# Colours of Okabe & Ito (2008), which colour-blind people tell apart.
_LINES: tuple[dict[str, Any], ...] = (
    {"color": "#0072B2", "linestyle": "-", "marker": "o"},
    {"color": "#D55E00", "linestyle": "--", "marker": "s"},
    {"color": "#009E73", "linestyle": "-.", "marker": "^"},
    {"color": "#CC79A7", "linestyle": ":", "marker": "D"},
)
_CJK_FONTS = ("Noto Sans CJK SC", "Noto Sans CJK JP", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei")
_PICTURE_BANDS = 96
_RANGE_DB = 70
_SPECTRUM_HOP_S = 0.010


def spectrogram(samples: Waveform, sample_rate_hz: int, title: str = "") -> "Figure":
    """Mel spectrogram of samples [C, T] with its axes in seconds and kilohertz."""
    with _style():
        figure, axes = _figure(6.4, 2.6)
        image = axes.imshow(
            _decibels(samples, sample_rate_hz).T,
            origin="lower",
            aspect="auto",
            cmap="magma",
            vmin=-_RANGE_DB,
            vmax=0,
            extent=(0, samples.shape[-1] / sample_rate_hz, 0, _PICTURE_BANDS),
        )
        middles = mel_edges_hz(sample_rate_hz, _PICTURE_BANDS)[1:-1]
        marks = [hertz for hertz in (125, 250, 500, 1000, 2000, 4000, 8000) if hertz <= middles[-1]]
        axes.set_yticks(
            np.interp(marks, middles, np.arange(len(middles)) + 0.5), [f"{h / 1000:g}" for h in marks]
        )
        axes.set(xlabel="seconds", ylabel="kHz", title=title)
        figure.colorbar(image, ax=axes, label="dB below the loudest")
        return figure


def spectrogram_tile(samples: Waveform, sample_rate_hz: int) -> bytes:
    """Mel spectrogram of samples [C, T] without axes, as a small PNG of 256 colours."""
    from matplotlib import colormaps
    from PIL import Image

    shades = 255 * (1 + _decibels(samples, sample_rate_hz).T[::-1] / _RANGE_DB)
    picture = Image.fromarray(shades.round().astype(np.uint8), mode="P")
    picture.putpalette((colormaps["magma"](np.arange(256))[:, :3] * 255).round().astype(np.uint8).tobytes())
    buffer = io.BytesIO()
    picture.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()


def loss_curve(lines: Sequence[Mapping[str, Any]]) -> "Figure":
    """Training loss and held-out loss over the steps, from the lines of a run's metrics.jsonl."""
    losses = [(line["step"], line["loss"]) for line in lines if "loss" in line]
    heldout = [(line["step"], line["heldout"]["mean"]) for line in lines if "heldout" in line]
    with _style():
        figure, axes = _figure(6.4, 3.4)
        if losses:
            steps, values = zip(*losses, strict=True)
            axes.plot(steps, values, color=_LINES[0]["color"], alpha=0.35, linewidth=0.8)
            axes.plot(steps, _smooth(values), label="training", color=_LINES[0]["color"])
        if heldout:
            steps, values = zip(*heldout, strict=True)
            axes.plot(steps, values, label="held-out, averaged weights", **_LINES[1])
        _finish(axes, "step", "mean squared error of v")
        return figure


def heldout_curves(runs: Mapping[str, Sequence[Mapping[str, Any]]], *, over: str = "step") -> "Figure":
    """Held-out loss of several runs over ``step`` or ``seconds`` of training (the paper's Fig. 3)."""
    with _style():
        figure, axes = _figure(6.4, 3.4)
        for (name, lines), line_style in zip(runs.items(), _cycle(len(runs)), strict=True):
            points = [(line[over], line["heldout"]["mean"]) for line in lines if "heldout" in line]
            axes.plot([x for x, _ in points], [y for _, y in points], label=name, **line_style)
        _finish(axes, "step" if over == "step" else "seconds of training", "held-out mean squared error of v")
        return figure


def losses_by_level(curves: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> "Figure":
    """Held-out loss by noise level, with intervals: name to level to ``value`` and ``interval``."""
    with _style():
        figure, axes = _figure(6.4, 3.4)
        for (name, levels), line_style in zip(curves.items(), _cycle(len(curves)), strict=True):
            times = [float(level) for level in levels]
            axes.plot(times, [point["value"] for point in levels.values()], label=name, **line_style)
            low, high = np.array([point["interval"] or (np.nan, np.nan) for point in levels.values()]).T
            axes.fill_between(times, low, high, color=line_style["color"], alpha=0.15, linewidth=0)
        _finish(axes, "noise level t (0 clean, 1 noise)", "mean squared error of v")
        return figure


def confusion(matrix: Sequence[Sequence[int]], words: Sequence[str], title: str = "") -> "Figure":
    """How often each word that was asked for (rows) was heard as each (columns)."""
    counts = np.array(matrix, np.float64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    with _style():
        side = 1.8 + 0.45 * len(words)
        figure, axes = _figure(side + 0.4, side)
        axes.imshow(shares, cmap="Greys", vmin=0, vmax=1)
        axes.set_xticks(range(len(words)), words, rotation=45, ha="right", rotation_mode="anchor")
        axes.set_yticks(range(len(words)), words)
        for (row, column), count in np.ndenumerate(counts):
            if count:
                shade = "white" if shares[row, column] > 0.5 else "black"
                axes.text(column, row, f"{count:.0f}", ha="center", va="center", color=shade)
        axes.set(xlabel="heard", ylabel="asked for", title=title)
        return figure


def votes_histogram(votes: Sequence[int]) -> "Figure":
    """How many comments have how many votes, in bins that double."""
    highest = max(votes, default=1)
    edges = [0.0, 1.0, *(2.0**power for power in range(1, max(int(highest), 1).bit_length() + 1))]
    counts, _ = np.histogram(votes, edges)
    names = [
        "0",
        "1",
        *(f"{low:.0f}–{high - 1:.0f}" for low, high in pairwise(edges[2:])),
    ]
    with _style():
        figure, axes = _figure(6.4, 3.0)
        axes.bar(range(len(counts)), counts, color=_LINES[0]["color"], width=0.85)
        axes.set_xticks(range(len(counts)), names, rotation=45, ha="right", rotation_mode="anchor")
        axes.set(xlabel="votes", ylabel="comments")
        return figure


def save(figure: "Figure", path: Path) -> None:
    """Write a figure as PNG or SVG, by the ending of the path."""
    with atomic_path(path) as part, _style():
        figure.savefig(part, format=path.suffix.removeprefix("."), dpi=120)


def svg(figure: "Figure", name: str) -> str:
    """Give a figure as an ``<svg>`` element whose text and axes have the page's text colour.

    Args:
        figure: The figure.
        name: Unique on the page: references inside of the picture are made from it.
    """
    buffer = io.StringIO()
    with _style({"svg.hashsalt": name, "svg.fonttype": "none", "savefig.transparent": True}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    text = re.sub(r"<metadata>.*?</metadata>", "", text[text.index("<svg") :], flags=re.DOTALL)
    text = re.sub(r' id="(?!(?:[mp][0-9a-f]{10})\b)[^"]*"', "", text)
    return text.replace(INK, "currentColor")


@contextmanager
def _style(more: Mapping[str, Any] | None = None) -> Iterator[None]:
    import matplotlib as mpl
    from matplotlib import font_manager

    there = set(font_manager.fontManager.get_font_names())
    settings: dict[str, Any] = {
        "font.family": ["DejaVu Sans", *(name for name in _CJK_FONTS if name in there)],
        "font.size": 9,
        "lines.markersize": 4,
        "lines.linewidth": 1.5,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.titlesize": 10,
        "legend.frameon": False,
    }
    settings |= dict.fromkeys(
        ("text.color", "axes.edgecolor", "axes.labelcolor", "xtick.color", "ytick.color"), INK
    )
    with mpl.rc_context(settings | dict(more or {})), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", r"Glyph \d+ .* missing from font", UserWarning
        )  # boxes, where no font has it
        yield


def _figure(width_in: float, height_in: float) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width_in, height_in), layout="constrained")
    return figure, figure.subplots()


def _finish(axes: "Axes", x: str, y: str) -> None:
    axes.set(xlabel=x, ylabel=y)
    axes.grid(alpha=0.25, linewidth=0.6)
    if axes.get_legend_handles_labels()[0]:
        axes.legend()


def _cycle(count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield dict(_LINES[number % len(_LINES)])


def _smooth(values: Sequence[float]) -> NDArray[np.float64]:
    """Mean over a window of a twentieth of the curve, shorter at its ends."""
    width = max(1, len(values) // 20)
    window = np.ones(2 * width + 1)
    smooth: NDArray[np.float64] = np.convolve(values, window, "same") / np.convolve(
        np.ones(len(values)), window, "same"
    )
    return smooth[: len(values)]


def _decibels(samples: Waveform, sample_rate_hz: int) -> NDArray[np.float32]:
    """Mel spectrogram [F, B] in dB below its loudest point, cut off at the range that is drawn."""
    bands = log_mel(samples.mean(axis=0), sample_rate_hz, hop_s=_SPECTRUM_HOP_S, bands=_PICTURE_BANDS)
    decibels: NDArray[np.float32] = np.clip(bands - bands.max(), -_RANGE_DB, 0)
    return decibels
