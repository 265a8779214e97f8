"""Any site of HTML pages, described by a recipe: listing pages, track pages, comments with paging.

A recipe of kind ``html`` has ``start`` (first listing page), ``search`` (the same for a query, with
``{query}``), ``vote_kind``, and three sections of CSS selectors (see ``emtool.crawler.selectors``):

    listing    list (the element that must be there), item, next, and fields: id, url, title, any of a track
    track      fields: any of a track, read on the page that ``url`` leads to
    comments   list (the element that must be there), item, next, and fields: text, and any of id, votes,
               written_at, author, parent_id, offset_s

``list`` tells an empty list from a page that the recipe does not know: without it, the page is refused.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any
from urllib.parse import quote, urljoin

from emtool.crawler.answers import Answer
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.files import fingerprint
from emtool.crawler.licences import spdx
from emtool.crawler.paging import follow
from emtool.crawler.printable import beginning
from emtool.crawler.quantities import count, seconds
from emtool.crawler.recipe import Section, read_fields, read_search, read_vote_kind
from emtool.crawler.records import Comment, Page, Track, VoteKind
from emtool.crawler.selectors import Element, Selector, parse_html, read_css, read_selector, select
from emtool.crawler.source import RECIPE_KEYS, SourceContext

_TRACK_FIELDS = frozenset({"title", "artist", "audio_url", "licence", "duration_s", "work_id", "source_tags"})
_COMMENT_FIELDS = frozenset({"id", "text", "votes", "written_at", "author", "parent_id", "offset_s"})
ABOUT = {
    "what": "Any site of HTML pages that a recipe describes with CSS selectors.",
    "votes": "As the recipe's vote_kind says; counts such as 1.2k, 1.2万 and 1,234 are understood.",
    "credentials": "none",
    "licence": "As the track page states it; without a statement, no audio is fetched.",
    "limits": "min_interval_s of the recipe, and what the site's robots.txt says.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemList:
    """A list on a page: where it stands, its items, the fields of an item, and the link to the next page."""

    container: str
    item: str
    next: Selector | None
    fields: Mapping[str, Selector]


@dataclass(frozen=True, slots=True, kw_only=True)
class HtmlRecipe:
    """A site described by CSS selectors."""

    name: str
    start: str
    search: str | None
    vote_kind: VoteKind
    listing: ItemList
    track: Mapping[str, Selector]
    comments: ItemList


def from_recipe(name: str, recipe: Section, context: SourceContext) -> "HtmlSource":
    """Open the site that a recipe describes; raises UsageError if the recipe is wrong."""
    return HtmlSource(read_recipe(name, recipe), context)


class HtmlSource:
    """A site that a recipe describes."""

    def __init__(self, recipe: HtmlRecipe, context: SourceContext) -> None:
        self._recipe = recipe
        self._web = context.web
        self._author_hash = partial(context.author_hash, recipe.name)

    @property
    def name(self) -> str:
        """Name of the recipe."""
        return self._recipe.name

    def check_query(self, query: str | None) -> None:
        """Refuse a query if the recipe has no ``search``."""
        if query is not None and self._recipe.search is None:
            raise UsageError(f"source {self.name} takes no query, not {query!r}: its recipe has no search")

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List tracks, from the first page or from ``resume_from``."""
        first = self._recipe.start
        if query is not None and self._recipe.search is not None:
            first = self._recipe.search.replace("{query}", quote(query, safe=""))
        return follow(self._web, resume_from or first, partial(parse_listing, self._recipe))

    def comments(self, track: Track, *, resume_from: str | None = None) -> Iterator[Page]:
        """Read the pages of a track."""
        parse = partial(parse_track, self._recipe, track=track, author_hash=self._author_hash)
        return follow(self._web, resume_from or track.url, parse)


def read_recipe(name: str, recipe: Section) -> HtmlRecipe:
    """Check a recipe and read its selectors; raises UsageError with the keys that there are."""
    recipe.check_keys(
        required={"kind", "start", "vote_kind", "listing", "comments"},
        optional={"search", "track", *RECIPE_KEYS},
    )
    track: Mapping[str, Selector] = {}
    if "track" in recipe:
        section = recipe.section("track")
        section.check_keys(required={"fields"})
        track = read_fields(section, read_selector, required=(), optional=_TRACK_FIELDS)
    return HtmlRecipe(
        name=name,
        start=recipe.text("start"),
        search=read_search(recipe),
        vote_kind=read_vote_kind(recipe),
        listing=_read_list(
            recipe.section("listing"), required=("id", "url", "title"), optional=_TRACK_FIELDS
        ),
        track=track,
        comments=_read_list(recipe.section("comments"), required=("text",), optional=_COMMENT_FIELDS),
    )


def parse_listing(recipe: HtmlRecipe, answer: Answer) -> Page:
    """Read one page of a listing; an item without an id, an address or a title is left out.

    Raises:
        SourceError: The page has no list of tracks.
    """
    page, container = _open(recipe, recipe.listing, answer)
    tracks = []
    for item in select(recipe.listing.item, container):
        told = _track_fields(recipe.listing.fields, item, answer.url)
        track_id, url = recipe.listing.fields["id"].first(item), recipe.listing.fields["url"].first(item)
        if track_id and url and "title" in told:
            tracks.append(Track(source=recipe.name, id=track_id, url=urljoin(answer.url, url), **told))
    return Page(tracks=tuple(tracks), next_url=_next(recipe.listing, page, answer.url))


def parse_track(
    recipe: HtmlRecipe, answer: Answer, *, track: Track, author_hash: Callable[[str], str]
) -> Page:
    """Read one page of a track: what it tells of the track, and its comments.

    Raises:
        SourceError: The page has no list of comments.
    """
    page, container = _open(recipe, recipe.comments, answer)
    items = select(recipe.comments.item, container)
    found = (_comment(recipe, item, author_hash) for item in items)
    return Page(
        tracks=(replace(track, **_track_fields(recipe.track, page, answer.url)),),
        comments=tuple(comment for comment in found if comment is not None),
        next_url=_next(recipe.comments, page, answer.url),
    )


def _open(recipe: HtmlRecipe, part: ItemList, answer: Answer) -> tuple[Element, Element]:
    page = parse_html(answer)
    container = next(iter(select(part.container, page)), None)
    if container is None:
        raise SourceError(
            f"{answer.url}: not a page that recipe {recipe.name} knows, nothing on it matches "
            f"{part.container!r}: {beginning(answer.body)}"
        )
    return page, container


def _next(part: ItemList, page: Element, url: str) -> str | None:
    link = part.next.first(page) if part.next else None
    return urljoin(url, link) if link else None


def _track_fields(fields: Mapping[str, Selector], element: Element, url: str) -> dict[str, Any]:
    """Read what an element tells of a track; a field that it does not tell is not in the result."""
    values = {name: fields[name].first(element) for name in fields.keys() - {"id", "url", "source_tags"}}
    told: dict[str, Any] = {name: value for name, value in values.items() if value}
    if "audio_url" in told:
        told["audio_url"] = urljoin(url, told["audio_url"])
    if "licence" in told:
        told["licence_text"] = told["licence"]
        told["licence"] = spdx(told["licence"])
    if (duration_s := seconds(told.pop("duration_s", None))) is not None:
        told["duration_s"] = duration_s
    if "source_tags" in fields and (tags := fields["source_tags"].all(element)):
        told["source_tags"] = tuple(tags)
    return told


def _comment(recipe: HtmlRecipe, item: Element, author_hash: Callable[[str], str]) -> Comment | None:
    told = {name: selector.first(item) for name, selector in recipe.comments.fields.items()}
    words = told["text"]
    if not words:
        return None
    author = told.get("author")
    writer = author_hash(author) if author else None
    return Comment(
        id=told.get("id") or fingerprint([told.get("written_at"), words]),
        text=words,
        votes=count(told.get("votes")),
        vote_kind=recipe.vote_kind,
        written_at=told.get("written_at"),
        author_hash=writer,
        parent_id=told.get("parent_id"),
        offset_s=seconds(told.get("offset_s")),
    )


def _read_list(section: Section, *, required: tuple[str, ...], optional: frozenset[str]) -> ItemList:
    section.check_keys(required={"list", "item", "fields"}, optional={"next"})
    return ItemList(
        container=read_css(section, "list"),
        item=read_css(section, "item"),
        next=read_selector(section, "next") if "next" in section else None,
        fields=read_fields(section, read_selector, required=required, optional=optional),
    )
