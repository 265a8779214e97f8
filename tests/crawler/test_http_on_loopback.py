"""The client on real sockets: routes, the address guard, a kept-alive connection, and a cut one."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import FetchError, ForbiddenError
from tests.crawler.making import loopback_client

TRACKS = f"http://{HOST}:{PORT}/tracks"


def test_a_routed_name_reaches_the_site(site: DemoSite) -> None:
    with loopback_client(AddressGuard(routes={(HOST, PORT): site.place})) as opened:
        answer = opened.get(TRACKS)
    assert answer.url == TRACKS
    assert b"Piece 0" in answer.body


def test_the_same_site_by_its_number_is_refused(site: DemoSite) -> None:
    opened = loopback_client(AddressGuard(routes={(HOST, PORT): site.place}))
    with opened, pytest.raises(ForbiddenError, match="private address"):
        opened.get(f"http://127.0.0.1:{site.place[1]}/tracks")


def test_a_name_that_leads_to_loopback_is_refused_and_the_site_sees_nothing(catalogue: Path) -> None:
    seen: list[str] = []
    with DemoSite(catalogue, log=seen.append) as site:
        guard = AddressGuard(resolve=lambda _host, _port: ["127.0.0.1"])
        with loopback_client(guard) as opened, pytest.raises(ForbiddenError, match=r"inside\.test"):
            opened.get(f"http://inside.test:{site.place[1]}/tracks")
    assert seen == []


def test_private_addresses_can_be_allowed(site: DemoSite) -> None:
    with loopback_client(AddressGuard(allow_private=True)) as opened:
        assert opened.get(f"http://127.0.0.1:{site.place[1]}/tracks").status == 200


@pytest.fixture
def breaking_server() -> Iterator[tuple[str, int]]:
    """Announces 100 bytes, sends 10, and hangs up."""

    def serve(listening: socket.socket) -> None:
        while True:
            try:
                connection, _ = listening.accept()
            except OSError:
                return
            with closing(connection):
                connection.recv(65_536)
                connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n0123456789")

    listening = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=serve, args=(listening,))
    thread.start()
    yield listening.getsockname()
    listening.shutdown(socket.SHUT_RDWR)
    listening.close()
    thread.join()


def test_a_connection_that_breaks_off_is_tried_again_and_then_given_up(
    breaking_server: tuple[str, int], tmp_path: Path
) -> None:
    host, port = breaking_server
    with loopback_client(AddressGuard(allow_private=True), attempts=3) as opened:
        with pytest.raises(FetchError, match=r"RemoteProtocolError .*3 times"):
            opened.download(f"http://{host}:{port}/x", tmp_path / "part")
        assert (opened.requests, opened.received_bytes) == (3, 30)
    assert list(tmp_path.iterdir()) == []
