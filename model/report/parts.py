"""Pieces of HTML. Whatever comes from outside is escaped here; the functions return markup that is safe to join."""

import base64
import re
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from urllib.parse import urlsplit

import soundfile

from emtool.model import plots
from emtool.model.listening.sounds import Waveform, encode

_HAN = re.compile(r"[\u3400-\u9fff]")
_LOCAL = re.compile(r"^$|^127\.|^\[?::1|(^|\.)(localhost|invalid|test)$")
_OPUS_RATES_HZ = (8000, 12000, 16000, 24000, 48000)


def text(value: object) -> str:
    """Escape a value; text with Chinese characters is marked as Chinese, so that its font fits."""
    escaped = escape(str(value))
    return f'<span lang="zh">{escaped}</span>' if _HAN.search(escaped) else escaped


def paragraph(value: str, kind: str = "") -> str:
    """Give one paragraph of plain text, with a CSS class if one is named."""
    return f'<p class="{kind}">{text(value)}</p>' if kind else f"<p>{text(value)}</p>"


def link(address: str, name: str) -> str:
    """Give a link to a web page, or the name alone where the address is none that others can open."""
    parsed = urlsplit(address)
    if parsed.scheme not in {"http", "https"} or _LOCAL.search(parsed.hostname or ""):
        return text(name)
    return f'<a href="{escape(address)}" rel="noreferrer">{text(name)}</a>'


def facts(pairs: Mapping[str, object]) -> str:
    """Give a list of short figures with their names, nothing where there are none."""
    if not pairs:
        return ""
    items = "".join(
        f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd></div>" for name, value in pairs.items()
    )
    return f'<dl class="facts">{items}</dl>'


def table(caption: str, header: Sequence[str], rows: Iterable[Sequence[str]], kind: str = "") -> str:
    """Give a table whose cells are markup already; the first cell of a row names it."""
    head = "".join(f'<th scope="col">{text(name)}</th>' for name in header)
    body = "".join(
        f'<tr><th scope="row">{row[0]}</th>{"".join(f"<td>{cell}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    return (
        f'<div class="scroll"><table class="{kind}"><caption>{text(caption)}</caption>'
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def bar(share: float, label: str) -> str:
    """Give a horizontal bar of ``share`` (0 to 1) of the room, with its label beside it."""
    width = 100 * min(max(share, 0.0), 1.0)
    return (
        f'<span class="bar"><span style="width:{width:.2f}%" aria-hidden="true"></span></span>'
        f'<span class="figure">{text(label)}</span>'
    )


def player(samples: Waveform, sample_rate_hz: int, label: str) -> str:
    """Give an audio player that holds samples [C, T] itself."""
    kind, data = _sound(samples, sample_rate_hz)
    return (
        f'<audio controls preload="metadata" aria-label="{escape(label)}" src="{_uri(kind, data)}"></audio>'
    )


def picture(samples: Waveform, sample_rate_hz: int, label: str) -> str:
    """Give the spectrogram of samples [C, T] as an image with a text that says what it shows."""
    seconds = samples.shape[-1] / sample_rate_hz
    image = _uri("image/png", plots.spectrogram_tile(samples, sample_rate_hz))
    return f'<img class="tile" alt="Mel spectrogram, {seconds:.1f} s: {escape(label)}" src="{image}">'


def drawing(svg: str, caption: str) -> str:
    """Give a figure around an ``<svg>`` element, described by its caption."""
    svg = svg.replace("<svg", f'<svg role="img" aria-label="{escape(caption)}"', 1)
    return f"<figure>{svg}<figcaption>{text(caption)}</figcaption></figure>"


def figures(*drawings: str) -> str:
    """Give drawings side by side where there is room."""
    return f'<div class="figures">{"".join(drawings)}</div>'


def card(*parts: str) -> str:
    """Give a box of its own."""
    return f'<article class="card">{"".join(parts)}</article>'


def cards(items: Iterable[str]) -> str:
    """Give boxes side by side, as many as fit."""
    return f'<div class="cards">{"".join(items)}</div>'


def details(summary: str, body: str) -> str:
    """Give something that opens when its summary is clicked."""
    return f"<details><summary>{text(summary)}</summary>{body}</details>"


def _uri(kind: str, data: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def _sound(samples: Waveform, sample_rate_hz: int) -> tuple[str, bytes]:
    """Opus where this machine can write it and the rate is one of its own, else FLAC, which is larger."""
    if sample_rate_hz in _OPUS_RATES_HZ and "OPUS" in soundfile.available_subtypes("OGG"):
        return "audio/ogg", encode(samples, sample_rate_hz, kind="OGG", subtype="OPUS")
    return "audio/flac", encode(samples, sample_rate_hz)
