import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from emtool.crawler import json_recipe, recipe
from emtool.crawler.errors import UsageError
from emtool.crawler.records import VoteKind
from emtool.crawler.sources.html import HtmlRecipe, read_recipe

GOOD: dict[str, Any] = {
    "kind": "html",
    "start": "https://site.test/songs",
    "search": "https://site.test/songs?q={query}",
    "vote_kind": "score",
    "listing": {
        "list": "ul",
        "item": "li",
        "fields": {"id": {"select": "a @href", "pattern": r"/(\d+)$"}, "url": "a @href", "title": "a"},
    },
    "comments": {"list": "ol", "item": "li", "fields": {"text": ".text"}},
}


def read(tmp_path: Path, content: object) -> HtmlRecipe:
    path = tmp_path / "mine.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return read_recipe("mine", recipe.read(path))


def changed(place: str, value: object) -> dict[str, Any]:
    """The good recipe with one value changed; "listing.item" is a place."""
    good: dict[str, Any] = yaml.safe_load(yaml.safe_dump(GOOD))
    *path, last = place.split(".")
    section = good
    for key in path:
        section = section[key]
    if value is ...:
        del section[last]
    else:
        section[last] = value
    return good


def test_a_recipe_is_read_with_its_defaults(tmp_path: Path) -> None:
    read_one = read(tmp_path, GOOD)
    assert (read_one.name, read_one.vote_kind, dict(read_one.track)) == ("mine", VoteKind.SCORE, {})
    assert read_one.listing.next is None


@pytest.mark.parametrize("name", recipe.shipped())
def test_every_shipped_recipe_is_right(name: str) -> None:
    content = recipe.read(recipe.path_of(name))
    if content.text("kind") == "html":
        assert read_recipe(name, content).name == name
    else:
        assert json_recipe.read_recipe(name, content).name == name


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (
            "listings",
            {},
            r"mine\.yaml: no key 'listings' is known \(it takes about, comments, kind, listing, ",
        ),
        (
            "listing.itm",
            "li",
            r"mine\.yaml, listing: no key 'itm' is known \(it takes fields, item, list, next\)",
        ),
        (
            "listing.fields.vote",
            "b",
            r"listing, fields: no key 'vote' is known \(it takes artist, audio_url, ",
        ),
        (
            "comments.fields.name",
            "b",
            r"comments, fields: no key 'name' is known \(it takes author, id, offset_s",
        ),
        ("track", {"feilds": {}}, r"track: no key 'feilds' is known \(it takes fields\)"),
        ("start", ..., r"the key 'start' is missing"),
        ("listing.fields.id", ..., r"listing, fields: the key 'id' is missing"),
        (
            "vote_kind",
            "hearts",
            r"vote_kind 'hearts' is none of likes, score, agreements, reactions, stars, none",
        ),
        ("search", "https://site.test/?q=", r"search .* has no \{query\} in it"),
        ("start", 7, r"start is a text, not 7"),
        ("listing", ["li"], r"listing: a mapping of names is due here, not \['li'\]"),
        ("listing.item", "li[", r"listing: item 'li\[' is no CSS selector"),
        ("listing.fields.title", "a::", r"title 'a::' is no CSS selector"),
        ("listing.fields.title", "", r"title is empty; give a CSS selector"),
        (
            "listing.fields.id",
            {"select": "a", "pattern": "("},
            r"fields, id: pattern is no regular expression",
        ),
        ("listing.fields.id", {"select": "a", "pattern": "x"}, r"pattern 'x' needs a group in brackets"),
        ("listing.fields.id", {"select": "a"}, r"fields, id: the key 'pattern' is missing"),
        ("listing.fields.id", {"value": "a", "select": "b"}, r"fields, id: no key 'select' is known"),
    ],
)
def test_a_wrong_recipe_is_one_line_with_the_place_and_the_rule(
    tmp_path: Path, place: str, value: object, told: str
) -> None:
    with pytest.raises(UsageError) as caught:
        read(tmp_path, changed(place, value))
    assert re.search(told, str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", ["", "a: b: c", "- 1", "\x00", "1: 2"])
def test_a_file_that_is_no_recipe_is_one_line(tmp_path: Path, content: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(content)
    with pytest.raises(UsageError, match=r"recipe .*mine\.yaml: ") as caught:
        recipe.read(path)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"gone\.yaml: No such file"):
        recipe.read(tmp_path / "gone.yaml")


@pytest.mark.parametrize("value", ["1", -1, True, float("nan")])
def test_a_number_is_a_number(value: object) -> None:
    with pytest.raises(UsageError, match="pace is a number of at least 0"):
        recipe.Section("here", {"pace": value}).optional_number("pace")
    assert recipe.Section("here", {}).optional_number("pace") is None
    assert recipe.Section("here", {"pace": 2}).optional_number("pace") == 2.0
