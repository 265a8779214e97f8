"""The time within which an answer must be here, whatever trickles in: a byte now and then resets every timeout."""

import math
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

from emtool.crawler.clock import Clock
from emtool.crawler.errors import FetchError


class Deadline:
    """The end of one request; a client makes one at a time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._end_s = math.inf
        self._told = ""

    def start(self, url: str, allowed_s: float) -> None:
        """Begin anew, for a request that may take so long."""
        self._end_s = self._clock.elapsed_s() + allowed_s
        self._told = f"{url}: not all of it came within {allowed_s:g} s"

    def check(self) -> None:
        """Raise FetchError if the time is up."""
        if self._clock.elapsed_s() > self._end_s:
            raise FetchError(self._told)


class TimedBackend(httpcore.NetworkBackend):
    """Opens sockets that look at the deadline before they wait for more.

    A body's chunks are too late for that: headers, the sizes of chunks, and packed data that unpacks to nothing
    can trickle in for ever without one.
    """

    def __init__(self, sockets: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._sockets = sockets
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect as the other backend does."""
        stream = self._sockets.connect_tcp(host, port, timeout, local_address, socket_options)
        return _TimedStream(stream, self._deadline)


class _TimedStream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self._deadline.check()
        return self._stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, timeout)

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, timeout), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)
