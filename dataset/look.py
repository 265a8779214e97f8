"""What ``emtool inspect`` shows of a dataset: its schema, its splits, and a few rows with their sound."""

import base64
import string
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emtool.dataset.load import Dataset, Split

_TOLD = ("votes", "language", "licence", "source", "work_id", "segment_start_s", "loudness_lufs", "track")


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: every column but the sound, and that as it is stored."""

    split: str
    index: int
    columns: dict[str, Any]
    flac: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen."""

    dataset: Dataset
    schema: list[tuple[str, str]]  # names and types of the columns
    files: dict[str, tuple[int, int]]  # of each split: how many, and their bytes
    rows: list[Row]


def look(dataset: Dataset, *, rows: int, split: str | None = None) -> Look:
    """Read the schema, and rows at equal distances of one split, or of each.

    Raises:
        DatasetError: There is no such split, or its files cannot be read.
    """
    names = list(dataset.info.splits) if split is None else [split]
    opened = {name: dataset.split(name) for name in names}
    first = next(iter(opened.values()))
    return Look(
        dataset=dataset,
        schema=[(field.name, str(field.type)) for field in first.schema],
        files={
            name: (len(one.files), sum(path.stat().st_size for path in one.files))
            for name, one in opened.items()
        },
        rows=[row for name, one in opened.items() for row in _rows(name, one, rows)],
    )


def _rows(name: str, split: Split, most: int) -> Iterator[Row]:
    count = min(most, len(split))
    for number in range(count):
        index = number * len(split) // count
        columns = split.row(index)
        flac = columns.pop("audio")["bytes"] or b""
        yield Row(split=name, index=index, columns=columns, flac=flac)


def page(seen: Look) -> str:
    """Give one HTML file that holds everything that it needs, the sounds too; it reaches for nothing."""
    info = seen.dataset.info
    template = string.Template((files("emtool.dataset") / "look.html").read_text(encoding="utf-8"))
    splits = ", ".join(f"{name} {count:,}" for name, count in info.splits.items())
    sound = (
        f"{info.samples / info.sample_rate_hz:g} s, {info.sample_rate_hz:,} Hz, {_channels(info.channels)}"
    )
    return template.substitute(
        name=escape(info.name),
        facts=escape(f"{splits} clips of {sound}; text: {info.format}; schema {info.schema}"),
        rows="\n".join(map(_article, seen.rows)),
        columns="".join(
            f"<tr><th scope=row>{escape(name)}</th><td>{escape(kind)}</td></tr>" for name, kind in seen.schema
        ),
    )


def _channels(count: int) -> str:
    return "mono" if count == 1 else "stereo"


def _article(row: Row) -> str:
    columns = row.columns
    title = escape(str(columns.get("title") or columns["id"]))
    artist = f" <span>{escape(columns['artist'])}</span>" if columns.get("artist") else ""
    sound = base64.b64encode(row.flac).decode()
    label = escape(f"{columns.get('title') or columns['id']}, {row.split} {row.index}")
    tags = "".join(f"<li>{escape(tag)}</li>" for tag in columns.get("tags") or ())
    captions = "".join(
        f"<li>{escape(one['text'])} <small>{one['weight']:.0%}</small></li>"
        for one in columns.get("captions") or ()
    )
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(str(columns[name]))}</dd></div>"
        for name in _TOLD
        if columns.get(name) is not None
    )
    return f"""<article>
<h2>{_link(str(columns.get("url") or ""), title)}{artist}</h2>
<audio controls preload=none aria-label="{label}" src="data:audio/flac;base64,{sound}"></audio>
<p class=text>{escape(str(columns["text"]))}</p>
<ul class=tags>{tags}</ul>
<details><summary>Captions and their weights</summary><ol>{captions}</ol></details>
<dl><div><dt>row</dt><dd>{escape(row.split)} {row.index}</dd></div>{facts}</dl>
</article>"""


def _link(address: str, shown: str) -> str:
    """Link to a web page and to nothing else, such as ``javascript:``."""
    if urlsplit(address).scheme not in ("http", "https"):
        return shown
    return f'<a href="{escape(address)}" rel="noreferrer noopener">{shown}</a>'


def write_page(seen: Look, path: Path) -> None:
    """Write the page.

    Raises:
        OSError: It cannot be written.
    """
    from emtool.crawler.files import write_text

    write_text(path, page(seen))
