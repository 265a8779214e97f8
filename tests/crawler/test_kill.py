"""kill -9 while a page or a file is on its way: the same command goes on, and the store becomes the same."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from tests.crawler.making import content
from tests.crawler.postgresql_server import SLOW_POSTGRESQL, OpenStore

BACKENDS = ("sqlite", SLOW_POSTGRESQL)

WISHES = {"GET /robots.txt", *(f"GET {path}" for path in SIGNAL_FILES)}
CHECKOUT = Path(__file__).parents[2]


class Killer:
    """Watches the log of the site and kills the crawling process at a request, before it is answered."""

    def __init__(self, address_of: Callable[[Path], str | None]) -> None:
        self._address_of = address_of
        self.seen: list[str] = []
        self.kill_at: int | None = None
        self.process: subprocess.Popen[bytes] | None = None

    def log(self, line: str) -> None:
        self.seen.append(line)
        if len(self.seen) == self.kill_at:
            assert self.process is not None
            os.kill(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def crawl(self, folder: Path, site: DemoSite, *, kill_at: int | None) -> int:
        """Crawl in a process of its own and give its exit code."""
        self.seen.clear()
        self.kill_at = kill_at
        command = [sys.executable, "-m", "tests.crawler.crawling", str(folder), str(site.place[1])]
        address = self._address_of(folder)
        self.process = subprocess.Popen([*command, *([address] if address else [])], cwd=CHECKOUT)
        return self.process.wait(timeout=120)


def new_store(folder: Path) -> Path:
    folder.mkdir()
    (folder / "author.key").write_bytes(b"one key, so that the hashes of writers can be compared")
    return folder


def test_a_crawl_that_is_killed_again_and_again_ends_as_one_that_was_not(
    tmp_path: Path, catalogue: Path, address_of: Callable[[Path], str | None], open_store: OpenStore
) -> None:
    killer = Killer(address_of)
    killed = new_store(tmp_path / "killed")
    lost: list[str] = []
    with DemoSite(catalogue, log=killer.log) as site:
        # within a run: 1 to 4 are wishes, 5 is the listing, then pages of tracks and sounds, in the order in
        # which they are left
        for kill_at in (2, 5, 7, 5, 6, 5):
            assert killer.crawl(killed, site, kill_at=kill_at) == -signal.SIGKILL
            asked_again = set(lost) & set(killer.seen)
            assert (
                asked_again - WISHES == set(lost[-1:]) - WISHES
            )  # only the page whose answer did not arrive
            lost += killer.seen
        assert {line.split("/")[1] for line in set(lost) - WISHES} == {"tracks", "audio"}
        assert killer.crawl(killed, site, kill_at=None) == 0
        whole = new_store(tmp_path / "whole")
        assert killer.crawl(whole, site, kill_at=None) == 0
        with open_store(killed, create=False) as first, open_store(whole, create=False) as second:
            assert content(first) == content(second)
        assert killer.crawl(killed, site, kill_at=None) == 0
        assert killer.seen == []
