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

from emtool.crawler.errors import FetchError, ForbiddenError, RefusedError
from emtool.crawler.relay import Reply
from emtool.crawler.web import Web

_NOT_SENT = frozenset(  # headers that the client sets by itself, or that would hide who asks
    {"accept-encoding", "connection", "content-length", "cookie", "host", "sec-fetch-mode", "x-forwarded-for"}
)
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_REDIRECTS = 5
_HAD_ENOUGH = frozenset({412, 429})  # 412 is how Bilibili says it
_CODES = re.compile(rb'\s*\{"code":\s*-(?:352|401|412|460|462)\b')  # of Bilibili and NetEase, for the same


class Network:
    """What happens on the network while yt-dlp works; one for each piece of work.

    Args:
        web: Makes the requests.
        page: The address that yt-dlp was given: it and where it redirects to go through the permission gate, which
            is asked for it before any other address. Once it is not wanted, no more requests are made.
        is_audio: yt-dlp fetches audio: every address goes through the gate, and is read whole.
        max_requests: Requests after which no more are made; a site may have comments without an end.
    """

    def __init__(
        self, web: Web, page: str, *, is_audio: bool = False, max_requests: int | None = None
    ) -> None:
        self._web = web
        self._page = page
        self._pages = {page}
        self._is_permitted = False
        self._is_audio = is_audio
        self._max_requests = max_requests
        self._requests = 0
        self._audio_bytes = 0
        self.refused: RefusedError | None = None  # the site has had enough
        self.problem: FetchError | None = None  # why the page or the audio itself could not be had

    def send(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> Reply:
        """Make a request, redirects included.

        Raises:
            FetchError: No answer came, or it is not wanted.
        """
        for _ in range(_MAX_REDIRECTS + 1):
            if isinstance(self.problem, ForbiddenError):
                raise self.problem
            is_page = self._is_audio or url in self._pages
            try:
                if not is_page:
                    self._permit()
                reply = self._ask(method, url, headers, body, is_page=is_page)
            except FetchError as error:
                if isinstance(error, RefusedError):
                    self._refuse(error)
                if is_page or not self._is_permitted:
                    self.problem = error
                raise
            self._is_permitted = True
            target = reply.headers.get("location", ())
            if reply.status not in _REDIRECTS or not target:
                return reply
            url = urljoin(url, target[0])
            headers = {name: value for name, value in headers.items() if name.lower() != "authorization"}
            if is_page:
                self._pages.add(url)
            if reply.status not in {307, 308} and method != "HEAD":
                method, body = "GET", None
        raise FetchError(f"{url}: more than {_MAX_REDIRECTS} redirects")

    def _permit(self) -> None:
        if not self._is_permitted:
            self._web.permit(self._page)  # many a page is read by other addresses only
        self._is_permitted = True

    def _ask(
        self, method: str, url: str, headers: dict[str, str], body: bytes | None, *, is_page: bool
    ) -> Reply:
        if self._requests == self._max_requests:
            raise FetchError(f"{url}: not asked, {self._max_requests} requests are enough")
        if self._audio_bytes > self._web.config.max_audio_bytes:
            raise FetchError(f"{url}: the audio is larger than {self._web.config.max_audio_bytes} bytes")
        self._requests += 1
        reply = self._web.relay(
            method, url, headers=headers, body=body, is_page=is_page, whole=self._is_audio
        )
        told = f"{url}: answers {reply.status}"
        is_challenge = "challenge" in reply.headers.get("cf-mitigated", ())
        if reply.status in _HAD_ENOUGH or is_challenge or _CODES.match(reply.body[:64]):
            self._refuse(RefusedError(told, pause_s=reply.pause_s, is_signal=True))
        elif reply.status == HTTPStatus.FORBIDDEN:
            self._refuse(RefusedError(told, pause_s=reply.pause_s))
        self._audio_bytes += len(reply.body) if self._is_audio else 0
        return reply

    def _refuse(self, error: RefusedError) -> None:
        if self.refused is None or error.is_signal:
            self.refused = error


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
        headers = {name: value for name, value in merged.items() if name.lower() not in _NOT_SENT}
        if "Range" in headers:
            headers["Accept-Encoding"] = "identity"  # a part of the file, not of a packed form of it
        data = request.data
        body = data if data is None or isinstance(data, bytes) else b"".join(data)
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
