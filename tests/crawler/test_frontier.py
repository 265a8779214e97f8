from emtool.crawler.frontier import Frontier
from emtool.crawler.intake import Intake
from emtool.crawler.records import ListState, Page, TrackState
from emtool.crawler.store import Store
from tests.crawler.making import comment, track

BACKENDS = ("sqlite", "postgresql")


def page(*ids: str, next_url: str | None = None) -> Page:
    return Page(tracks=tuple(track(one) for one in ids), next_url=next_url)


def pending(frontier: Frontier, listing_id: str, limit: int | None = None) -> list[str]:
    return [one.track.id for one in frontier.pending(listing_id, limit=limit)]


def test_tracks_are_handed_out_in_the_order_of_the_listing(store: Store) -> None:
    frontier = Frontier(store)
    listing = frontier.open_listing("site", None, refresh=False)
    frontier.add_page(listing.id, page("9", "2", next_url="p2"))
    frontier.add_page(listing.id, page("2", "9", "5"))
    assert pending(frontier, listing.id) == pending(frontier, listing.id, limit=3) == ["9", "2", "5"]
    assert pending(frontier, listing.id, limit=2) == ["9", "2"]


def test_a_listing_goes_on_where_it_ended(store: Store) -> None:
    frontier = Frontier(store)
    listing = frontier.open_listing("site", "piano", refresh=False)
    assert (listing.next_url, listing.tracks, listing.finished) == (None, 0, False)
    frontier.add_page(listing.id, page("1", "2", next_url="p2"))
    again = frontier.open_listing("site", "piano", refresh=False)
    assert (again.id, again.next_url, again.tracks, again.finished) == (listing.id, "p2", 2, False)
    frontier.add_page(listing.id, page("3"))
    assert frontier.listing(listing.id).finished


def test_refresh_begins_again_and_keeps_what_was_found(store: Store) -> None:
    frontier = Frontier(store)
    listing = frontier.open_listing("site", None, refresh=False)
    frontier.add_page(listing.id, page("1"))
    Intake(store).fail("site:1", "fetch: no")
    fresh = frontier.open_listing("site", None, refresh=True)
    assert (fresh.next_url, fresh.finished, fresh.tracks) == (None, False, 1)
    frontier.add_page(listing.id, page("0", "1"))
    assert pending(frontier, listing.id) == ["0"]
    assert store.counts()[TrackState.FAILED] == 1


def test_queries_have_listings_of_their_own_and_share_tracks(store: Store) -> None:
    frontier = Frontier(store)
    first = frontier.open_listing("site", "a", refresh=False)
    second = frontier.open_listing("site", "b", refresh=False)
    assert first.id != second.id
    frontier.add_page(first.id, page("1", "2"))
    frontier.add_page(second.id, page("2", "3"))
    assert pending(frontier, second.id) == ["2", "3"]
    assert frontier.outcome([first.id, second.id], limit=None) == [(TrackState.FOUND, None, 3)]
    assert frontier.outcome([second.id], limit=1) == [(TrackState.FOUND, None, 1)]


def test_only_failures_and_decisions_of_other_options_are_taken_up_again(store: Store) -> None:
    frontier, intake = Frontier(store), Intake(store)
    listing = frontier.open_listing("site", None, refresh=False)
    frontier.add_page(listing.id, page("failed", "skipped", "other", "beyond"))
    intake.fail("site:failed", "fetch: no")
    intake.fail("site:beyond", "fetch: no")
    intake.skip("site:skipped", "votes: none", decided_by="now")
    intake.skip("site:other", "votes: none", decided_by="before")
    assert pending(frontier, listing.id) == []
    assert frontier.reopen(listing.id, limit=3, decided_by="now") == 2
    assert pending(frontier, listing.id) == ["failed", "other"]


def test_a_list_of_comments_goes_on_where_it_ended(store: Store) -> None:
    frontier, intake = Frontier(store), Intake(store)
    listing = frontier.open_listing("site", None, refresh=False)
    frontier.add_page(listing.id, page("1"))
    intake.add_comments(track("1"), [comment("a")], next_url="c2", list_state=ListState.PARTIAL)
    (one,) = frontier.pending(listing.id, limit=None)
    assert (one.comments_read, one.comment_pages, one.next_comments_url) == (False, 1, "c2")
    intake.add_comments(track("1"), [comment("b")], next_url=None, list_state=ListState.COMPLETE)
    (one,) = frontier.pending(listing.id, limit=None)
    assert (one.comments_read, one.comment_pages, one.next_comments_url) == (True, 2, None)
