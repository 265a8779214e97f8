"""How a request leaves: to an address that the guard allows, with the keys that belong there."""

import httpcore
import httpx

from emtool.crawler.addresses import AddressGuard, GuardedBackend
from emtool.crawler.credentials import Keys
from emtool.crawler.deadline import Deadline, TimedBackend


class GuardedTransport(httpx.HTTPTransport):
    """The usual transport, except that the guard chooses what is connected to, and that no answer outstays its time."""

    def __init__(self, guard: AddressGuard, deadline: Deadline) -> None:
        certificates = httpx.create_ssl_context()
        super().__init__(verify=certificates)
        self._pool = httpcore.ConnectionPool(
            ssl_context=certificates,
            max_connections=16,
            keepalive_expiry=30.0,
            network_backend=TimedBackend(GuardedBackend(guard), deadline),
        )


class KeyedTransport(httpx.BaseTransport):
    """Adds keys where nothing is logged, kept or shown any more: all above knows addresses without them."""

    def __init__(self, inner: httpx.BaseTransport, keys: Keys) -> None:
        self._inner = inner
        self._keys = keys

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request with its keys."""
        url = str(request.url)
        headers, parameters = self._keys.headers(url), self._keys.parameters(url)
        if headers or parameters:
            request = httpx.Request(
                request.method,
                request.url.copy_merge_params(parameters) if parameters else request.url,
                headers=[*request.headers.items(), *headers.items()],
                stream=request.stream,
                extensions=request.extensions,
            )
        return self._inner.handle_request(request)

    def close(self) -> None:
        """Close what is behind."""
        self._inner.close()
