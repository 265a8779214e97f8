"""Answers of a JSON interface as records: pure functions of a recipe and bytes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urljoin

from emtool.crawler import json_values
from emtool.crawler.answers import Answer
from emtool.crawler.files import fingerprint
from emtool.crawler.json_answers import read_json, refuse
from emtool.crawler.json_paths import Field
from emtool.crawler.json_recipe import Items, JsonRecipe
from emtool.crawler.licences import spdx
from emtool.crawler.quantities import seconds
from emtool.crawler.records import Comment, ListState, Page, Track

AuthorHash = Callable[[str], str]


def parse_listing(recipe: JsonRecipe, answer: Answer) -> Page:
    """Read one page of a listing; an item without an id, an address or a title is left out.

    Raises:
        SourceError: The answer has no list of tracks.
    """
    told = _open(recipe, answer)
    items = _items(recipe, recipe.listing, told, answer)
    tracks = (_track(recipe, item, answer.url) for item in items if not _is_skipped(recipe.listing, item))
    return Page(
        tracks=tuple(track for track in tracks if track is not None),
        next_url=_following(recipe, recipe.listing, told, answer, len(items)),
    )


def parse_track(recipe: JsonRecipe, answer: Answer, *, track: Track) -> Track:
    """Read what an answer tells of a track that is known; raises SourceError if it is not to be read."""
    told = _open(recipe, answer)
    return replace(track, **_track_fields(recipe.track.fields, told, answer.url))


def parse_comments(recipe: JsonRecipe, answer: Answer, *, track: Track, author_hash: AuthorHash) -> Page:
    """Read one page of comments, replies behind what they answer; without a text there is no comment.

    Raises:
        SourceError: The answer has no list of comments.
    """
    told = _open(recipe, answer)
    items = _items(recipe, recipe.comments, told, answer)
    found = [comment for item in items for comment in _comments(recipe, item, author_hash, None)]
    if recipe.track.address is None:
        track = replace(track, **_track_fields(recipe.track.fields, told, answer.url))
    incomplete = recipe.incomplete is not None and any(map(recipe.incomplete.holds, items))
    return Page(
        tracks=(track,),
        comments=tuple({comment.id: comment for comment in found}.values()),
        next_url=_following(recipe, recipe.comments, told, answer, len(items)),
        list_state=ListState.PARTIAL if incomplete else ListState.COMPLETE,
    )


def parse_host(recipe: JsonRecipe, answer: Answer) -> str:
    """Read the host that is to be asked; raises SourceError if there is none."""
    assert recipe.host is not None, "only asked for where a recipe has one"
    host = json_values.first_text(recipe.host.select.find(_open(recipe, answer)))
    if host is None or not host.startswith(("https://", "http://")):
        refuse(answer, recipe.name, f"no host at {recipe.host.select.expression!r}")
    return host.rstrip("/")


def _open(recipe: JsonRecipe, answer: Answer) -> Any:
    told = read_json(answer, recipe.name)
    if recipe.refuse is not None and recipe.refuse.holds(told):
        refuse(answer, recipe.name, "the site says that something is wrong")
    return told


def _items(recipe: JsonRecipe, part: Items, told: Any, answer: Answer) -> list[Any]:
    items = part.list.find(told)
    if not isinstance(items, list):
        refuse(answer, recipe.name, f"no list at {part.list.expression!r}")
    return items


def _following(recipe: JsonRecipe, part: Items, told: Any, answer: Answer, items: int) -> str | None:
    try:
        return part.paging.following(answer.url, told, items)
    except ValueError as error:
        refuse(answer, recipe.name, f"where it goes on is no address ({error})")


def _is_skipped(part: Items, item: Any) -> bool:
    return part.skip is not None and part.skip.holds(item)


def _track(recipe: JsonRecipe, item: Any, url: str) -> Track | None:
    fields = recipe.listing.fields
    track_id = json_values.first_text(fields["id"].find(item))
    page = _address(fields["url"], item, url)
    told = _track_fields(fields, item, url)
    if track_id is None or page is None or "title" not in told:
        return None
    return Track(source=recipe.name, id=track_id, url=page, **told)


def _track_fields(fields: Mapping[str, Field], item: Any, url: str) -> dict[str, Any]:
    """Read what an item tells of a track; only what it does not tell at all is not in the result.

    A field whose path finds nothing stays as it was, save the sound: an offer that is gone is gone.
    """
    told: dict[str, Any] = {}
    licence: str | None = None
    for name in ("title", "artist", "work_id", "licence_text"):
        if name in fields:
            told[name] = json_values.text(fields[name].find(item))
    if "licence" in fields:
        stated = json_values.first_text(fields["licence"].find(item))
        told["licence_text"] = told.get("licence_text") or stated
        licence = spdx(stated)
    if "duration_s" in fields:
        told["duration_s"] = _seconds(fields["duration_s"].find(item))
    if "source_tags" in fields:
        told["source_tags"] = json_values.tags(fields["source_tags"].find(item))
    told = {name: value for name, value in told.items() if value is not None and value != ()}
    if "licence_text" in told:
        told["licence"] = licence  # None where it is none that is known: an earlier one holds no longer
    if "audio_url" in fields:
        told["audio_url"] = _address(fields["audio_url"], item, url)
    return told


def _comments(
    recipe: JsonRecipe, item: Any, author_hash: AuthorHash, parent_id: str | None
) -> Iterator[Comment]:
    comment = None if _is_skipped(recipe.comments, item) else _comment(recipe, item, author_hash, parent_id)
    if comment is not None:
        yield comment
    replies = recipe.replies.find(item) if recipe.replies is not None else None
    own_id = comment.id if comment is not None else _text(recipe.comments.fields, "id", item)
    for reply in replies if isinstance(replies, list) else ():
        yield from _comments(recipe, reply, author_hash, own_id)


def _comment(recipe: JsonRecipe, item: Any, author_hash: AuthorHash, parent_id: str | None) -> Comment | None:
    fields = recipe.comments.fields
    words = json_values.text(fields["text"].find(item), joint="\n")
    if words is None:
        return None
    written_at = json_values.iso_time(_found(fields, "written_at", item))
    author = _text(fields, "author", item)
    return Comment(
        id=_text(fields, "id", item) or fingerprint([written_at, words]),
        text=words,
        votes=json_values.votes(_found(fields, "votes", item)),
        vote_kind=recipe.vote_kind,
        written_at=written_at,
        author_hash=author_hash(author) if author else None,
        parent_id=_text(fields, "parent_id", item) or parent_id,
        offset_s=_seconds(_found(fields, "offset_s", item)),
    )


def _found(fields: Mapping[str, Field], name: str, item: Any) -> Any:
    return fields[name].find(item) if name in fields else None


def _text(fields: Mapping[str, Field], name: str, item: Any) -> str | None:
    return json_values.first_text(_found(fields, name, item))


def _seconds(value: Any) -> float | None:
    try:
        return None if isinstance(value, dict | list) else seconds(value)
    except (ValueError, OverflowError):  # an integer that no float holds
        return None


def _address(field: Field, item: Any, url: str) -> str | None:
    told = json_values.first_text(field.find(item))
    try:
        return urljoin(url, told) if told else None
    except ValueError:
        return None
