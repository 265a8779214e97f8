"""The sources that there are, as a person sees them before a crawl."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emtool.crawler import recipe, registry
from emtool.crawler.about import About
from emtool.crawler.errors import UsageError
from emtool.crawler.recipe import Section
from emtool.crawler.source import find, known

_PLUG_INS = "emtool.crawler.sources"
_UNTOLD = "a source of emtool"


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A source, or a kind of recipe, and all that can be told of it without asking the site."""

    name: str
    about: About
    options: dict[str, str]  # what can be said to it, and what its recipe says

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value."""
        return {"name": self.name, **self.about.to_json(), "options": self.options}


def listed() -> list[Described]:
    """Describe every source that comes with emtool, then every kind of recipe."""
    return [describe(name) for name in (*known(), *_kinds())]


def describe(wanted: str) -> Described:
    """Describe a source by its name, a recipe by its path, or a kind of recipe by its name.

    Raises:
        UsageError: There is none, or the recipe is wrong.
    """
    if wanted in _kinds():
        module = registry.load(_PLUG_INS, wanted)
        return Described(
            name=wanted,
            about=About.read(f"source {wanted}", getattr(module, "ABOUT", _UNTOLD)),
            options={"how to use it": f"emtool crawl RECIPE.yaml, with `kind: {wanted}` in it"},
        )
    entry = find(wanted)
    if (path := _recipe_path(wanted)) is not None:
        content = recipe.read(path)
        return Described(
            name=entry.name, about=_of_recipe(path, content), options=_recipe_options(path, content)
        )
    told = getattr(registry.load(_PLUG_INS, wanted), "ABOUT", _UNTOLD)
    return Described(
        name=wanted,
        about=About.read(f"source {wanted}", told),
        options={"how to use it": f"emtool crawl {wanted} [QUERY...]"},
    )


def _kinds() -> tuple[str, ...]:
    return tuple(
        name
        for name in registry.names(_PLUG_INS)
        if hasattr(registry.load(_PLUG_INS, name), "from_recipe") and name not in known()
    )


def _recipe_path(wanted: str) -> Path | None:
    if wanted.endswith((".yaml", ".yml")):
        return Path(wanted)
    return recipe.path_of(wanted) if wanted in recipe.shipped() else None


def _of_recipe(path: Path, content: Section) -> About:
    if "about" not in content:
        raise UsageError(f"recipe {path}: the key 'about' is missing: say in a sentence what the site is")
    return About.read(f"recipe {path}", content.value("about"))


def _recipe_options(path: Path, content: Section) -> dict[str, str]:
    """Say what a recipe holds, as far as recipes of all kinds hold it."""
    queries = (
        "words to search for, or none for all" if "search" in content else "none: it lists all that there is"
    )
    interval = content.optional_number("min_interval_s")
    told = {
        key: content.text(key)
        for key in ("kind", "start", "search")
        if key in content and content.is_text(key)
    }
    return {
        "how to use it": f"emtool crawl {path if path.parent != recipe.path_of('').parent else path.stem}",
        "queries": queries,
        "recipe": str(path),
        **told,
        "pace": f"{1.0 if interval is None else interval:g} s between two requests, at least",
    }
