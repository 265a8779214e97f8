"""Several processes on one PostgreSQL: who may take what, what a lost claim forbids, and how a claim ends."""

import signal
import time
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select, text

from emtool.crawler import schema
from emtool.crawler.claims import Claims
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.errors import BlockedError, LostClaimError, RefusedError
from emtool.crawler.frontier import Frontier
from emtool.crawler.intake import Intake
from emtool.crawler.records import ListState, Page, TrackState
from emtool.crawler.rests import Rests
from emtool.crawler.store import Store
from tests.crawler.crawling import run
from tests.crawler.fleet import running_fleet
from tests.crawler.making import catalogue_entry, client, comment, track, write_catalogue
from tests.crawler.postgresql_server import Server

BACKENDS = ("postgresql",)
EXPIRED_S = -1.0


def page(first: int, last: int) -> Page:
    return Page(tracks=tuple(track(str(number)) for number in range(first, last + 1)), next_url="p2")


def begin(store: Store, claims: Claims) -> tuple[Frontier, str]:
    frontier = Frontier(store, claims)
    return frontier, frontier.open_listing("site", None, refresh=False).id


def taken(frontier: Frontier, listing_id: str) -> list[str]:
    return [one.track.id for one in frontier.pending(listing_id, limit=None)]


def fill(store: Store, first: int, last: int) -> None:
    frontier, listing_id = begin(store, Claims())
    frontier.add_page(listing_id, page(first, last))


def test_each_track_is_given_to_one_until_its_lease_ends(store: Store) -> None:
    fill(store, 1, 8)
    one, listing_id = begin(store, Claims.of(store))
    other, _ = begin(store, Claims.of(store, lease_s=EXPIRED_S))
    third, _ = begin(store, Claims.of(store))
    assert taken(one, listing_id) == ["1", "2", "3", "4", "5"]
    assert taken(other, listing_id) == ["6", "7", "8"]
    assert taken(third, listing_id) == ["6", "7", "8"]  # of the other, who seems to be gone
    assert taken(one, listing_id) == []
    assert third.is_held_elsewhere(listing_id, limit=None)
    assert not third.is_held_elsewhere(listing_id, limit=0)


def test_nobody_waits_for_another_who_is_choosing(store: Store) -> None:
    fill(store, 1, 3)
    one, listing_id = begin(store, Claims.of(store))
    with store.claiming() as connection:
        connection.execute(select(schema.tracks).where(schema.tracks.c.id == "1").with_for_update())
        assert taken(one, listing_id) == ["2", "3"]


def test_a_change_of_what_another_holds_by_now_is_refused_and_leaves_nothing(store: Store) -> None:
    fill(store, 1, 1)
    late, current = Claims.of(store, lease_s=EXPIRED_S), Claims.of(store)
    first, listing_id = begin(store, late)
    assert taken(first, listing_id) == ["1"]
    intake = Intake(store, late)
    intake.add_comments(track("1"), [comment("a")], next_url="c2", list_state=ListState.PARTIAL)
    second, _ = begin(store, current)
    assert taken(second, listing_id) == ["1"]
    with pytest.raises(LostClaimError, match=r"site:1 was taken out of the store, or another process has it"):
        intake.add_comments(track("1"), [comment("b")], next_url=None, list_state=ListState.COMPLETE)
    with pytest.raises(LostClaimError):
        intake.skip("site:1", "votes: none", decided_by="now")
    assert [one.id for one in store.comments("site:1")] == ["a"]
    Intake(store, current).skip("site:1", "votes: none", decided_by="now")
    with pytest.raises(LostClaimError):  # what is finished belongs to nobody
        intake.finish("site:1")
    assert store.counts()[TrackState.SKIPPED] == 1


def test_a_listing_is_read_by_one(store: Store) -> None:
    late, current = Claims.of(store, lease_s=EXPIRED_S), Claims.of(store)
    first, listing_id = begin(store, late)
    second, _ = begin(store, current)
    assert first.take_listing(listing_id)
    assert second.take_listing(listing_id)
    assert not first.take_listing(listing_id)
    with pytest.raises(LostClaimError, match="another process reads it now"):
        first.add_page(listing_id, page(1, 2))
    assert list(store.tracks()) == []
    second.add_page(listing_id, page(1, 2))
    second.leave_listing(listing_id)
    assert first.take_listing(listing_id)
    assert first.listing(listing_id).next_url == "p2"


def test_claims_are_renewed_while_the_process_lives_and_end_with_it(store: Store) -> None:
    fill(store, 1, 2)
    claims = Claims.of(store, lease_s=0.3)
    frontier, listing_id = begin(store, claims)

    def until() -> list[tuple[str | None, float | None]]:
        with store.read() as connection:
            found = connection.execute(select(schema.tracks.c.claimed_by, schema.tracks.c.claimed_until))
            return [(row.claimed_by, row.claimed_until) for row in found]

    with claims.kept(store):
        assert taken(frontier, listing_id) == ["1", "2"]
        before = until()
        assert [one for one, _ in before] == [claims.holder] * 2
        while set(before) & set(until()):  # a renewal is due; pytest ends a test that waits for ever
            time.sleep(0.05)
    assert until() == [(None, None)] * 2


def test_a_store_that_is_not_shared_knows_no_holders(tmp_path: Path) -> None:
    with Store.open(tmp_path, create=True) as own:
        fill(own, 1, 2)
        claims = Claims.of(own)
        frontier, listing_id = begin(own, claims)
        with claims.kept(own):
            assert frontier.take_listing(listing_id)
            assert taken(frontier, listing_id) == taken(frontier, listing_id) == ["1", "2"]
        assert not frontier.is_held_elsewhere(listing_id, limit=None)


def test_a_rest_holds_for_all_who_share_the_store(store: Store) -> None:
    one, other = Rests(store, "site"), Rests(store, "site")
    with other.watch():
        pass
    with pytest.raises(BlockedError), one.watch():
        raise RefusedError("http://site.test/: no more", is_signal=True)
    with pytest.raises(BlockedError, match="source site rests until"), other.watch():
        pytest.fail("the site is not asked again")


def test_a_crawl_that_loses_what_it_holds_takes_it_again_once_it_is_free(store: Store) -> None:
    lost = {"/tracks?page=2": "listings", "/t/1": "tracks"}
    item = '<li class="track" data-id="{0}"><a class="title" href="/t/{0}">T</a></li>'
    following = '<nav class="pages"><a rel="next" href="/tracks?page=2">next</a></nav>'
    pages = {
        "/tracks": f'<ol class="tracks">{item.format(1)}</ol>{following}',
        "/tracks?page=2": f'<ol class="tracks">{item.format(2)}</ol>',
    }
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        path = request.url.raw_path.decode()
        asked.append(path)
        if path in lost:  # another takes it while this process sleeps, and is gone as well
            with store.claiming() as connection:
                connection.execute(
                    text(f"UPDATE {lost.pop(path)} SET claimed_by = 'other', claimed_until = 0")
                )
        page = '<article class="track"></article><ol class="comments"></ol>'
        return (
            httpx.Response(404) if path == "/robots.txt" else httpx.Response(200, text=pages.get(path, page))
        )

    with client(answer) as network:
        summary = run(store, network, claims=Claims.of(store))
    assert summary.tracks[TrackState.SKIPPED] == 2
    assert sorted(asked) == ["/robots.txt", "/t/1", "/t/1", "/t/2", "/tracks", *["/tracks?page=2"] * 2]


def test_three_processes_of_which_one_is_killed_do_every_track_once(tmp_path: Path, server: Server) -> None:
    numbers = [number for number in range(90) if number % 3 != 2]  # the third ones are not worth their sound
    catalogue = write_catalogue(tmp_path / "site", [catalogue_entry(number) for number in numbers])
    with (
        DemoSite(catalogue) as site,
        running_fleet(3, tmp_path / "store", site, server, lease_s=5) as fleet,
    ):
        fleet.kill_at_work(0)
        assert fleet.wait(timeout_s=200) == [-signal.SIGKILL, 0, 0]
        assert fleet.endings() == sorted(f"demo:clip-{number}" for number in numbers)
        assert {one.state for one in fleet.store.tracks()} == {TrackState.DONE}
        assert [len(fleet.store.top_comments(f"demo:clip-{number}")) for number in numbers] == [3] * 60
        with fleet.store.read() as connection:
            assert connection.scalars(select(schema.tracks.c.claimed_by).distinct()).all() == [None]
