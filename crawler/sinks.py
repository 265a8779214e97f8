"""Where the body of an answer goes: into memory, or into a file that a cut download goes on with."""

import hashlib
import json
import os
import re
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from emtool.crawler.errors import ForbiddenError
from emtool.crawler.files import write_json

_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_SYNC_BYTES = 2**20


class CutBody(Exception):  # noqa: N818 - it ends an attempt, not the request
    """The body did not arrive as announced; the next attempt may bring it."""


class TooLarge(Exception):  # noqa: N818 - the client turns it into an error with the address
    """The body is larger than its limit; another attempt would not help."""


class Sink(Protocol):
    """Takes the body of one request, over all of its attempts."""

    decoded: bool  # whether it wants the body unpacked (gzip) or as it is

    def headers(self) -> dict[str, str]:
        """What the next attempt should ask for."""

    def start(self, status: int, headers: Mapping[str, str]) -> bool:
        """Tell whether the body of an answer is wanted; raises TooLarge, or CutBody if it does not fit."""

    def write(self, chunk: bytes) -> None:
        """Take a part of the body; raises TooLarge."""

    def end(self) -> None:
        """The answer is over; raises CutBody if something is missing yet."""


class Memory:
    """A body in memory."""

    decoded = True

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self.body = bytearray()

    def headers(self) -> dict[str, str]:
        """Allow packing that the limit can be held against."""
        return {"Accept-Encoding": "gzip, deflate"}

    def start(self, status: int, headers: Mapping[str, str]) -> bool:  # noqa: ARG002 - a page comes whole
        """Begin anew: a page is small."""
        self.body.clear()
        _check_size(_announced(headers), self._limit_bytes)
        return True

    def write(self, chunk: bytes) -> None:
        """Take a part of the unpacked body."""
        _check_size(len(self.body) + len(chunk), self._limit_bytes)
        self.body += chunk

    def end(self) -> None:
        """Take it as it is."""


class File:
    """A body in a file, hashed on arrival; after a cut the rest is asked for, if the file is the same.

    What has come of a large file stays after an error, and after a kill, with a note beside it (``NAME.json``) of
    what the site calls this edition; the next process goes on with the whole MiB of it, which are on the disk for
    certain.
    """

    decoded = False

    def __init__(self, path: Path, limit_bytes: int) -> None:
        self._path = path
        self._note = note_of(path)
        self._limit_bytes = limit_bytes
        self._file: BinaryIO | None = None
        self._validator: str | None = None
        self._whole_bytes: int | None = None
        self.size_bytes = 0
        self._hash = hashlib.sha256()

    def __enter__(self) -> Self:
        self._read_note()
        self._file = self._path.open("a+b")
        there = self._path.stat().st_size
        whole = there // _SYNC_BYTES if self._validator else 0
        self.size_bytes = whole * _SYNC_BYTES
        if there > self.size_bytes:
            self._file.truncate(self.size_bytes)
        self._file.seek(0)
        for _ in range(whole):
            self._hash.update(self._file.read(_SYNC_BYTES))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._file is not None, "a sink is a context manager"
        self._file.close()
        useless = isinstance(error, ForbiddenError | OSError) or not self._note.exists()
        if error is not None and useless:
            self._path.unlink(missing_ok=True)
            self._note.unlink(missing_ok=True)

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

    def start(self, status: int, headers: Mapping[str, str]) -> bool:
        """Go on with the rest, or begin anew if the site sends all of it again."""
        told = headers.get("content-range", "")
        if status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
            if told == f"bytes */{self.size_bytes}" and self._is_of(headers, self.size_bytes):
                return False
            self._restart()
            raise CutBody(f"the site has no such part: {told!r}")
        if status == HTTPStatus.PARTIAL_CONTENT:
            if not self._goes_on(headers):
                self._restart()
                raise CutBody(f"a part was sent that was not asked for: {told!r}")
            self._check_size(self.size_bytes + _announced(headers))
            return True
        self._restart()
        self._check_size(_announced(headers))
        self._validator = _strong_validator(headers)
        self._whole_bytes = _announced(headers) or None
        return True

    def write(self, chunk: bytes) -> None:
        """Take a part of the body."""
        self._check_size(self.size_bytes + len(chunk))
        assert self._file is not None, "a sink is a context manager"
        left = memoryview(chunk)
        while left:
            piece = left[: _SYNC_BYTES - self.size_bytes % _SYNC_BYTES]
            self._file.write(piece)
            self._hash.update(piece)
            self.size_bytes += len(piece)
            left = left[len(piece) :]
            if self.size_bytes % _SYNC_BYTES == 0 and self._validator:
                self._secure(self._file)

    def end(self) -> None:
        """Compare with the whole length, where that is known: a site may send less than was asked for."""
        if self._whole_bytes not in (None, self.size_bytes):
            raise CutBody(f"{self.size_bytes} of {self._whole_bytes} bytes came")

    def _goes_on(self, headers: Mapping[str, str]) -> bool:
        """Tell whether a part begins where ours ends, and learn the whole length."""
        sent = _RANGE.fullmatch(headers.get("content-range", ""))
        if not sent or int(sent[1]) != self.size_bytes:
            return False
        whole_bytes = None if sent[2] == "*" else int(sent[2])
        if not self._is_of(headers, whole_bytes):
            return False
        self._whole_bytes = self._whole_bytes or whole_bytes
        return True

    def _is_of(self, headers: Mapping[str, str], whole_bytes: int | None) -> bool:
        """Tell whether an answer is of the file that we have a part of: not every site heeds If-Range."""
        is_same = _strong_validator(headers) in (None, self._validator)
        return is_same and (None in (whole_bytes, self._whole_bytes) or whole_bytes == self._whole_bytes)

    def _check_size(self, size_bytes: int) -> None:
        if size_bytes > self._limit_bytes:
            self._restart()
        _check_size(size_bytes, self._limit_bytes)

    def _restart(self) -> None:
        assert self._file is not None, "a sink is a context manager"
        self._note.unlink(missing_ok=True)
        if self.size_bytes:
            self._file.truncate(0)
            os.fsync(self._file.fileno())  # before a new note could speak of it
        self._hash = hashlib.sha256()
        self.size_bytes = 0
        self._validator = self._whole_bytes = None

    def _secure(self, file: BinaryIO) -> None:
        """Have all so far on the disk before anything more is written, so that whole MiB can be trusted."""
        file.flush()
        os.fsync(file.fileno())
        if not self._note.exists():
            write_json(self._note, {"validator": self._validator, "whole_bytes": self._whole_bytes})

    def _read_note(self) -> None:
        try:
            note = json.loads(self._note.read_bytes())
            self._validator, self._whole_bytes = note["validator"], note["whole_bytes"]
        except (OSError, ValueError, LookupError, TypeError):
            self._note.unlink(missing_ok=True)


def note_of(path: Path) -> Path:
    """Where it stands which edition of a file has come in part."""
    return path.with_name(f"{path.name}.json")


def _announced(headers: Mapping[str, str]) -> int:
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else 0


def _check_size(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise TooLarge(f"larger than {limit_bytes} bytes")


def _strong_validator(headers: Mapping[str, str]) -> str | None:
    """What names one edition of a file to the byte, in characters that a request may hold."""
    entity_tag = headers.get("etag", "")
    wanted = headers.get("last-modified", "") if entity_tag[:2] in ("", "W/") else entity_tag
    return wanted if wanted and wanted.isascii() and wanted.isprintable() else None
