"""The network of yt-dlp: every request that it makes is made by our own client.

So the address guard, the pace for each host, the limits and our honest name hold for yt-dlp as for every other
source; its cookies, proxies and browser disguises have no way out.
"""

import io
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import urljoin

from yt_dlp.networking import Request, RequestHandler, Response
from yt_dlp.networking.exceptions import HTTPError, TransportError

from emtool.crawler.errors import FetchError, RefusedError
from emtool.crawler.http import Reply
from emtool.crawler.web import Web

_OURS = frozenset(  # headers that are ours to set, or that would hide who asks
    {"accept-encoding", "connection", "content-length", "cookie", "host", "range", "sec-fetch-mode"}
) | {"user-agent", "x-forwarded-for"}
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_HAD_ENOUGH = frozenset({412, 429})  # 412 is how Bilibili says it
_CODES = re.compile(rb'\s*\{"code":\s*-(?:352|401|412|460|462)\b')  # of Bilibili and NetEase, for the same
_PREVIEW_BYTES = 4096


class Network:
    """What happens on the network while yt-dlp works; one for each piece of work.

    Args:
        web: Makes the requests.
        page: The address that yt-dlp was given: it and where it redirects to go through the permission gate.
        fetches_audio: Sound is read whole; else its beginning is enough.
    """

    def __init__(self, web: Web, page: str, *, fetches_audio: bool = False) -> None:
        self._web = web
        self._pages = {page}
        self._preview_bytes = None if fetches_audio else _PREVIEW_BYTES
        self.refused: RefusedError | None = None  # the site has had enough
        self.problem: FetchError | None = None  # why the page itself could not be had

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
        """Make a request, redirects included.

        Raises:
            FetchError: No answer came, or it is not wanted.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            is_page = url in self._pages
            try:
                reply = self._web.relay(
                    method,
                    url,
                    headers=headers,
                    body=body,
                    is_page=is_page,
                    preview_bytes=self._preview_bytes,
                )
            except FetchError as error:
                self._note(error, is_page=is_page)
                raise
            told = f"{url}: answers {reply.status}"
            if reply.status in _HAD_ENOUGH or _CODES.match(reply.body[:64]):
                self._note(RefusedError(told, pause_s=reply.pause_s, is_signal=True), is_page=is_page)
            elif reply.status == HTTPStatus.FORBIDDEN:
                self._note(RefusedError(told, pause_s=reply.pause_s), is_page=is_page)
            target = reply.headers.get("location", ())
            if reply.status not in _REDIRECTS or not target:
                return reply
            url = urljoin(url, target[0])
            if is_page:
                self._pages.add(url)
            if reply.status not in {307, 308} and method != "HEAD":
                method, body = "GET", None
        raise FetchError(f"{url}: more than {_MAX_REDIRECTS} redirects")

    def _note(self, error: FetchError, *, is_page: bool) -> None:
        if isinstance(error, RefusedError) and (self.refused is None or error.is_signal):
            self.refused = error
        if is_page:
            self.problem = error


class EmtoolRH(RequestHandler):  # type: ignore[misc]  # yt-dlp has no types
    """The one request handler that yt-dlp is given; the name follows its rule for handlers."""

    _SUPPORTED_URL_SCHEMES = ("http", "https")
    _SUPPORTED_PROXY_SCHEMES = None
    _SUPPORTED_FEATURES = None

    def __init__(self, network: Network, **options: Any) -> None:
        super().__init__(**options)
        self._network = network

    def _check_extensions(self, extensions: dict[str, Any]) -> None:
        for name in ("cookiejar", "timeout", "legacy_ssl", "keep_header_casing"):
            extensions.pop(name, None)
        super()._check_extensions(extensions)

    def _send(self, request: Request) -> Response:
        merged = self._get_headers(request)
        headers = {name: value for name, value in merged.items() if name.lower() not in _OURS}
        body = (
            request.data
            if request.data is None or isinstance(request.data, bytes)
            else b"".join(request.data)
        )
        try:
            reply = self._network.send(request.method, request.url, headers, body)
        except FetchError as error:
            raise TransportError(str(error), cause=error) from error
        flat = {
            name: ", ".join(values)
            for name, values in reply.headers.items()
            if name not in {"content-encoding", "content-length"}  # the body is unpacked already
        }
        response = Response(io.BytesIO(reply.body), reply.url, flat, reply.status)
        if not HTTPStatus.OK <= reply.status < HTTPStatus.MULTIPLE_CHOICES:
            raise HTTPError(response)
        return response
