"""A site of JSON answers on loopback, reached by the names that shipped recipes use, and a crawl of it."""

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from emtool.crawler import recipe
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.crawl import CrawlSummary
from emtool.crawler.store import Store
from tests.crawler.crawling import run
from tests.crawler.making import loopback_client

Query = Mapping[str, str]
Route = Callable[[Query], Any]  # bytes, or a JSON value, or (status, one of these), or (status, one, headers)


class JsonSite:
    """Answers ``host/path`` by a function of the query (of a POST, ``{"": its body}``); keeps what was asked."""

    def __init__(self, routes: Mapping[str, Route]) -> None:
        self.routes = dict(routes)
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.do_GET()

            def do_GET(self) -> None:
                sent = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
                site.asked.append(self.headers["Host"].partition(":")[0] + self.path)
                site.headers.append(dict(self.headers))
                status, body, headers = site._answer(self.headers["Host"], self.path, sent)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

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

    def crawl(
        self,
        store: Store,
        source: str,
        *,
        query: str | None = "piano",
        network: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> CrawlSummary:
        """Crawl a plug-in, a shipped recipe over http instead of https, or a recipe of one's own by its path.

        Args:
            store: Takes what is found.
            source: What is crawled.
            query: What is searched for.
            network: Of the client's configuration; one attempt at a request if it does not say.
            options: Of ``crawling.run``.
        """
        if source in recipe.shipped():
            path = store.folder / f"{source}.yaml"
            text = recipe.path_of(source).read_text(encoding="utf-8")
            path.write_text(text.replace("https://", "http://"), encoding="utf-8")
            source = str(path)
        hosts = {route.partition("/")[0] for route in self.routes}
        place = ("127.0.0.1", self._server.server_port)
        guard = AddressGuard(routes={(host, 80): place for host in hosts})
        with loopback_client(guard, **{"attempts": 1} | dict(network or {})) as opened:
            return run(store, opened, source_name=source, queries=[query], **options)

    def count(self, beginning: str) -> int:
        return sum(one.startswith(beginning) for one in self.asked)

    def _answer(self, host: str, target: str, sent: str) -> tuple[int, bytes, Mapping[str, str]]:
        parts = urlsplit(target)
        route = self.routes.get(host.partition(":")[0] + parts.path)
        if route is None:
            return 404, b"", {}
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        told = route({"": sent} if sent else query)
        status, told, headers = (*told, {})[:3] if isinstance(told, tuple) else (200, told, {})
        body = told if isinstance(told, bytes) else json.dumps(told, ensure_ascii=False).encode()
        return status, body, headers


def part(items: list[Any], query: Query, *, most: int = 200) -> list[Any]:
    """Cut out what limit and offset ask for."""
    first = int(query.get("offset", "0"))
    return items[first : first + min(most, int(query["limit"]))]
