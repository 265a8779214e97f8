"""What the HTTP client is asked, and what it gives back."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A page."""

    url: str  # after redirects
    status: int  # 200 to 299, or one that was asked for
    charset: str | None  # as the header states it
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is sent to an address by POST: a question that may be put again, and changes nothing there."""

    body: bytes
    content_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A file that has arrived whole."""

    url: str  # after redirects
    sha256: str
    size_bytes: int
