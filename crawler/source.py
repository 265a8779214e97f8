"""What a source is, and how the one that was asked for is found.

A source is a recipe (``recipes/NAME.yaml``, or a file of yours) or a plug-in ``sources/NAME.py`` with a
function ``open_source(context) -> Source``. A plug-in that is driven by recipes has ``from_recipe(name,
recipe, context)`` instead, and recipes name it as their ``kind``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast, runtime_checkable

from emtool.crawler import recipe, registry
from emtool.crawler.answers import Download
from emtool.crawler.errors import UsageError
from emtool.crawler.records import Page, Track
from emtool.crawler.web import Web

_PLUG_INS = "emtool.crawler.sources"
RECIPE_KEYS = frozenset({"kind", "about", "min_interval_s"})  # of every recipe, whatever its kind


class Source(Protocol):
    """One site: how to list its tracks, and how to read the comments of one."""

    @property
    def name(self) -> str:
        """First half of its track keys."""

    def check_query(self, query: str | None) -> None:
        """Raise UsageError if the source cannot list that, before anything is asked."""

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List tracks, from the first page or from an address that an earlier page gave as its next one."""

    def comments(self, track: Track, *, resume_from: str | None = None) -> Iterator[Page]:
        """Read the comments of a track; a page may bring the track again, with more of its fields."""


@runtime_checkable
class AudioSource(Source, Protocol):
    """A source that brings its audio itself; ``audio_url`` of its tracks need not be the address of a file."""

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Bring the audio of a track to ``path``; raises FetchError or SourceError."""


@runtime_checkable
class FileSource(AudioSource, Protocol):
    """A source that reads files of the user; its module says ``READS_FILES = True``. A query is a path.

    Nothing is saved by asking it less: comments are kept whatever the licence of the audio, and a track
    without audio stays as text. A query whose files have changed is read again.
    """

    def edition(self, query: str) -> str:
        """Name the content of the files of a query; another content has another name."""


def _unheard(_line: str) -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceContext:
    """What a source is given to work with."""

    web: Web
    author_hash: Callable[
        [str, str], str
    ]  # source, writer -> keyed hash; the writer's name goes nowhere else
    say: Callable[[str], None] = _unheard  # tells the person one line


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceEntry:
    """A source that was found and is not opened yet."""

    name: str
    min_interval_s: (
        float | None
    )  # least seconds between two requests, if the recipe or the plug-in says; else the general pace
    open: Callable[[SourceContext], Source]
    reads_files: bool = False  # it may never ask a site for anything


def known() -> tuple[str, ...]:
    """Names of all sources that come with emtool, sorted."""
    plug_ins = (
        name for name in registry.names(_PLUG_INS) if hasattr(registry.load(_PLUG_INS, name), "open_source")
    )
    return tuple(sorted({*recipe.shipped(), *plug_ins}))


def find(wanted: str) -> SourceEntry:
    """Find a source by its name, or by the path of a recipe.

    Raises:
        UsageError: There is none, or the recipe is wrong.
    """
    if wanted.endswith((".yaml", ".yml")):
        return _from_recipe(Path(wanted))
    if wanted in recipe.shipped():
        return _from_recipe(recipe.path_of(wanted))
    if wanted in known():
        plug_in = registry.load(_PLUG_INS, wanted)
        return SourceEntry(
            name=wanted,
            min_interval_s=getattr(plug_in, "MIN_INTERVAL_S", None),
            open=plug_in.open_source,
            reads_files=getattr(plug_in, "READS_FILES", False),
        )
    raise UsageError(
        f"no source {wanted!r} (there are: {', '.join(known())}, or the path of a recipe, NAME.yaml)"
    )


def _from_recipe(path: Path) -> SourceEntry:
    content = recipe.read(path)
    kind = content.text("kind") if "kind" in content else None
    kinds = [
        name for name in registry.names(_PLUG_INS) if hasattr(registry.load(_PLUG_INS, name), "from_recipe")
    ]
    if kind not in kinds:
        raise UsageError(f"recipe {path}: kind {kind!r} is not known (there are: {', '.join(kinds)})")
    from_recipe = registry.load(_PLUG_INS, kind).from_recipe
    return SourceEntry(
        name=path.stem,
        min_interval_s=content.optional_number("min_interval_s"),
        open=lambda context: cast("Source", from_recipe(path.stem, content, context)),
    )
