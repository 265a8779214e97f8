"""Single requests of another program: under our name, at our pace, counted, within limits."""

from collections.abc import Callable

import httpx
import pytest

from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.http import Client
from emtool.crawler.relay import Reply, relay
from tests.crawler.making import AGENT, Hands, client

URL = "http://site.test/a"
Handler = Callable[[httpx.Request], httpx.Response]


def ask(network: Client, method: str = "GET", *, whole: bool = False, body: bytes | None = None) -> Reply:
    headers = {"Accept": "x/y", "User-Agent": "Mozilla/5.0"}
    return relay(network, method, URL, headers=headers, body=body, whole=whole)


def answering(*args: object, **kwargs: object) -> Handler:
    return lambda _request: httpx.Response(*args, **kwargs)  # type: ignore[arg-type]


def test_a_request_goes_out_as_it_is_worded_but_under_our_name() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(302, headers=[("Location", "/b"), ("X-A", "1"), ("X-A", "2")], text="moved")

    received: list[int] = []
    with client(handler, count=received.append) as network:
        reply = ask(network, "POST", body=b"{}")
    (request,) = seen
    assert (request.method, request.content, request.headers["Accept"]) == ("POST", b"{}", "x/y")
    assert (request.headers["User-Agent"], request.headers["Accept-Encoding"]) == (AGENT, "gzip, deflate")
    assert (reply.url, reply.status, reply.body) == (URL, 302, b"moved")
    assert (reply.headers["x-a"], received) == (["1", "2"], [5])


def test_it_keeps_the_pace_and_heeds_the_pause_that_a_site_asks_for() -> None:
    hands = Hands()
    with client(answering(503, headers={"Retry-After": "7"}), hands, min_interval_s=2.0) as network:
        assert [ask(network).pause_s, ask(network).pause_s] == [7.0, 7.0]
    assert hands.slept == [7.0]


@pytest.mark.parametrize(
    ("kind", "whole", "size"),
    [("audio/mpeg", False, 100), ("application/octet-stream", False, 100), ("audio/mpeg", True, 300)],
)
def test_of_sound_the_beginning_is_enough(kind: str, whole: bool, size: int) -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": kind}, content=(bytes(100) for _ in range(3)))

    with client(handler, max_page_bytes=300) as network:
        assert len(ask(network, whole=whole).body) == size


@pytest.mark.parametrize("kind", ["audio/x-mpegurl", "application/octet-stream", "text/html"])
def test_text_is_read_whole_whatever_it_is_called(kind: str) -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"Content-Type": kind}, content=(b"#EXTM3U\n" for _ in range(9)))

    with client(handler, max_page_bytes=72) as network:
        assert len(ask(network).body) == 72
    with (
        client(handler, max_page_bytes=71) as network,
        pytest.raises(FetchError, match="larger than 71 bytes"),
    ):
        ask(network)


def test_a_large_file_of_sound_is_no_error_and_a_head_has_no_body() -> None:
    headers = {"Content-Type": "audio/mpeg", "Content-Length": "5000"}
    with client(answering(200, headers=headers, content=iter([bytes(50)])), max_page_bytes=60) as network:
        assert len(ask(network).body) == 50
    with client(answering(200, headers=headers, content=iter([]))) as network:
        assert ask(network, "HEAD").headers["content-length"] == ["5000"]


def test_what_went_wrong_is_one_line() -> None:
    def handler(_request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("slow")

    with client(handler) as network, pytest.raises(FetchError, match=rf"^{URL}: ReadTimeout slow$"):
        ask(network)
    with client(answering(200, headers={"Content-Length": "9"}, content=iter([b"short"]))) as network:
        with pytest.raises(FetchError, match="5 of 9 bytes came"):
            ask(network)
        with pytest.raises(ForbiddenError, match="private address"):
            relay(network, "GET", "http://127.0.0.1/", headers={}, body=None, whole=True)
