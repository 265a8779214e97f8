"""What holds for every test: no network but loopback, and no settings of the person who runs them."""

import ipaddress
import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

CHECKOUT = Path(__file__).parents[1]

# Read at import time by the libraries concerned, hence before any test module is imported.
os.environ |= {
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "MPLBACKEND": "Agg",
    "NO_COLOR": "1",
}
for name in list(os.environ):
    if (name.startswith("EMTOOL_") and name != "EMTOOL_TRANSFORMERS4") or name.lower().endswith("_proxy"):
        del os.environ[name]

settings.register_profile("emtool", deadline=None)  # no test depends on how fast a machine is
settings.load_profile("emtool")

RunEmtool = Callable[..., subprocess.CompletedProcess[str]]


def pytest_configure(config: pytest.Config) -> None:
    """Give the run a cache of Hugging Face's own, which goes with it, and Ctrl-C, which background jobs lack."""
    signal.signal(signal.SIGINT, signal.default_int_handler)
    cache = tempfile.TemporaryDirectory(prefix="emtool-tests-")
    config.add_cleanup(cache.cleanup)
    os.environ["HF_HOME"] = cache.name


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the longest file, so that no process waits for it at the end."""
    items.sort(key=lambda item: item.path.name != "test_demo.py")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host in ("localhost", "")


@pytest.fixture(autouse=True)
def _only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every attempt to leave this machine fail, with the address that was wanted."""

    def guarded(function: Callable[..., Any]) -> Callable[..., Any]:
        def checked(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(str(address[0])):
                pytest.fail(f"a test wants to reach {address[0]}: tests stay on this machine")
            return function(self, *arguments)

        return checked

    for name in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))

    look_up = socket.getaddrinfo

    def look_up_loopback(host: Any, *arguments: Any, **options: Any) -> Any:
        wanted = host.decode() if isinstance(host, bytes) else host
        if wanted is not None and not _is_loopback(wanted):
            pytest.fail(f"a test looks up {wanted!r}: tests stay on this machine")
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket, "getaddrinfo", look_up_loopback)


@pytest.fixture
def run_emtool(tmp_path: Path) -> RunEmtool:
    """Run the command line in a process of its own, in an empty folder unless ``cwd`` names another."""

    def run(*arguments: str, cwd: Path = tmp_path, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "emtool.cli", *arguments],
            check=False,
            cwd=cwd,
            env=os.environ | environment,
            capture_output=True,
            text=True,
            timeout=240,
        )

    return run
