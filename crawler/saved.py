"""Answers that a user saved: finds out whose they are, and reads them.

Each file of ``saved_services`` knows the answers of one service:

    ABOUT                    one line: whose answers, what their votes are
    knows(value) -> bool     whether this JSON value has the shape of its answers
    read(value, origin) -> list[Told]
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

from emtool.crawler import json_fields, registry
from emtool.crawler.errors import SourceError
from emtool.crawler.files import fingerprint
from emtool.crawler.printable import beginning
from emtool.crawler.records import Comment, VoteKind
from emtool.crawler.told import Told

_SERVICES = "emtool.crawler.saved_services"


AuthorHash = Callable[[str, str], str]  # service, writer -> keyed hash


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an answer comes from; some services name the track only there."""

    name: str  # of the file, without its folder and suffix
    url: str | None = None  # of the request, in an archive of requests (HAR)
    author_hash: AuthorHash = field(repr=False)

    @property
    def query(self) -> Mapping[str, str]:
        """Parameters of the request's address."""
        try:
            return {name: values[0] for name, values in parse_qs(urlsplit(self.url or "").query).items()}
        except ValueError:
            return {}

    def comment(
        self,
        service: str,
        kind: VoteKind,
        *,
        id: object,  # noqa: A002 - the record's name
        words: str | None,
        author: object,
        **more: Any,
    ) -> Comment | None:
        """Make a comment of what was read; None if it says nothing. ``more`` are fields of Comment."""
        if not words:
            return None
        writer = json_fields.identity(author)
        return Comment(
            id=json_fields.identity(id) or fingerprint([more.get("written_at"), words]),
            text=words,
            vote_kind=kind,
            author_hash=self.author_hash(service, writer) if writer else None,
            **more,
        )


def parse(body: bytes, origin: Origin) -> list[Told]:
    """Read one answer.

    Raises:
        SourceError: No service has such answers; the message shows its first 200 characters.
    """
    try:
        value = json_fields.load(body)
        told = read(value, origin)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{_place(origin)}: no JSON ({error}): {beginning(body)}") from None
    if told is None:
        raise SourceError(
            f"{_place(origin)}: this is no answer of {', '.join(registry.names(_SERVICES))}: {beginning(body)}"
        )
    return told


def read(value: object, origin: Origin) -> list[Told] | None:
    """Read a JSON value; None if no service has such answers."""
    service = next((service for service in services() if service.knows(value)), None)
    if service is None:
        return None
    told: list[Told] = service.read(value, origin)
    return told


def services() -> list[ModuleType]:
    """Give all services."""
    return [registry.load(_SERVICES, name) for name in registry.names(_SERVICES)]


def _place(origin: Origin) -> str:
    return f"{origin.name}, {origin.url}" if origin.url else origin.name
