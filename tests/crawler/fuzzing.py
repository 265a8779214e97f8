"""Every parser of the crawler, found by name and signature, and answers for it: real-looking ones that were spoilt."""

import copy
import importlib
import inspect
import json
import math
import pkgutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

import emtool.crawler
from emtool.crawler import (
    json_parsers,
    json_recipe,
    licences,
    pace,
    quantities,
    recipe,
    registry,
    robots,
    saved,
    saved_files,
)
from emtool.crawler.ai_txt import AiTxt
from emtool.crawler.answers import Answer
from emtool.crawler.captcha import asks_for_a_human
from emtool.crawler.errors import ForbiddenError, RefusedError, SourceError, UsageError
from emtool.crawler.meta_signals import meta_refusal
from emtool.crawler.saved import Origin
from emtool.crawler.sources import html as html_source
from emtool.crawler.sources import reddit
from emtool.crawler.tdmrep import TdmRep
from tests.crawler.fuzz_samples import AI_TXT, GENERIC, METAS, ROBOTS, SAMPLES, TDMREP, dump, har
from tests.crawler.making import track
from tests.crawler.saved_answers import ANSWERS

URL = "https://site.test/api/songs?limit=2&q=x"
ERRORS = (
    SourceError,
    UsageError,
    RefusedError,
    ForbiddenError,
)  # in which a parser may say that it knows no such answer
_SERVICES = "emtool.crawler.saved_services"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parser:
    """A pure function of bytes, and what it usually gets."""

    name: str
    read: Callable[[bytes], Any]
    samples: Sequence[bytes]

    def check(self, body: bytes) -> None:
        """Read an answer: records that a store can hold, or an error of ours that is one line."""
        try:
            _check(self.read(body))
        except ERRORS as error:
            told = str(error)
            assert told.strip(), f"{self.name}: an error that says nothing"
            assert told.isprintable(), f"{self.name}: {told!r} is not one line for a terminal"


def _check(value: Any) -> None:
    """See to it that no number is none, and no count larger than a column of a database."""
    if isinstance(value, float):
        assert math.isfinite(value)
        assert value >= 0
    elif isinstance(value, int):
        assert abs(value) < 2**63
    elif is_dataclass(value):
        for field in fields(value):
            _check(getattr(value, field.name))
    elif isinstance(value, list | tuple):
        for one in value:
            _check(one)


def parsers() -> dict[str, Parser]:
    """Find every public function ``parse`` or ``parse_...`` of the crawler that reads an answer, by its parameters.

    Sources that recipes drive come once with each recipe, saved answers once with each service; readers of signals
    have no common signature and are named here.
    """
    found = [*_discovered(), *_services(), *_signals()]
    return {one.name: one for one in sorted(found, key=lambda one: one.name)}


def _discovered() -> Iterator[Parser]:
    for module in pkgutil.walk_packages(emtool.crawler.__path__, "emtool.crawler."):
        if module.name.startswith("emtool.crawler.demo.") or module.name.rpartition(".")[2].startswith("_"):
            continue
        loaded = importlib.import_module(module.name)
        for name, function in inspect.getmembers(loaded, inspect.isfunction):
            if function.__module__ != module.name or not (name == "parse" or name.startswith("parse_")):
                continue
            parameters = set(inspect.signature(function).parameters)
            place = f"{module.name.removeprefix('emtool.crawler.')}.{name}"
            if "recipe" in parameters:
                for of, read in _recipes(loaded):
                    if name == "parse_host" and read.host is None:
                        continue  # it is only asked for where a recipe has one
                    yield _parser(f"{place}:{of}", function, parameters, {"recipe": read}, of)
            elif parameters <= {*_known(b""), "track"} and parameters & {"answer", "body", "text"}:
                yield _parser(place, function, parameters, {}, place.split(".")[-2])


def _parser(
    name: str, function: Callable[..., Any], parameters: set[str], given_: Mapping[str, Any], kind: str
) -> Parser:
    def read(body: bytes) -> Any:
        known = _known(body) | dict(given_) | {"track": track()}
        return function(**{one: known[one] for one in parameters})

    return Parser(name=name, read=read, samples=SAMPLES.get(kind, GENERIC))


def _known(body: bytes) -> dict[str, Any]:
    """Give the arguments that parsers take, by their names."""
    return {
        "answer": Answer(url=URL, status=200, charset=None, body=body),
        "body": body,
        "text": body.decode("utf-8", "replace"),
        "origin": Origin(name="R_SO_4_5", author_hash=_hash),
        "author_hash": _hash,
        "path": Path("list.jsonl"),
    }


def _hash(*author: str) -> str:
    assert all(isinstance(one, str) for one in author)
    return f"hash of {len(author[-1])}"


def _recipes(module: Any) -> Iterator[tuple[str, Any]]:
    """Give the recipes of the kind that a module reads."""
    for name in recipe.shipped():
        content = recipe.read(recipe.path_of(name))
        if content.text("kind") == "html" and module is html_source:
            yield name, html_source.read_recipe(name, content)
        elif content.text("kind") == "json-api" and module is json_parsers:
            yield name, json_recipe.read_recipe(name, content)


def _services() -> Iterator[Parser]:
    def reading(parse: Callable[..., Any]) -> Callable[[bytes], Any]:
        return lambda body: parse(body, _known(b"")["origin"])

    for name in registry.names(_SERVICES):
        samples = [dump(ANSWERS[name.replace("-", "_")])]
        for place, parse in (("saved", saved.parse), ("saved_files", saved_files.parse)):
            yield Parser(
                name=f"{place}.parse:{name}", read=reading(parse), samples=[*samples, har(samples[0])]
            )


def _signals() -> Iterator[Parser]:
    def text(body: bytes) -> str:
        return body.decode("utf-8", "replace")

    def robots_txt(body: bytes) -> Any:
        rules = robots.Robots(text(body))
        return rules.refusal(URL), rules.refusal(URL, by_agreement=True), rules.crawl_delay_s

    def header(body: bytes) -> Any:
        names = ("x-robots-tag", "content-usage", "content-signal", "tdm-reservation", "tdm-policy")
        told = {name: [text(body)] for name in names}
        return robots.header_refusal(told), robots.lifts_reservation(told)

    def pauses(body: bytes) -> Any:
        told = text(body)
        budget = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": told}
        return pace.retry_after_s(told, now_s=1e9), pace.spent_budget_s(budget, now_s=1e9)

    def numbers(body: bytes) -> Any:
        told = text(body)
        return quantities.seconds(told), licences.spdx(told), quantities.count(told)

    def looked(body: bytes) -> Any:
        for status in (200, 403):
            reddit.look(Answer(url=URL, status=status, charset=None, body=body))

    yield Parser(name="robots.Robots", read=robots_txt, samples=[ROBOTS])
    yield Parser(
        name="ai_txt.AiTxt", read=lambda body: AiTxt(text(body)).refusal(URL), samples=[AI_TXT, ROBOTS]
    )
    yield Parser(
        name="tdmrep.TdmRep", read=lambda body: TdmRep(_known(body)["answer"]).rule(URL), samples=[TDMREP]
    )
    yield Parser(name="meta_signals.meta_refusal", read=meta_refusal, samples=[METAS])
    yield Parser(name="captcha.asks_for_a_human", read=asks_for_a_human, samples=[METAS])
    yield Parser(
        name="robots.header_refusal", read=header, samples=[b"emtool: noai, noindex", b"train-ai=n", b"1"]
    )
    yield Parser(name="pace.retry_after_s", read=pauses, samples=[b"120", b"Wed, 21 Oct 2015 07:28:00 GMT"])
    yield Parser(
        name="quantities.count", read=numbers, samples=[b"1.2k", "10万+".encode(), b"3:25", b"CC BY-SA 4.0"]
    )
    yield Parser(name="sources.reddit.look", read=looked, samples=[b'{"reason": "private", "error": 403}'])


# How an answer is spoilt. What is put in the place of a value of a JSON tree:
_ODD_VALUES: Sequence[Any] = [
    None,
    True,
    False,
    0,
    -1,
    1,
    1.5,
    1e308,
    -0.0,
    math.nan,
    math.inf,
    2**63,
    -(2**63) - 1,
    10**400,
    1700000000,
    9e15,
    "",
    " ",
    "0",
    "-",
    "NaN",
    "1e999",
    "1.2k",
    "10万+",
    "²",
    "٣",
    "9" * 5000,
    "3:25",
    "\0",
    "\ud800",
    "a\nb\r\u2028",
    "\u202e\x1b[31m",
    "http://[",
    "https://a:b/",
    "//",
    "?",
    "javascript:x",
    "x" * 3000,
    "2024-13-45T99:99:99Z",
    "0001-01-01",
    "é" * 300,
    [],
    {},
    [[]],
    [None],
    [{}],
    {"": None},
    {"id": 1},
    [["a", 1]],
    ["a", 2, None],
    {"a": {"b": []}},
]
_ODD_BYTES: Sequence[bytes] = [
    b"",
    b"\0",
    b"\xff",
    b"\xef\xbb\xbf",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    b"<",
    b"</",
    b"<!--",
    b"-->",
    b"<![CDATA[",
    b"&#0;",
    b"&#x110000;",
    b"&#55296;",
    b"&amp",
    b"<script>",
    b"<template>",
    b"<svg:a>",
    b"<b>" * 300,
    b"<table><tr>",
    b"'",
    b'"',
    b">",
    b"=",
    b"{",
    b"}",
    b"[",
    b"]",
    b",",
    b":",
    b"\\",
    b"\\ud800",
    b"\n",
    b"\r",
    b"\x0b",
    b"\x85",
    b"NaN",
    b"Infinity",
    b"-",
    b"9" * 400,
    b"1e999",
    b"[" * 2000,
    b'{"a":' * 70,
    b"User-agent: emtool\n",
    b"Disallow: /%ff*$\n",
    b"#",
    b"*",
    b"$",
    b"%",
    b"\xe4\xb8\x87",
    b"meta",
    b"content",
    b"charset=utf-16",
]
_KINDS = ("replace", "drop", "copy", "wrap", "deepen", "text", "swap", "name")


def answers(parser: Parser) -> st.SearchStrategy[bytes]:
    """Make answers for a parser: mostly its samples with a few faults, sometimes any bytes."""
    spoilt = st.builds(
        _spoil,
        st.sampled_from(parser.samples),
        st.lists(
            st.tuples(st.sampled_from(_KINDS), st.integers(0, 10**6), st.sampled_from(_ODD_VALUES)),
            max_size=4,
        ),
        st.lists(
            st.tuples(st.integers(0, 10**6), st.integers(0, 40), st.sampled_from(_ODD_BYTES)), max_size=2
        ),
        st.sampled_from(["utf-8"] * 8 + ["utf-16", "utf-8-sig", "gb18030", "latin-1", "utf-32"]),
    )
    return spoilt | spoilt | spoilt | st.binary(max_size=200)


def _spoil(
    sample: bytes, edits: list[tuple[str, int, Any]], cuts: list[tuple[int, int, bytes]], charset: str
) -> bytes:
    try:
        tree: Any = json.loads(sample)
    except ValueError:
        body = sample
    else:
        for kind, number, value in edits:
            tree = _edited(tree, kind, number, copy.deepcopy(value))
        body = json.dumps(tree, ensure_ascii=bool(len(edits) % 2)).encode("utf-8", "surrogatepass")
    if charset != "utf-8":
        body = body.decode("utf-8", "replace").encode(charset, "replace")
    for place, length, junk in cuts:
        first = place % (len(body) + 1)
        body = body[:first] + junk + body[first + length :]
    return body


def _edited(tree: Any, kind: str, number: int, value: Any) -> Any:
    """Change one place of a tree; the root is a place as well."""
    places = list(_places([tree]))
    holder, key = places[number % len(places)]
    root = places[0][0]
    old = holder[key]
    if kind == "drop" and holder is not root:
        del holder[key]
    elif kind == "copy" and isinstance(holder, list):
        holder.insert(key, copy.deepcopy(old))
    elif kind == "name" and isinstance(holder, dict):
        holder[str(value)[:50]] = holder.pop(key)
    elif kind == "swap":
        other, other_key = places[number // 7 % len(places)]
        holder[key] = copy.deepcopy(other[other_key])
    elif kind == "wrap":
        holder[key] = [old] if number % 2 else {"id": old}
    elif kind == "deepen":
        for _ in range(70 if number % 2 else 300):
            old = [old] if number % 3 else {"replies": old}
        holder[key] = old
    elif kind == "text":
        holder[key] = json.dumps(old) if not isinstance(old, str) else [old]
    else:
        holder[key] = value
    return root[0]


def _places(holder: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in list(holder.items() if isinstance(holder, dict) else enumerate(holder)):
        yield holder, key
        if isinstance(value, dict | list):
            yield from _places(value)


def fuzz(parser: Parser, *, examples: int, number: int | None = None) -> None:
    """Try a parser with so many answers, the same ones for the same ``number``; None is the fixed choice of a test.

    Raises:
        Exception: What the parser raised for the smallest answer that was found, with that answer in its notes.
    """

    @settings(
        max_examples=examples,
        database=None,
        deadline=None,
        derandomize=number is None,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.explicit, Phase.generate, Phase.shrink)
        if number is not None
        else (Phase.generate, Phase.shrink),
    )
    @given(answers(parser))
    def attempt(body: bytes) -> None:
        parser.check(body)

    for sample in parser.samples:
        parser.check(sample)
    tried = seed(number)(attempt) if number is not None else attempt
    tried()
