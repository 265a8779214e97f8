"""Pieces of an HTML page, found by CSS selectors: ``"h1"``, ``"a.next @href"``, or a mapping for the rest.

The tree is that of lxml: a crawl spends most of its time here. beautifulsoup4 finds out the encoding.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from bs4.dammit import UnicodeDammit
from cssselect import HTMLTranslator, SelectorError
from lxml import etree

from emtool.crawler.answers import Answer
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.printable import beginning
from emtool.crawler.recipe import Section

Element: TypeAlias = Any  # of lxml, which states no types

_SHORT = re.compile(r"(?P<css>.*?)(?:\s*@(?P<attribute>[\w:-]+))?")
_LINE = "\0"  # stands for <br> while white space is folded; no page can hold it
_UNSEEN = frozenset({"script", "style", "template"})  # hold no text of the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Selector:
    """Where a value stands."""

    css: str  # empty: the element itself
    attribute: str | None = None  # None: its text
    pattern: re.Pattern[str] | None = None  # the value is its first group
    value: str | None = None  # the same for every page

    def all(self, element: Element) -> list[str]:
        """Give every value below an element, empty ones left out."""
        return [value for one in self._places(element) if (value := self._read(one))]

    def first(self, element: Element) -> str | None:
        """Give the first value below an element."""
        for one in self._places(element):
            if value := self._read(one):
                return value
        return None

    def _places(self, element: Element) -> Sequence[Element]:
        return select(self.css, element) if self.css else (element,)

    def _read(self, element: Element) -> str | None:
        if self.value is not None:
            return self.value
        value: str | None = text(element) if self.attribute is None else element.get(self.attribute)
        if self.pattern is None or value is None:
            return value.strip() if value else None
        match = self.pattern.search(value)
        return match[1].strip() if match and match[1] else None


def parse_html(answer: Answer) -> Element:
    """Read a page, whatever it is, and give its root.

    Raises:
        SourceError: Not all of it can be read: its elements stand more than 2,048 deep.
    """
    charsets = [answer.charset] if answer.charset else []
    told = UnicodeDammit(answer.body, known_definite_encodings=charsets, is_html=True).unicode_markup
    parser = etree.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring((told or "").encode("utf-8", "replace"), parser=parser)
    if parser.error_log.filter_from_fatals():
        raise SourceError(f"{answer.url}: no page that can be read to its end: {beginning(answer.body)}")
    return etree.Element("html") if root is None else root


def select(css: str, element: Element) -> list[Element]:
    """Give the elements that a CSS selector finds below an element, without a look above it."""
    found: list[Element] = _compile(css)(element)
    return [one for one in found if one is not element or one.getparent() is None]


def text(element: Element) -> str:
    """Give the text as a browser shows it: white space folded, a line break where the page has one."""
    if not len(element):
        return " ".join((element.text or "").split())
    lines = "".join(_pieces(element)).split(_LINE)
    return "\n".join(" ".join(line.split()) for line in lines).strip()


def _pieces(element: Element) -> Iterator[str]:
    walk = etree.iterwalk(element, events=("start", "end"))
    for event, one in walk:
        if event == "end":
            yield (one.tail or "") if one is not element else ""
        elif one.tag == "br":
            yield _LINE
        elif one.tag in _UNSEEN and one is not element:
            walk.skip_subtree()
        else:
            yield one.text or ""


@cache
def _compile(css: str) -> Any:
    return etree.XPath(HTMLTranslator().css_to_xpath(css))


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
        select(css, etree.Element("html"))
    except (SelectorError, etree.XPathError) as error:
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
