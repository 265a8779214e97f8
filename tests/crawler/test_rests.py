"""A site that has had enough is left alone until a stated time, also by the next process."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from emtool.crawler.captcha import asks_for_a_human
from emtool.crawler.errors import BlockedError, FetchError, RefusedError
from emtool.crawler.permission import Permission
from emtool.crawler.recipe import path_of
from emtool.crawler.rests import STRIKES, Rests
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from tests.conftest import RunEmtool
from tests.crawler.making import Hands, client

BACKENDS = ("sqlite", "postgresql")
HOUR_S = 3600


class Desk:
    """A source whose site answers with ``self.answer``."""

    def __init__(self, store: Store, answer: httpx.Response) -> None:
        self.store, self.hands, self.asked = store, Hands(), 0
        self.answer = answer
        network = client(self._reply, self.hands, attempts=1)
        permission = Permission(network, store.notes.remember, clock=self.hands.clock)
        self.rests = Rests(store, "site", clock=self.hands.clock)
        self.web = Web(network, permission, watch=self.rests.watch)

    def _reply(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        self.asked += 1
        return self.answer

    def get(self) -> None:
        self.web.get("http://site.test/a")


@pytest.mark.parametrize("status", [403, 429])
def test_refusals_in_a_row_stop_the_source_and_one_good_answer_forgives(store: Store, status: int) -> None:
    desk = Desk(store, httpx.Response(status))
    for _ in range(STRIKES - 1):
        with pytest.raises(RefusedError):
            desk.get()
    desk.answer = httpx.Response(200, text="fine")
    desk.hands.now_s += 60
    desk.get()
    desk.answer = httpx.Response(status)
    for _ in range(STRIKES - 1):
        with pytest.raises(RefusedError):
            desk.get()
    with pytest.raises(
        BlockedError, match=r"source site rests until 2023-11-14T23:.*again after that \(http"
    ):
        desk.get()
    with pytest.raises(BlockedError, match="rests until"):
        Rests(store, "site", clock=desk.hands.clock).check()
    Rests(store, "other", clock=desk.hands.clock).check()
    desk.hands.now_s += HOUR_S + 1
    desk.rests.check()
    with pytest.raises(BlockedError):  # still not: the strikes go on, and the next rest is longer
        desk.get()
    desk.hands.now_s += HOUR_S + 1
    with pytest.raises(BlockedError):
        desk.rests.check()
    desk.hands.now_s += HOUR_S
    desk.rests.check()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(403, headers={"cf-mitigated": "challenge"}),
        httpx.Response(200, text="<html><head><title>Just a moment...</title>"),
    ],
)
def test_a_page_that_asks_for_a_human_is_a_signal_at_once(store: Store, answer: httpx.Response) -> None:
    desk = Desk(store, answer)
    with pytest.raises(BlockedError, match="rests until"):
        desk.get()
    assert desk.asked == 1


def test_a_pause_that_is_too_long_to_wait_for_is_remembered_as_it_was_stated(store: Store) -> None:
    desk = Desk(store, httpx.Response(429, headers={"Retry-After": str(5 * HOUR_S)}))
    with pytest.raises(FetchError):
        desk.get()
    with pytest.raises(BlockedError, match="rests until 2023-11-15T03:13:20"):
        desk.get()
    assert desk.asked == 1


@pytest.mark.parametrize(
    ("title", "asks"),
    [
        ("验证码", True),
        ("Attention Required! | Cloudflare", True),
        ("Just a moment - by Anna", False),
        ("", False),
    ],
)
def test_titles(title: str, asks: bool) -> None:
    assert bool(asks_for_a_human(f"<title>\n{title}</title>".encode())) is asks


class Blocking(BaseHTTPRequestHandler):
    """A site that has no wishes, and refuses."""

    asked = 0

    def do_GET(self) -> None:
        type(self).asked += 1
        is_wish = self.path in {"/robots.txt", *SIGNAL_FILES}
        self.send_response(404 if is_wish else 403)
        if not is_wish:
            self.send_header("cf-mitigated", "challenge")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Keep standard error clean."""


@pytest.fixture
def port() -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Blocking) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_the_next_process_does_not_ask_at_all(run_emtool: RunEmtool, tmp_path: Path, port: int) -> None:
    recipe = tmp_path / "mine.yaml"
    text = path_of("demo").read_text(encoding="utf-8").replace("demo.localhost:8765", f"127.0.0.1:{port}")
    recipe.write_text(text, encoding="utf-8")
    crawl = ("crawl", str(recipe), "--allow-private-addresses", "--contact", "me@example.org")
    first = run_emtool(*crawl)
    asked = Blocking.asked
    assert (first.returncode, first.stderr.count("\n")) == (1, 1)
    second = run_emtool(*crawl)
    assert Blocking.asked == asked > 0
    for ended in (first, second):
        assert "error: source mine rests until 20" in ended.stderr
    assert json.loads(run_emtool("status", "--json").stdout)["sources"] == {}
