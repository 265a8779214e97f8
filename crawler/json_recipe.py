"""A JSON interface as data: what a recipe of kind ``json-api`` holds, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass

from emtool.crawler.errors import UsageError
from emtool.crawler.json_paging import Paging, read_paging
from emtool.crawler.json_paths import Field, Path, read_field, read_optional_path, read_path
from emtool.crawler.recipe import Section, read_fields, read_search, read_vote_kind
from emtool.crawler.records import VoteKind
from emtool.crawler.source import RECIPE_KEYS

_LISTED = ("id", "url", "title")
_TRACK_FIELDS = frozenset(
    {"title", "artist", "audio_url", "licence", "licence_text", "duration_s", "work_id", "source_tags"}
)
_COMMENT_FIELDS = frozenset({"id", "votes", "written_at", "author", "parent_id", "offset_s"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Items:
    """A list in an answer: where it stands, what is left out, the fields of an item, and how it goes on."""

    list: Path
    skip: Path | None
    paging: Paging
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackPart:
    """What is told of one track, and where: None is the answer with its comments."""

    address: str | None
    fields: Mapping[str, Field]


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A service that names the host to ask."""

    ask: str
    select: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonRecipe:
    """A site described by JMESPath expressions."""

    name: str
    start: str | None
    search: str | None
    vote_kind: VoteKind
    refuse: Path | None  # true in an answer that says that something is wrong
    host: Host | None
    listing: Items
    track: TrackPart
    comments_address: str
    comments: Items
    replies: Path | None  # of a comment
    incomplete: Path | None  # true of a comment some of whose replies are elsewhere


def read_recipe(name: str, recipe: Section) -> JsonRecipe:
    """Check a recipe and read its expressions; raises UsageError with the keys that there are."""
    recipe.check_keys(
        required={"kind", "vote_kind", "listing", "comments"},
        optional={"start", "search", "refuse", "host", "track", "credentials", *RECIPE_KEYS},
    )
    start, search = recipe.optional_text("start"), read_search(recipe)
    if start is None and search is None:
        raise UsageError(f"recipe {recipe.place}: start or search is due, or both")
    listing, comments = recipe.section("listing"), recipe.section("comments")
    listing.check_keys(required={"list", "fields"}, optional={"skip", "paging"})
    comments.check_keys(
        required={"address", "list", "fields"}, optional={"skip", "paging", "replies", "incomplete"}
    )
    return JsonRecipe(
        name=name,
        start=start,
        search=search,
        vote_kind=read_vote_kind(recipe),
        refuse=read_optional_path(recipe, "refuse"),
        host=_read_host(recipe),
        listing=_read_items(listing, required=_LISTED, optional=_TRACK_FIELDS),
        track=_read_track(recipe),
        comments_address=comments.text("address"),
        comments=_read_items(comments, required=("text",), optional=_COMMENT_FIELDS),
        replies=read_optional_path(comments, "replies"),
        incomplete=read_optional_path(comments, "incomplete"),
    )


def _read_host(recipe: Section) -> Host | None:
    if "host" not in recipe:
        return None
    section = recipe.section("host")
    section.check_keys(required={"ask", "select"})
    return Host(ask=section.text("ask"), select=read_path(section, "select"))


def _read_track(recipe: Section) -> TrackPart:
    if "track" not in recipe:
        return TrackPart(address=None, fields={})
    section = recipe.section("track")
    section.check_keys(required={"fields"}, optional={"address"})
    fields = read_fields(section, read_field, required=(), optional=_TRACK_FIELDS)
    return TrackPart(address=section.optional_text("address"), fields=fields)


def _read_items(section: Section, *, required: tuple[str, ...], optional: frozenset[str]) -> Items:
    return Items(
        list=read_path(section, "list"),
        skip=read_optional_path(section, "skip"),
        paging=read_paging(section),
        fields=read_fields(section, read_field, required=required, optional=optional),
    )
