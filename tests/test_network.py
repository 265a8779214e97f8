"""The guard of conftest.py guards."""

import socket
import urllib.request

import pytest


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1"])
def test_a_connection_off_this_machine_fails(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as outward, pytest.raises(pytest.fail.Exception, match="wants to reach"):
        outward.connect((host, 80))


def test_a_name_is_not_looked_up() -> None:
    with pytest.raises(pytest.fail.Exception, match=r"looks up 'example.invalid'"):
        urllib.request.urlopen("http://example.invalid/", timeout=1)


def test_loopback_is_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with socket.create_connection(server.getsockname(), timeout=5) as client:
            client.sendall(b"hello")
        accepted, _ = server.accept()
        with accepted:
            assert accepted.recv(5) == b"hello"
