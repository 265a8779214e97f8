"""The files of saved answers below a path: single answers and archives of requests (HAR)."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from emtool.crawler import saved
from emtool.crawler.errors import SourceError
from emtool.crawler.json_fields import items, load, mapping, text
from emtool.crawler.printable import beginning
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told

SUFFIXES = (".json", ".har", ".js", ".txt")  # .js and .txt: JSONP, and what a browser names an answer
_MAX_BYTES = 512 * 2**20  # of a file


def below(path: Path) -> list[Path]:
    """Give a file itself, or all files of a folder that may hold answers, sorted."""
    if path.is_file():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in SUFFIXES and file.is_file() and not file.name.startswith(".")
    )


def read(path: Path, author_hash: saved.AuthorHash) -> list[Told]:
    """Read one file.

    Raises:
        SourceError: It is not known, or an answer in it is a refusal; the message shows its beginning.
    """
    origin = Origin(name=path.name.partition(".")[0], author_hash=author_hash)
    try:
        if path.stat().st_size > _MAX_BYTES:
            raise SourceError(f"{path}: larger than {_MAX_BYTES} bytes: save fewer answers in one file")
        return parse(path.read_bytes(), origin)
    except OSError as error:
        raise SourceError(f"{path}: {error.strerror}") from None
    except SourceError as error:
        raise SourceError(f"{path}: {error}") from None


def parse(body: bytes, origin: Origin) -> list[Told]:
    """Read the content of a file: an answer, or an archive of requests.

    Raises:
        SourceError: It is neither.
    """
    try:
        log = mapping(mapping(load(body)).get("log"))
    except ValueError:
        log = {}
    if "entries" not in log:
        return saved.parse(body, origin)
    told: list[Told] = []
    known, refusal = 0, None
    for one_origin, value in _answers(log, origin):
        try:
            found = saved.read(value, one_origin)
        except SourceError as error:
            refusal = error
            continue
        known += found is not None
        told += found or []
    if refusal and not told:
        raise refusal
    if not known:
        raise SourceError(f"an archive of requests without one answer that is known: {beginning(body)}")
    return told


def _answers(log: Mapping[str, Any], origin: Origin) -> Iterator[tuple[Origin, object]]:
    """Give the answers of a HAR that are JSON, each with its address."""
    for entry in items(log.get("entries")):
        content = mapping(mapping(entry.get("response")).get("content"))
        body = (text(content.get("text")) or "").encode()
        try:
            if content.get("encoding") == "base64":
                body = base64.b64decode(body, validate=False)
            value = load(body)
        except (ValueError, binascii.Error):
            continue
        url = text(mapping(entry.get("request")).get("url"))
        yield Origin(name=origin.name, url=url, author_hash=origin.author_hash), value
