"""Fixtures of the crawler's tests."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.store import Store
from tests.crawler.making import catalogue_entry, write_catalogue

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


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "store", create=True) as opened:
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
