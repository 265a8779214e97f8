"""The client on real sockets: routes, the address guard, a kept-alive connection, and a cut one."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest
import trustme

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.http import Client, HttpConfig
from tests.crawler.fault_site import Act, reply
from tests.crawler.making import AGENT, Hands, loopback_client

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


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> trustme.CA:
    """One that every client of this test trusts."""
    made = trustme.CA()
    made.cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    return made


@contextmanager
def served(authority: trustme.CA, act: Act) -> Iterator[AddressGuard]:
    """Answer one request over TLS, as safe.test; the guard leads there."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    authority.issue_cert("safe.test").configure_cert(context)

    def serve() -> None:
        with suppress(OSError):
            accepted, _ = listening.accept()
            accepted.settimeout(20)
            with closing(context.wrap_socket(accepted, server_side=True)) as connection:
                connection.recv(65_536)
                act(connection)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)
        place = listening.getsockname()
        thread = threading.Thread(target=serve)
        thread.start()
        yield AddressGuard(routes={(name, 443): place for name in ("safe.test", "other.test")})
        thread.join()


@pytest.mark.parametrize("url", ["https://safe.test/x", "https://other.test/x"])
def test_tls_is_spoken_and_the_name_checked(authority: trustme.CA, url: str) -> None:
    with served(authority, reply(b"safe")) as guard, loopback_client(guard, attempts=1) as opened:
        if "safe" in url:
            assert opened.get(url).body == b"safe"
        else:
            with pytest.raises(FetchError, match="certificate verify failed: Hostname mismatch"):
                opened.get(url)


def test_headers_that_drip_over_tls_end_at_the_deadline(authority: trustme.CA) -> None:
    hands = Hands()

    def drip(connection: socket.socket) -> None:
        for _ in range(10):
            hands.now_s += 20.0
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        connection.recv(1)

    config = HttpConfig(user_agent=AGENT, page_deadline_s=60.0, timeout_s=5.0, attempts=1)
    with (
        served(authority, drip) as guard,
        Client(config, guard=guard, clock=hands.clock) as opened,
        pytest.raises(FetchError, match="not all of it came within 60 s"),
    ):
        opened.get("https://safe.test/x")
