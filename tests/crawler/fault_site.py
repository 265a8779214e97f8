"""A site on real sockets that can do everything wrong: one answer after the other, as a test words it, byte by byte."""

import json
import socket
import struct
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.crawl import CrawlSummary
from emtool.crawler.demo.site import HOST as DEMO_HOST
from emtool.crawler.demo.site import PORT as DEMO_PORT
from emtool.crawler.http import Client, HttpConfig
from emtool.crawler.store import Store
from tests.conftest import CHECKOUT
from tests.crawler.crawling import run
from tests.crawler.making import AGENT, Hands

HOST = "faults.test"
RECIPE = """
kind: json-api
start: http://faults.test/songs?page=1
vote_kind: likes
listing:
  list: songs
  paging: {page: page, size: 2}
  fields: {id: id, url: page, title: name, licence: {value: CC0-1.0}, audio_url: sound}
comments:
  address: http://faults.test/songs/{id}/comments?page=1
  list: comments
  paging: {page: page, size: 2}
  fields: {id: id, text: text, votes: likes}
"""
PAGES: dict[str, Any] = {
    "/songs?page=1": {
        "songs": [
            {"id": n, "page": f"/song/{n}", "name": f"Song {n}", "sound": f"/sound/{n}"} for n in (1, 2)
        ]
    },
    "/songs?page=2": {"songs": []},
    "/songs/1/comments?page=1": {
        "comments": [
            {"id": "a", "text": "a slow sad piano", "likes": 5},
            {"id": "b", "text": "warm piano", "likes": 3},
        ]
    },
    "/songs/1/comments?page=2": {"comments": [{"id": "c", "text": "钢琴 piano", "likes": 1}]},
    "/songs/2/comments?page=1": {"comments": [{"id": "d", "text": "bright piano", "likes": 2}]},
}
SOUNDS = {number: CHECKOUT / f"crawler/demo/audio/s1-000{number}.opus" for number in (1, 2)}
MAX_PAGE_BYTES = 20_000
ATTEMPTS = 6
Act = Callable[[socket.socket], bool | None]  # true: the connection stays open


def raw(*parts: bytes) -> Act:
    """Send these bytes and hang up."""
    return lambda connection: connection.sendall(b"".join(parts))


def sent(*parts: bytes) -> Act:
    """Send these bytes and wait for the next request."""

    def act(connection: socket.socket) -> bool:
        connection.sendall(b"".join(parts))
        return True

    return act


def reply(body: Any, status: str = "200 OK", **headers: str) -> Act:
    """Answer as one should."""
    content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return sent(head(status, **headers, content_length=str(len(content))), content)


def head(status: str = "200 OK", **headers: str) -> bytes:
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode()


def endless(start: bytes, again: bytes) -> Act:
    """Send the start, and then the same again and again until the other side has enough, or 4,000 times."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        for _ in range(4000):
            connection.sendall(again)

    return act


def stall(start: bytes) -> Act:
    """Send the start, and no more until the other side hangs up."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.recv(1)

    return act


def reset(start: bytes) -> Act:
    """Send the start, and reset the connection."""

    def act(connection: socket.socket) -> None:
        connection.sendall(start)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()

    return act


class FaultSite:
    """Two songs, the first of which has two pages of comments; any path can be given other answers.

    ``acts`` holds answers of a path, one after the other, of which the last one stays. Without any, all is well.
    """

    def __init__(self, folder: Path) -> None:
        self.hands = Hands()
        self.acts: dict[str, list[Act]] = {}
        self.asked: list[str] = []
        self._recipe = folder / "faults.yaml"
        self._recipe.write_text(RECIPE, encoding="utf-8")
        self._well: dict[str, Act] = {path: reply(value) for path, value in PAGES.items()}
        for number in (1, 2):
            self._well[f"/sound/{number}"] = reply(SOUNDS[number].read_bytes())
        site = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = 20

            def do_GET(self) -> None:
                site.asked.append(self.path)
                self.close_connection = True
                with suppress(OSError):
                    self.close_connection = not site.act(self.path)(self.connection)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def act(self, path: str) -> Act:
        """Choose the answer of a path."""
        acts = self.acts.get(path)
        if acts:
            return acts.pop(0) if len(acts) > 1 else acts[0]
        return self.well(path)

    def well(self, path: str) -> Act:
        """Give the answer of a path if all is well."""
        return self._well.get(path, reply(b"", "404 Not Found"))

    def drip(self, start: bytes, again: bytes) -> Act:
        """Send the start, and then a little again and again, 20 s apart; no other pause is as long."""

        def act(connection: socket.socket) -> None:
            connection.sendall(start)
            for _ in range(10):
                self.hands.now_s += 20.0
                connection.sendall(again)
            connection.recv(1)

        return act

    def crawl(
        self, store: Store, *, source: str | None = None, timeout_s: float = 10.0, **options: Any
    ) -> CrawlSummary:
        """Crawl the site, by its own recipe or another one, with a clock that nobody waits for."""
        self.asked.clear()
        self.hands.slept.clear()
        place = ("127.0.0.1", self._server.server_port)
        config = HttpConfig(
            user_agent=AGENT,
            min_interval_s=0.0,
            jitter=0.0,
            timeout_s=timeout_s,
            page_deadline_s=60.0,
            max_page_bytes=MAX_PAGE_BYTES,
            attempts=ATTEMPTS,
        )
        guard = AddressGuard(routes={(HOST, 80): place, (DEMO_HOST, DEMO_PORT): place})
        with Client(config, guard=guard, clock=self.hands.clock) as network:
            return run(store, network, source_name=source or str(self._recipe), **options)
