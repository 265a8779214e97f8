"""Fixtures of the crawler's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.store import Store
from tests.crawler.making import catalogue_entry, write_catalogue


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
