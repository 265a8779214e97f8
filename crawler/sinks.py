"""Where the body of an answer goes: into memory, or into a file that a cut download goes on with."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

_RANGE = re.compile(r"bytes (\d+)-\d+/(?:\d+|\*)")


class CutBody(Exception):  # noqa: N818 - it ends an attempt, not the request
    """The body did not arrive as announced; the next attempt may bring it."""


class TooLarge(Exception):  # noqa: N818 - the client turns it into an error with the address
    """The body is larger than its limit; another attempt would not help."""


class Sink(Protocol):
    """Takes the body of one request, over all of its attempts."""

    decoded: bool  # whether it wants the body unpacked (gzip) or as it is

    def headers(self) -> dict[str, str]:
        """What the next attempt should ask for."""

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """An answer begins; raises TooLarge, or CutBody if it does not fit what is there."""

    def write(self, chunk: bytes) -> None:
        """Take a part of the body; raises TooLarge."""


class Memory:
    """A body in memory."""

    decoded = True

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.body = bytearray()

    def headers(self) -> dict[str, str]:
        """Allow packing that the limit can be held against."""
        return {"Accept-Encoding": "gzip, deflate"}

    def start(self, status: int, headers: Mapping[str, str]) -> None:  # noqa: ARG002 - a page comes whole
        """Begin anew: a page is small."""
        self.body.clear()
        _check_size(_announced(headers), self._limit_bytes)

    def write(self, chunk: bytes) -> None:
        """Take a part of the unpacked body."""
        _check_size(len(self.body) + len(chunk), self._limit_bytes)
        self.body += chunk


class File:
    """A body in a file, hashed on arrival; after a cut the rest is asked for, if the file is the same."""

    decoded = False

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._limit_bytes = limit_bytes
        self._file: BinaryIO | None = None
        self._validator: str | None = None
        self.size_bytes = 0
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._file = self._path.open("wb")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
        if error is not None:
            self._path.unlink(missing_ok=True)

    @property
    def sha256(self) -> str:
        """Hash of what is in the file."""
        return self._hash.hexdigest()

    def headers(self) -> dict[str, str]:
        """Ask for the missing rest, on condition that the file has not changed (RFC 9110, 13.1.5)."""
        asked = {"Accept-Encoding": "identity"}
        if self.size_bytes and self._validator:
            asked |= {"Range": f"bytes={self.size_bytes}-", "If-Range": self._validator}
        return asked

    def start(self, status: int, headers: Mapping[str, str]) -> None:
        """Go on with the rest, or begin anew if the site sends all of it again."""
        if status == 206:
            sent = _RANGE.fullmatch(headers.get("content-range", ""))
            if not sent or int(sent[1]) != self.size_bytes:
                self._restart()
                raise CutBody(f"a part was sent that was not asked for: {headers.get('content-range')!r}")
        else:
            self._restart()
        _check_size(self.size_bytes + _announced(headers), self._limit_bytes)
        self._validator = _strong_validator(headers)

    def write(self, chunk: bytes) -> None:
        """Take a part of the body."""
        _check_size(self.size_bytes + len(chunk), self._limit_bytes)
        assert self._file is not None, "a sink is a context manager"
        self._file.write(chunk)
        self._hash.update(chunk)
        self.size_bytes += len(chunk)

    def _restart(self) -> None:
        assert self._file is not None, "a sink is a context manager"
        if self.size_bytes:
            self._file.seek(0)
            self._file.truncate()
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self._validator = None


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _check_size(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise TooLarge(f"larger than {limit_bytes} bytes")


def _strong_validator(headers: Mapping[str, str]) -> str | None:
    entity_tag = headers.get("etag")
    if entity_tag and not entity_tag.startswith("W/"):
        return entity_tag
    return headers.get("last-modified")
