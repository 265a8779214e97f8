"""The demo site on loopback; ``python -m emtool.crawler.demo.site`` prints an address to look at it."""

import argparse
import sys
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

from emtool.crawler.demo.answers import Answers
from emtool.crawler.demo.clips import SHIPPED, read_catalogue
from emtool.crawler.errors import EmtoolError

# The name and port of the site in every stored address. Browsers resolve *.localhost to this machine, so such
# an address opens while the site runs on its usual port; a crawl starts it on a free one and routes this name
# there.
HOST, PORT = "demo.localhost", 8765


class DemoSite:
    """Serves a catalogue while the context is open.

    Args:
        catalogue: Folder with ``catalogue.jsonl`` and ``audio/``; None is the one that comes with emtool.
        port: 0 takes a free one.
        log: Told of each request before it is answered, as "GET /path".

    Raises:
        UsageError: The catalogue cannot be read.
        OSError: The port is taken.
    """

    def __init__(
        self, catalogue: Path | None = None, *, port: int = 0, log: Callable[[str], None] = lambda _line: None
    ) -> None:
        self._server = _Server(port, Answers(read_catalogue(catalogue or SHIPPED)), log)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def place(self) -> tuple[str, int]:
        """Address and port where it listens."""
        return "127.0.0.1", self._server.server_port

    def wait(self) -> None:
        """Serve until interrupted."""
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # a kept-alive connection does not hold up the end

    def __init__(self, port: int, answers: Answers, log: Callable[[str], None]) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.answers = answers
        self.log = log


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"  # one connection for many requests
    server_version = "emtool-demo"
    disable_nagle_algorithm = (
        True  # header and body are two writes: without this each answer waits for an ACK
    )
    server: _Server

    def do_GET(self) -> None:
        """Answer with a body."""
        self.wfile.write(self._head())

    def do_HEAD(self) -> None:
        """Answer without the body."""
        self._head()

    def _head(self) -> bytes:
        self.server.log(f"{self.command} {self.path}")
        reply = self.server.answers.to(
            self.path, {name.lower(): value for name, value in self.headers.items()}
        )
        self.send_response(reply.status)
        for name, value in {"Content-Type": reply.content_type, **reply.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        return reply.body

    def handle(self) -> None:
        """Serve a connection; one that the other side has cut is no error of the site."""
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        """Leave the log to ``log``."""


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m emtool.crawler.demo.site", description=__doc__)
    parser.add_argument("--port", type=int, default=PORT, help="port on this machine (default %(default)s)")
    parser.add_argument("--catalogue", type=Path, help="folder with catalogue.jsonl and audio/ of your own")
    options = parser.parse_args()
    try:
        site = DemoSite(options.catalogue, port=options.port, log=_print_line)
    except (EmtoolError, OSError) as error:
        sys.exit(f"error: {error}")
    with site:
        _print_line(f"the demo site is at http://{HOST}:{site.place[1]}/tracks, Ctrl-C ends it")
        try:
            site.wait()
        except KeyboardInterrupt:
            _print_line("ended")


def _print_line(line: str) -> None:
    sys.stderr.write(f"{line}\n")


if __name__ == "__main__":
    main()
