"""Pieces of a JSON answer, found by JMESPath: ``"results[].name"``, or a mapping for the rest."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import jmespath
from jmespath.exceptions import JMESPathError

from emtool.crawler.errors import UsageError
from emtool.crawler.json_values import first_text
from emtool.crawler.recipe import Section

_KEPT = "/:@"  # of a value that becomes part of an address


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A JMESPath expression."""

    expression: str

    def find(self, value: Any) -> Any:
        """Give what stands there; None if nothing does, or if a function meets a type that it does not take."""
        try:
            return jmespath.search(self.expression, value)  # compiled once, jmespath keeps it
        except (JMESPathError, TypeError, ValueError, AttributeError, OverflowError):
            return None

    def holds(self, value: Any) -> bool:
        """Tell whether the expression is true, as JMESPath sees it: 0 is, an empty list is not."""
        found = self.find(value)
        return found is not None and found is not False and found not in ("", [], {})


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Where a value stands."""

    path: Path | None
    address: str | None = None  # the value is put, quoted, in the place of its {}
    value: str | None = None  # the same for every item

    def find(self, item: Any) -> Any:
        """Give the value, None if there is none."""
        if self.path is None:
            return self.value
        found = self.path.find(item)
        if self.address is None:
            return found
        part = first_text(found)
        return self.address.replace("{}", quote(part, safe=_KEPT)) if part else None


def read_path(section: Section, key: str) -> Path:
    """Read a JMESPath expression from a recipe; raises UsageError if it is none."""
    expression = section.text(key)
    try:
        jmespath.compile(expression)
    except (JMESPathError, ValueError) as error:
        told = str(error).splitlines()[0].rstrip(":")
        raise UsageError(f"recipe {section.place}: {key} {expression!r} is no JMESPath: {told}") from None
    return Path(expression=expression)


def read_optional_path(section: Section, key: str) -> Path | None:
    """Read a JMESPath expression, None if the key is not there."""
    return read_path(section, key) if key in section else None


def read_field(section: Section, key: str) -> Field:
    """Read a field from a recipe.

    ``"path"`` takes what stands there. A mapping has ``select`` (a path) and ``address`` (an address with {}
    for the value), or ``value`` (the same for every item).

    Raises:
        UsageError: It is none of these.
    """
    if section.is_text(key):
        return Field(path=read_path(section, key))
    rule = section.section(key)
    if "value" in rule:
        rule.check_keys(required={"value"})
        return Field(path=None, value=rule.text("value"))
    rule.check_keys(required={"select", "address"})
    address = rule.text("address")
    if "{}" not in address:
        raise UsageError(f"recipe {rule.place}: address {address!r} has no {{}} for the value in it")
    return Field(path=read_path(rule, "select"), address=address)
