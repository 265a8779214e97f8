"""Any JSON interface, described by a recipe: a listing, what is told of a track, comments with paging.

A recipe of kind ``json-api`` has ``start`` (first page of the listing), ``search`` (the same for a query, with
``{query}``) or both, ``vote_kind``, and sections of JMESPath expressions (see ``emtool.crawler.json_paths``):

    listing      list, skip, paging, and fields: id, url, title, any of a track
    track        fields: any of a track, read at ``address`` (with ``{id}``), or in the answer with its comments
    comments     address (with ``{id}``), list, skip, paging, replies (the list inside of a comment), incomplete
                 (true of a comment some of whose replies are elsewhere), and fields: text, and any of id, votes,
                 written_at, author, parent_id, offset_s
    paging       one of: next (path of an address); cursor (parameter) and select (path of its value); page or
                 offset (parameter), with size (items of a full page) and last (true on the last page)
    refuse       true in an answer that says that something is wrong
    host         ask (an address) and select: where ``{host}`` of the other addresses comes from
    credentials  see ``emtool.crawler.credentials``

What is not the expected list is refused: an error that a site dresses as an answer is never an empty list.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from urllib.parse import quote

from emtool.crawler import credentials
from emtool.crawler.answers import Answer
from emtool.crawler.errors import UsageError
from emtool.crawler.json_parsers import parse_comments, parse_host, parse_listing, parse_track
from emtool.crawler.json_recipe import JsonRecipe, read_recipe
from emtool.crawler.paging import follow
from emtool.crawler.recipe import Section
from emtool.crawler.records import ListState, Page, Track
from emtool.crawler.source import SourceContext

ABOUT = {
    "what": "Any JSON interface that a recipe describes with JMESPath.",
    "votes": "As the recipe's vote_kind says; counts such as 1.2k, 1.2万 and 1,234 are understood.",
    "credentials": "As the recipe says: EMTOOL_<SOURCE>_<KEY> in the environment, or a keyring.",
    "licence": "As the answer states it; without a statement, no audio is fetched.",
    "limits": "min_interval_s of the recipe; answers of at most 16 MiB and 64 levels.",
}


def from_recipe(name: str, recipe: Section, context: SourceContext) -> "JsonSource":
    """Open the site that a recipe describes; raises UsageError if the recipe is wrong or a key is missing."""
    opened = JsonSource(read_recipe(name, recipe), context)
    for key in credentials.read_keys(name, recipe):
        context.web.add_key(key)
    return opened


class JsonSource:
    """A JSON interface that a recipe describes."""

    def __init__(self, recipe: JsonRecipe, context: SourceContext) -> None:
        self._recipe = recipe
        self._web = context.web
        self._author_hash = partial(context.author_hash, recipe.name)
        self._host: str | None = None

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return self._recipe.name

    def check_query(self, query: str | None) -> None:
        """Refuse a query if the recipe has no ``search``, and its absence if there is no ``start``."""
        if query is not None and self._recipe.search is None:
            raise UsageError(f"source {self.name} takes no query, not {query!r}: its recipe has no search")
        if query is None and self._recipe.start is None:
            raise UsageError(
                f"source {self.name} needs something to search for: emtool crawl {self.name} WORDS"
            )

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List tracks, from the first page or from ``resume_from``."""
        first = self._recipe.start if query is None else self._recipe.search
        assert first is not None, "check_query has seen to it"
        url = resume_from or self._address(first, "{query}", query or "")
        pages = follow(self._web, url, partial(parse_listing, self._recipe))
        return _while_new(pages, lambda page: [track.key for track in page.tracks])

    def comments(self, track: Track, *, resume_from: str | None = None) -> Iterator[Page]:
        """Read what is told of a track, where that stands by itself, and then its comments."""
        url = resume_from or self._address(self._recipe.comments_address, "{id}", track.id)
        if self._recipe.track.address is not None and resume_from is None:
            answer = self._web.get(self._address(self._recipe.track.address, "{id}", track.id))
            track = parse_track(self._recipe, answer, track=track)
            yield Page(tracks=(track,), next_url=url)
        parse = partial(self._parse_comments, track)
        yield from _while_new(
            follow(self._web, url, parse), lambda page: [comment.id for comment in page.comments]
        )

    def _parse_comments(self, track: Track, answer: Answer) -> Page:
        return parse_comments(self._recipe, answer, track=track, author_hash=self._author_hash)

    def _address(self, template: str, name: str, value: str) -> str:
        if "{host}" in template:
            template = template.replace("{host}", self._found_host())
        return template.replace(name, quote(value, safe=""))

    def _found_host(self) -> str:
        if self._recipe.host is None:
            raise UsageError(
                f"source {self.name}: its recipe has {{host}} in an address, and no host section"
            )
        if self._host is None:
            self._host = parse_host(self._recipe, self._web.get(self._recipe.host.ask))
        return self._host


def _while_new(pages: Iterator[Page], names: Callable[[Page], list[str]]) -> Iterator[Page]:
    """Give pages up to the first that has only what was seen: a site that does not hear the page's number.

    A list of which one page is partial is partial as a whole.
    """
    seen: set[str] = set()
    state = ListState.COMPLETE
    for page in pages:
        found = names(page)
        repeats = bool(found) and seen.issuperset(found)
        seen.update(found)
        if repeats or page.list_state is ListState.PARTIAL:
            state = ListState.PARTIAL
        yield replace(page, list_state=state, next_url=None if repeats else page.next_url)
        if repeats:
            return
