"""One request as another program words it, under our name, at our pace, within our limits."""

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from emtool.crawler.http import Client, all_values
from emtool.crawler.robots import Headers
from emtool.crawler.sinks import Memory

_MEDIA = re.compile(r"\s*(?:audio/|video/|(?:application|binary)/octet-stream)", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a site says to a single request, whatever its status."""

    url: str
    status: int
    headers: Headers
    body: bytes
    pause_s: float | None  # the pause that it asks for


def relay(
    client: Client,
    method: str,
    url: str,
    *,
    headers: Mapping[str, str],
    body: bytes | None,
    whole: bool,
) -> Reply:
    """Make a request once, without following a redirect: what the answer means is for the caller to say.

    Args:
        client: Makes it.
        method: GET, POST, ...
        url: Where it goes.
        headers: Of the request; our user agent takes the place of another.
        body: Of the request.
        whole: Read all of sound and film; else only its beginning. Text is read whole, whatever its stated type.

    Raises:
        FetchError: No whole answer came.
        ForbiddenError: The address guard refuses.
    """
    sink = (Memory if whole else _Beginning)(client.config.max_page_bytes)
    with (
        client.stream(method, url, headers={**sink.headers(), **headers}, body=body) as response,
        suppress(_EnoughSeen),
    ):
        if method != "HEAD":
            client.receive(response, sink)
    pause_s = client.pause_s(response)
    if pause_s is not None:
        client.pace.hold(urlsplit(url).netloc, pause_s)
    return Reply(
        url=url,
        status=response.status_code,
        headers=all_values(response.headers),
        body=bytes(sink.body),
        pause_s=pause_s,
    )


class _EnoughSeen(Exception):  # noqa: N818 - no error
    pass


class _Beginning(Memory):
    """Text whole, but of sound and film, which may be as large as they like, the first piece that comes."""

    _is_media = False

    def start(self, status: int, headers: Mapping[str, str]) -> bool:
        """Look at the stated type."""
        self._is_media = bool(_MEDIA.match(headers.get("content-type", "")))
        return super().start(status, {} if self._is_media else headers)

    def write(self, chunk: bytes) -> None:
        """Stop where the content is sound or film indeed."""
        super().write(chunk)
        if self._is_media and b"\0" in chunk:
            raise _EnoughSeen
