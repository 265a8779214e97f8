"""Signals that a page's own content is not for training, in its ``<meta>`` tags."""

import re
from html.parser import HTMLParser

from emtool.crawler.robots import header_refusal

_HEAD_BYTES = 65_536  # a page says what it wishes in its head
_HTML = re.compile(rb"\s*(?:\xef\xbb\xbf)?\s*<", re.ASCII)
# A page without one of these has no such tag; the last begins a letter of a name in disguise.
_NAMES = (b"robots", b"emtool", b"tdm-reservation", b"content-usage", b"content-signal", b"&#")
_OF_HEADERS = {"robots": "x-robots-tag", "emtool": "x-robots-tag"}


class _Metas(HTMLParser):
    """Collects name, content and the raw tag."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str, str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep a meta tag."""
        if tag == "meta":
            told = {name: value or "" for name, value in attrs}
            name = (told.get("name") or told.get("http-equiv") or "").strip().lower()
            self.found.append((name, told.get("content", ""), self.get_starttag_text() or ""))


def is_html(body: bytes) -> bool:
    """Tell whether a body begins as HTML does."""
    return _HTML.match(body) is not None


def meta_refusal(body: bytes) -> tuple[str, str] | None:
    """Give the rule and the raw tag of a page that reserves its content, or None; anything but HTML is None.

    ``robots`` (and ``emtool``) with noai, noml, noindex or the like, ``tdm-reservation`` with 1 (W3C TDMRep), and
    the names of the headers of ``robots.header_refusal``.
    """
    head = body[:_HEAD_BYTES]
    lower = head.lower()
    if b"<meta" not in lower or not any(name in lower for name in _NAMES) or not is_html(head):
        return None
    reader = _Metas()
    reader.feed(head.decode("utf-8", "replace"))
    for name, content, raw in reader.found:
        if header_refusal({_OF_HEADERS.get(name, name): [content]}):
            return f"meta {name}", " ".join(raw.split())
    return None
