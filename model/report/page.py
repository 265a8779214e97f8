"""The page around the sections: one file that loads nothing from anywhere, in the light or dark of the reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from emtool.crawler.files import write_text
from emtool.model.report.parts import facts, text


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """One part of a report, with a place in its table of contents."""

    id: str  # of the heading, unique on the page
    label: str  # a word or two for the table of contents
    title: str
    body: str  # markup, made by ``parts``


def write_report(
    path: Path,
    title: str,
    sections: Sequence[Section],
    *,
    lead: str = "",
    figures: Mapping[str, object] | None = None,
) -> Path:
    """Write a page: its title and one sentence below it as plain text, a few figures, the sections."""
    template = Template(resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8"))
    contents = "".join(f'<li><a href="#{section.id}">{text(section.label)}</a></li>' for section in sections)
    body = "".join(
        f'<section aria-labelledby="{section.id}"><h2 id="{section.id}">{text(section.title)}</h2>{section.body}'
        "</section>"
        for section in sections
    )
    page = template.substitute(
        title=text(title), lead=text(lead), figures=facts(figures or {}), contents=contents, body=body
    )
    write_text(path, page)
    return path
