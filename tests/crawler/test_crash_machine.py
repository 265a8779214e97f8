"""A crawl that ends without warning at any point, again and again, becomes the one that was not interrupted."""

import functools
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.files import sha256_file
from emtool.crawler.records import TrackState
from emtool.crawler.store import Store
from tests.crawler.crashing import CRASHED, Crasher
from tests.crawler.making import catalogue_entry, content, write_catalogue
from tests.crawler.test_kill import WISHES, new_store

COMMENTS = (2, 12, 3)  # of the tracks: the second has two pages, the third is chatter
POINTS = 60  # of a whole crawl, about


@pytest.fixture(scope="module")
def crasher() -> Iterator[Crasher]:
    with Crasher() as running:
        yield running


def entries(votes: tuple[int, ...]) -> list[dict[str, Any]]:
    """Describe the tracks of the site; the votes of one are all raised by its number in ``votes``."""
    every = [catalogue_entry(number, comments=count) for number, count in enumerate(COMMENTS)]
    for entry, more in zip(every, votes, strict=True):
        for comment in entry["comments"]:
            comment["votes"] = None if comment["votes"] is None else comment["votes"] + more
    return every


def site_folder(folder: Path, votes: tuple[int, ...]) -> Path:
    place = folder / f"site{'-'.join(map(str, votes))}"
    return place if place.exists() else write_catalogue(place, entries(votes))


class CrashMachine(RuleBasedStateMachine):
    """One store, crawled by processes that crash; ``twin`` is a store that was crawled at once."""

    crasher: Crasher
    root: Path

    def __init__(self) -> None:
        super().__init__()
        self.folder = new_store(Path(tempfile.mkdtemp(dir=self.root)) / "store")
        self.votes = (0,) * len(COMMENTS)
        self.asked: set[str] = set()  # pages and sounds, by all processes so far
        self.owed: set[str] = set()  # those whose answer may not have got into the store
        self.ended = False

    @initialize(crash_at=st.integers(1, POINTS))
    def first_crash(self, crash_at: int) -> None:
        self.crash(crash_at)

    @precondition(lambda self: not self.ended)
    @rule(crash_at=st.integers(1, POINTS // 2))
    def crash(self, crash_at: int) -> None:
        self.ended = self.crawl(crash_at) == 0

    @precondition(lambda self: not self.ended)
    @rule(number=st.integers(0, len(COMMENTS) - 1))
    def votes_change_under_a_track_that_was_not_read_yet(self, number: int) -> None:
        if not any(f"/tracks/clip-{number}" in line for line in self.asked):
            self.votes = tuple(more + (place == number) for place, more in enumerate(self.votes))

    def crawl(self, crash_at: int | None) -> int:
        """Go on; only what was under way when the last process crashed is asked for again."""
        seen: list[str] = []
        with DemoSite(site_folder(self.root, self.votes), log=seen.append) as site:
            code = self.crasher.crawl([str(self.folder), str(site.place[1])], crash_at=crash_at)
        assert code in {0, CRASHED}
        now = set(seen) - WISHES
        assert len(now) == len([line for line in seen if line not in WISHES]), "twice in one run"
        assert now & self.asked <= self.owed
        self.asked |= now
        self.owed -= now
        if code == CRASHED:
            self.owed |= set(seen[-1:]) - WISHES
        self.check()
        return code

    def check(self) -> None:
        """See that what is in the store after a crash is whole."""
        if not (self.folder / "emtool.db").exists():
            return
        with Store.open(self.folder, create=True) as store:
            found = list(store.tracks())
            assert len({one.track.key for one in found}) == len(found)
            for one in found:
                if one.state is TrackState.DONE:
                    assert one.audio_sha256 is not None
                    assert sha256_file(store.audio_path(one.audio_sha256)) == one.audio_sha256
                    assert store.top_comments(one.track.key)

    def teardown(self) -> None:
        assert self.crawl(None) == 0
        with Store.open(self.folder, create=False) as store:
            assert content(store) == self.twin(self.root, self.votes)
        before = set(self.asked)
        assert self.crawl(None) == 0
        assert self.asked == before, "there was nothing left to ask for"

    @classmethod
    @functools.cache
    def twin(cls, root: Path, votes: tuple[int, ...]) -> dict[str, Any]:
        """Give what an uninterrupted crawl collects of the site with these votes."""
        folder = new_store(root / f"twin{'-'.join(map(str, votes))}")
        with DemoSite(site_folder(root, votes)) as site:
            assert cls.crasher.crawl([str(folder), str(site.place[1])], crash_at=None) == 0
        with Store.open(folder, create=False) as store:
            return content(store)


def test_a_crawl_that_crashes_at_any_point_becomes_the_one_that_did_not(
    tmp_path: Path, crasher: Crasher
) -> None:
    machine = type("Machine", (CrashMachine,), {"crasher": crasher, "root": tmp_path})
    run_state_machine_as_test(
        machine,
        settings=settings(
            derandomize=True, database=None, deadline=None, max_examples=6, stateful_step_count=6
        ),
    )
