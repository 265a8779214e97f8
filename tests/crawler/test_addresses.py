import socket
from collections.abc import Iterator
from contextlib import closing

import httpcore
import pytest

from emtool.crawler.addresses import AddressGuard, GuardedBackend, is_public
from emtool.crawler.errors import FetchError, ForbiddenError


@pytest.mark.parametrize(
    "number",
    [
        *("127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1"),
        *("224.0.0.1", "255.255.255.255", "::1", "fe80::1", "fc00::1", "ff02::1", "::"),
        *("::ffff:127.0.0.1", "::ffff:224.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
    ],
)
def test_private_numbers_are_not_public(number: str) -> None:
    assert not is_public(number)


@pytest.mark.parametrize("number", ["93.184.215.14", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"])
def test_numbers_of_the_internet_are_public(number: str) -> None:
    assert is_public(number)


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://a.test/x", "gopher://a", "//a.test", "", "http://"]
)
def test_only_web_addresses_are_fetched(url: str) -> None:
    with pytest.raises(FetchError, match="only http and https"):
        AddressGuard().check_url(url)


@pytest.mark.parametrize("url", ["http://[::1", "http://a.test:99999/"])
def test_a_broken_address_is_one_line(url: str) -> None:
    with pytest.raises(FetchError, match="is no web address"):
        AddressGuard().check_url(url)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1/", "https://[::1]:8080/x", "http://169.254.169.254/latest"]
)
def test_a_private_number_in_an_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(ForbiddenError, match="--allow-private-addresses"):
        AddressGuard().check_url(url)
    AddressGuard(allow_private=True).check_url(url)


def test_a_name_that_resolves_to_a_private_number_is_refused_when_it_is_connected_to() -> None:
    guard = AddressGuard(resolve=lambda _host, _port: ["93.184.215.14", "10.0.0.7"])
    guard.check_url("http://inside.test/")
    with pytest.raises(ForbiddenError, match=r"inside\.test is the private address 10\.0\.0\.7"):
        GuardedBackend(guard).connect_tcp("inside.test", 80)


def test_a_route_leads_only_its_own_name_and_port() -> None:
    guard = AddressGuard(
        routes={("demo.localhost", 8765): ("127.0.0.1", 4000)}, resolve=lambda *_: ["127.0.0.1"]
    )
    assert guard.targets("demo.localhost", 8765) == [("127.0.0.1", 4000)]
    with pytest.raises(ForbiddenError):
        guard.targets("demo.localhost", 80)


def test_a_route_may_stand_for_a_number() -> None:
    AddressGuard(routes={("127.0.0.1", 80): ("127.0.0.1", 4000)}).check_url("http://127.0.0.1/")


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        yield listening


def test_the_next_address_is_tried_when_one_does_not_answer(listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    guard = AddressGuard(allow_private=True, resolve=lambda _host, _port: ["127.0.0.3", "127.0.0.1"])
    GuardedBackend(guard).connect_tcp("a.test", port, timeout=5.0).close()


def test_no_address_that_answers_is_a_connection_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as gone:
        port = gone.getsockname()[1]
    guard = AddressGuard(allow_private=True, resolve=lambda _host, _port: ["127.0.0.1"])
    with pytest.raises(httpcore.ConnectError):
        GuardedBackend(guard).connect_tcp("a.test", port, timeout=5.0)


def test_an_unknown_name_is_a_connection_error() -> None:
    def unknown(_host: str, _port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(httpcore.ConnectError, match=r"nowhere\.test: Name or service not known"):
        GuardedBackend(AddressGuard(resolve=unknown)).connect_tcp("nowhere.test", 80)


def test_numbers_resolve_to_themselves() -> None:
    assert AddressGuard(allow_private=True).targets("127.0.0.1", 80) == [("127.0.0.1", 80)]
