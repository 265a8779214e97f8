"""Fixtures of the crawler's tests."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.store import Store
from tests.crawler.making import catalogue_entry, write_catalogue
from tests.crawler.postgresql_server import OpenStore, Server, running_server

if TYPE_CHECKING:
    from tests.crawler.ytdlp_site import Music


@pytest.fixture(scope="session")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four clips: the second has two and a half pages of comments, the third only chatter."""
    entries = [catalogue_entry(number, comments=25 if number == 1 else 3) for number in range(4)]
    return write_catalogue(tmp_path_factory.mktemp("catalogue"), entries)


@pytest.fixture
def site(catalogue: Path) -> Iterator[DemoSite]:
    with DemoSite(catalogue) as running:
        yield running


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run the tests of a module that names its ``BACKENDS`` once with each of them."""
    if "backend" in metafunc.fixturenames:
        backends = getattr(metafunc.module, "BACKENDS", ("sqlite",))
        metafunc.parametrize("backend", backends, indirect=True)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as found:
        yield found


@pytest.fixture
def backend(request: pytest.FixtureRequest) -> Callable[[], str | None]:
    """Give the address of a new place with each call; None is the file of the folder."""
    if request.param == "sqlite":
        return lambda: None
    server: Server = request.getfixturevalue("server")
    return server.new_schema


@pytest.fixture
def address_of(backend: Callable[[], str | None]) -> Callable[[Path], str | None]:
    """Give the database of a store's folder, a new one for each folder."""
    return functools.cache(lambda _folder: backend())


@pytest.fixture
def open_store(address_of: Callable[[Path], str | None]) -> OpenStore:
    def opened(folder: Path, *, create: bool) -> Store:
        return Store.open(folder, create=create, address=address_of(folder))

    return opened


@pytest.fixture
def store(tmp_path: Path, open_store: OpenStore) -> Iterator[Store]:
    with open_store(tmp_path / "store", create=True) as opened:
        yield opened


@pytest.fixture
def music(monkeypatch: pytest.MonkeyPatch) -> Iterator["Music"]:
    """A site for yt-dlp, which knows its songs."""
    from yt_dlp import globals as yt_dlp_globals  # here: only tests of yt-dlp wait for it
    from yt_dlp.extractor import gen_extractor_classes

    from tests.crawler.ytdlp_site import Music, SongIE

    known = {kind.__name__: kind for kind in gen_extractor_classes()}
    monkeypatch.setattr(yt_dlp_globals.extractors, "value", {"SongIE": SongIE, **known})
    with Music() as running:
        yield running
