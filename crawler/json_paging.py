"""Where a list of a JSON interface goes on: by an address, a page number, an offset, or a cursor."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from emtool.crawler.errors import UsageError
from emtool.crawler.json_paths import Path, read_optional_path, read_path
from emtool.crawler.json_values import first_text
from emtool.crawler.quantities import count
from emtool.crawler.recipe import Section

_FORMS = frozenset({"next", "page", "offset", "cursor"})


class Paging(Protocol):
    """How a list goes on."""

    def following(self, url: str, answer: Any, items: int) -> str | None:
        """Give the address after ``url``, whose answer had so many items; None at the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoPaging:
    """All comes in one answer."""

    def following(self, url: str, answer: Any, items: int) -> str | None:  # noqa: ARG002 - the protocol's
        """End."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class NextAddress:
    """An answer tells the address of the next one."""

    path: Path

    def following(self, url: str, answer: Any, items: int) -> str | None:  # noqa: ARG002 - the protocol's
        """Give the address that the answer tells."""
        told = self.path.find(answer)
        return urljoin(url, told) if isinstance(told, str) and told else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """An answer tells a mark, which is sent back as a parameter."""

    parameter: str
    path: Path

    def following(self, url: str, answer: Any, items: int) -> str | None:  # noqa: ARG002 - the protocol's
        """Give the same address with the mark that the answer tells."""
        mark = first_text(self.path.find(answer))
        return with_parameter(url, self.parameter, mark) if mark else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Pages have numbers, or items have places; an empty page, or a short one, is the last."""

    parameter: str
    by_items: bool  # an offset; otherwise a page number
    size: int | None  # items of a full page; None: the site may give fewer than asked for
    last: Path | None  # true on the last page

    def following(self, url: str, answer: Any, items: int) -> str | None:
        """Give the same address with the next number."""
        if items == 0 or (self.size is not None and items < self.size):
            return None
        if self.last is not None and self.last.holds(answer):
            return None
        now = count(dict(_parameters(url)).get(self.parameter))
        if self.by_items:
            return with_parameter(url, self.parameter, str((now or 0) + items))
        return with_parameter(url, self.parameter, str((1 if now is None else now) + 1))


def read_paging(section: Section) -> Paging:
    """Read the paging of a list from a recipe.

    Raises:
        UsageError: It is none of the four forms, or more than one.
    """
    if "paging" not in section:
        return NoPaging()
    rule = section.section("paging")
    forms = sorted(form for form in _FORMS if form in rule)
    if len(forms) != 1:
        raise UsageError(f"recipe {rule.place}: one of {', '.join(sorted(_FORMS))} is due here")
    (form,) = forms
    if form == "next":
        rule.check_keys(required={"next"})
        return NextAddress(path=read_path(rule, "next"))
    if form == "cursor":
        rule.check_keys(required={"cursor", "select"})
        return Cursor(parameter=rule.text("cursor"), path=read_path(rule, "select"))
    rule.check_keys(required={form}, optional={"size", "last"})
    size = rule.optional_number("size")
    return Counted(
        parameter=rule.text(form),
        by_items=form == "offset",
        size=None if size is None else int(size),
        last=read_optional_path(rule, "last"),
    )


def with_parameter(url: str, name: str, value: str) -> str:
    """Set one parameter of an address; the others stay where they are."""
    parts = urlsplit(url)
    kept: Collection[tuple[str, str]] = [pair for pair in _parameters(url) if pair[0] != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, value)])))


def _parameters(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query, keep_blank_values=True)
