"""Recipes: sites described by data. Finds them, reads them, and refuses what they should not hold."""

from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any, Self, TypeVar

import yaml

from emtool.crawler.errors import UsageError
from emtool.crawler.records import VoteKind

Read = TypeVar("Read")

_SHIPPED = Path(__file__).parent / "recipes"


def shipped() -> tuple[str, ...]:
    """Names of the recipes that come with emtool, sorted."""
    return tuple(sorted(path.stem for path in _SHIPPED.glob("*.yaml")))


def path_of(name: str) -> Path:
    """Where a shipped recipe is."""
    return _SHIPPED / f"{name}.yaml"


class Section:
    """A mapping of a recipe, with its place for the error message. Reading a key checks its type."""

    def __init__(self, place: str, content: object) -> None:
        if not isinstance(content, Mapping) or not all(isinstance(key, str) for key in content):
            raise UsageError(f"recipe {place}: a mapping of names is due here, not {content!r}")
        self.place = place
        self._content: Mapping[str, Any] = content

    def check_keys(self, *, required: Collection[str], optional: Collection[str] = ()) -> None:
        """Refuse unknown keys and missing ones; a misspelt key would otherwise change nothing in silence."""
        due = f"it takes {', '.join(sorted({*required, *optional}))}"
        if unknown := sorted(set(self._content) - {*required, *optional}):
            raise UsageError(f"recipe {self.place}: no key {unknown[0]!r} is known ({due})")
        if missing := sorted(set(required) - set(self._content)):
            raise UsageError(f"recipe {self.place}: the key {missing[0]!r} is missing ({due})")

    def __contains__(self, key: str) -> bool:
        return key in self._content

    def names(self) -> tuple[str, ...]:
        """Give the keys, in the order of the file."""
        return tuple(self._content)

    def is_text(self, key: str) -> bool:
        """Tell whether a key holds a text, and not a mapping."""
        return isinstance(self._content[key], str)

    def value(self, key: str) -> object:
        """Read whatever stands there."""
        return self._content[key]

    def section(self, key: str) -> Self:
        """Read a mapping inside of this one."""
        return type(self)(f"{self.place}, {key}", self._content[key])

    def text(self, key: str) -> str:
        """Read a text."""
        value = self._content[key]
        if not isinstance(value, str):
            raise UsageError(f"recipe {self.place}: {key} is a text, not {value!r}")
        return value

    def optional_text(self, key: str) -> str | None:
        """Read a text, None if the key is not there."""
        return self.text(key) if key in self else None

    def optional_number(self, key: str) -> float | None:
        """Read a number of at least 0, None if the key is not there."""
        if key not in self:
            return None
        value = self._content[key]
        if isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
            raise UsageError(f"recipe {self.place}: {key} is a number of at least 0, not {value!r}")
        return float(value)


def read(path: Path) -> Section:
    """Read a recipe.

    Raises:
        UsageError: The file cannot be read, or is no YAML mapping.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"recipe {path}: {error.strerror}") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"recipe {path}: no YAML: {' '.join(str(error).split())}") from None
    return Section(str(path), content)


def read_vote_kind(recipe: Section) -> VoteKind:
    """Read what a vote is on a site; raises UsageError if there is no such kind."""
    kind = recipe.text("vote_kind")
    if kind not in set(VoteKind):
        raise UsageError(f"recipe {recipe.place}: vote_kind {kind!r} is none of {', '.join(VoteKind)}")
    return VoteKind(kind)


def read_search(recipe: Section) -> str | None:
    """Read the address of a search, None if the recipe has none; raises UsageError if it takes no query."""
    search = recipe.optional_text("search")
    if search is not None and "{query}" not in search:
        raise UsageError(f"recipe {recipe.place}: search {search!r} has no {{query}} in it")
    return search


def read_fields(
    section: Section,
    read: Callable[[Section, str], Read],
    *,
    required: Collection[str],
    optional: Collection[str],
) -> Mapping[str, Read]:
    """Read the ``fields`` of a section, each by its name; raises UsageError if one is unknown or missing."""
    fields = section.section("fields")
    fields.check_keys(required=required, optional=optional)
    return {name: read(fields, name) for name in sorted({*required, *optional}) if name in fields}
