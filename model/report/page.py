"""The page around the sections: one file that loads nothing from anywhere, in the light or dark of the reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from emtool.crawler.files import write_text
from emtool.model.report.parts import text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report, with a place in its table of contents."""

    id: str  # of the heading, unique on the page
    title: str
    body: str  # markup, made by ``parts``


def write_report(path: Path, title: str, sections: Sequence[Section], *, lead: str = "") -> Path:
    """Write a page; ``title`` and ``lead`` are plain text."""
    template = Template(
        resources.files("emtool.model.report").joinpath("page.html").read_text(encoding="utf-8")
    )
    contents = "".join(f'<li><a href="#{section.id}">{text(section.title)}</a></li>' for section in sections)
    body = "".join(
        f'<section aria-labelledby="{section.id}"><h2 id="{section.id}">{text(section.title)}</h2>{section.body}'
        "</section>"
        for section in sections
    )
    page = template.substitute(title=text(title), lead=text(lead), contents=contents, body=body)
    write_text(path, page)
    return path
