"""Pieces of an HTML page, found by CSS selectors: ``"h1"``, ``"a.next @href"``, or a mapping for the rest."""

import re
import warnings
from dataclasses import dataclass

import soupsieve
from bs4 import BeautifulSoup, Tag

from emtool.crawler.errors import UsageError
from emtool.crawler.recipe import Section

_SHORT = re.compile(r"(?P<css>.*?)(?:\s*@(?P<attribute>[\w:-]+))?")
_LINE = "\0"  # stands for <br> while white space is folded; no page can hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Where a value stands."""

    css: str  # empty: the element itself
    attribute: str | None = None  # None: its text
    pattern: re.Pattern[str] | None = None  # the value is its first group
    value: str | None = None  # the same for every page

    def all(self, element: Tag) -> list[str]:
        """Give every value below an element, empty ones left out."""
        if self.value is not None:
            return [self.value]
        found = element.select(self.css) if self.css else [element]
        return [value for value in map(self._read, found) if value]

    def first(self, element: Tag) -> str | None:
        """Give the first value below an element."""
        return next(iter(self.all(element)), None)

    def _read(self, element: Tag) -> str | None:
        value: str | None = text(element)
        if self.attribute is not None:
            stated = element.get(self.attribute)
            value = " ".join(stated) if isinstance(stated, list) else stated
        if self.pattern is None or value is None:
            return value.strip() if value else None
        match = self.pattern.search(value)
        return match[1].strip() if match and match[1] else None


def parse_html(body: bytes, charset: str | None) -> BeautifulSoup:
    """Read a page, whatever it is."""
    with warnings.catch_warnings(action="ignore"):  # about XML or plain text: nothing will be found on it
        return BeautifulSoup(body, "html.parser", from_encoding=charset)


def text(element: Tag) -> str:
    """Give the text as a browser shows it: white space folded, a line break where the page has one."""
    for line_break in element.find_all("br"):
        line_break.replace_with(_LINE)
    lines = element.get_text().split(_LINE)
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def read_selector(section: Section, key: str) -> Selector:
    """Read a selector from a recipe.

    ``"css"`` takes the text of the first match, ``"css @attribute"`` an attribute, ``"@attribute"`` one of
    the element itself. A mapping has ``select`` (one of these) and ``pattern`` (a regular expression whose
    first group is the value), or ``value`` (the same for every page).

    Raises:
        UsageError: It is none of these.
    """
    if section.is_text(key):
        return _short(section, key)
    rule = section.section(key)
    if "value" in rule:
        rule.check_keys(required={"value"})
        return Selector(css="", value=rule.text("value"))
    rule.check_keys(required={"select", "pattern"})
    plain = _short(rule, "select")
    try:
        pattern = re.compile(rule.text("pattern"))
    except re.error as error:
        raise UsageError(f"recipe {rule.place}: pattern is no regular expression: {error}") from None
    if pattern.groups < 1:
        raise UsageError(
            f"recipe {rule.place}: pattern {pattern.pattern!r} needs a group in brackets for the value"
        )
    return Selector(css=plain.css, attribute=plain.attribute, pattern=pattern)


def read_css(section: Section, key: str) -> str:
    """Read a plain CSS selector from a recipe."""
    css = section.text(key)
    try:
        soupsieve.compile(css)
    except soupsieve.SelectorSyntaxError as error:
        told = str(error).splitlines()[0]
        raise UsageError(f"recipe {section.place}: {key} {css!r} is no CSS selector: {told}") from None
    return css


def _short(section: Section, key: str) -> Selector:
    parts = _SHORT.fullmatch(section.text(key).strip())
    assert parts is not None, "the pattern takes any line"
    css, attribute = parts["css"], parts["attribute"]
    if css:
        read_css(Section(section.place, {key: css}), key)
    elif attribute is None:
        raise UsageError(f"recipe {section.place}: {key} is empty; give a CSS selector")
    return Selector(css=css, attribute=attribute)
