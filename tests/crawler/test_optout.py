"""emtool optout: what somebody does not want in the store goes at once and no crawl brings it back."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from emtool.crawler import takedown
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.covered import guess_kind
from emtool.crawler.demo.site import HOST, PORT, DemoSite
from emtool.crawler.errors import UsageError
from emtool.crawler.intake import Intake
from emtool.crawler.optouts import WishKind
from emtool.crawler.records import ListState, RankedComment
from emtool.crawler.store import Store
from tests.conftest import RunEmtool
from tests.crawler.crawling import run
from tests.crawler.making import comment, content, describes, loopback_client

BACKENDS = ("sqlite", "postgresql")
SITE = "http://demo.localhost:8765"
Crawl = Callable[..., None]


@pytest.fixture
def crawl(store: Store, site: DemoSite) -> Crawl:
    """Crawl the demo site again from its first page."""

    def again(**options: Any) -> None:
        guard = AddressGuard(routes={(HOST, PORT): site.place})
        with loopback_client(guard) as network:
            run(store, network, refresh=True, **options)

    return again


def ids(store: Store) -> list[str]:
    return [stored.track.id for stored in store.tracks()]


def sounds(store: Store) -> int:
    return len(content(store)["files"])


@pytest.mark.parametrize(
    ("kind", "value", "left"),
    [
        (WishKind.TRACK, "demo:clip-0", ["clip-1", "clip-2", "clip-3"]),
        (WishKind.URL, f"{SITE}/tracks/clip-0#comments", ["clip-1", "clip-2", "clip-3"]),
        (WishKind.URL, f"{SITE}/audio/clip-0.opus", ["clip-1", "clip-2", "clip-3"]),
        (WishKind.DOMAIN, "Demo.localhost.", []),
        (WishKind.DOMAIN, "localhost", []),
    ],
)
def test_tracks_go_with_all_that_is_theirs_and_stay_away(
    store: Store, crawl: Crawl, kind: WishKind, value: str, left: list[str]
) -> None:
    crawl()
    before = store.fingerprint()
    done = takedown.add(store, kind, value)
    assert ids(store) == left
    assert done.tracks == 4 - len(left)
    assert sounds(store) == (2 if left else 0) == 3 - done.files
    assert store.comments("demo:clip-0") == []
    assert store.fingerprint() != before  # so that a build begins anew
    again = takedown.add(store, kind, value)
    assert (again.tracks, again.comments, again.files) == (0, 0, 0)
    crawl()
    assert ids(store) == left
    assert sounds(store) == (2 if left else 0)
    assert [(one["kind"], one["tracks"]) for one in takedown.wishes(store)] == [(kind, done.tracks)]


def test_sound_that_another_track_has_as_well_stays(store: Store, crawl: Crawl) -> None:
    crawl()
    one, other = [stored for stored in store.tracks() if stored.audio_sha256][:2]
    with store.write() as connection:
        connection.execute(
            text("update tracks set audio_sha256 = :sha256 where key = :key"),
            {"sha256": one.audio_sha256, "key": other.track.key},
        )
    takedown.add(store, WishKind.TRACK, one.track.key)
    assert store.audio_path(str(one.audio_sha256)).is_file()
    takedown.add(store, WishKind.TRACK, other.track.key)
    assert sounds(store) == 1


@pytest.mark.parametrize("by_name", [True, False])
def test_a_writer_goes_the_others_move_up_and_no_crawl_brings_the_words_back(
    store: Store, crawl: Crawl, by_name: bool
) -> None:
    crawl()
    best = store.top_comments("demo:clip-1")[0].comment
    assert best.author_hash == store.author_hash("demo", "user24")
    done = takedown.add(store, WishKind.AUTHOR, "demo:user24" if by_name else best.author_hash)
    assert (done.value, done.tracks, done.comments) == (best.author_hash, 0, 1)
    winners = store.top_comments("demo:clip-1")
    assert [one.rank for one in winners] == list(range(1, 15))
    assert best.text not in [one.text for one in store.comments("demo:clip-1")]
    known = [max(one.votes, 0) for one in store.comments("demo:clip-1") if one.votes is not None]
    assert winners[0].share == pytest.approx((winners[0].comment.votes or 0) / sum(known))
    Intake(store).add_comments(
        next(store.tracks()).track, [best, comment("new")], next_url=None, list_state=ListState.COMPLETE
    )
    assert best.id not in [one.id for one in store.comments("demo:clip-0")]
    assert "new" in [one.id for one in store.comments("demo:clip-0")]


def test_a_wish_while_the_track_is_being_read_holds(store: Store, crawl: Crawl) -> None:
    def wished(ranked: list[RankedComment]) -> bool:
        takedown.add(store, WishKind.TRACK, "demo:clip-0")
        return describes(ranked)

    crawl(worth_audio=wished)
    assert ids(store) == ["clip-1", "clip-2", "clip-3"]
    assert sounds(store) == 2
    assert store.comments("demo:clip-0") == []


def test_the_commands_in_processes_of_their_own(
    run_emtool: RunEmtool, catalogue: Path, tmp_path: Path
) -> None:
    crawl = ("crawl", "demo", "--catalogue", str(catalogue), "--refresh", "--json")
    assert (
        run_emtool("optout", "add", "demo:clip-3", "--quiet").returncode == 0
    )  # before anything was crawled
    told = json.loads(run_emtool(*crawl).stdout.splitlines()[-1])
    assert told["tracks"]["done"] == 2
    added = run_emtool("optout", "add", f"{SITE}/tracks/clip-0")
    assert added.returncode == 0
    assert "1 tracks, 3 comments and 1 files are gone" in added.stderr
    assert json.loads(run_emtool(*crawl).stdout.splitlines()[-1])["tracks"]["done"] == 1
    assert json.loads(run_emtool("optout", "add", "demo.localhost", "--json").stdout)["tracks"] == 2
    stopped = run_emtool(*crawl)
    assert stopped.returncode == 1
    assert "optout: 'domain demo.localhost'" in stopped.stderr
    listed = json.loads(run_emtool("optout", "list", "--json").stdout.splitlines()[-1])["optouts"]
    assert [(one["kind"], one["tracks"]) for one in listed] == [("track", 0), ("url", 1), ("domain", 2)]


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (WishKind.URL, "ftp://x/y"),
        (WishKind.URL, "https://"),
        (WishKind.TRACK, "clip-0"),
        (WishKind.DOMAIN, "no domain"),
        (WishKind.DOMAIN, ""),
        (WishKind.AUTHOR, "anna"),
    ],
)
def test_what_is_none_of_its_kind_is_refused_and_not_kept(store: Store, kind: WishKind, value: str) -> None:
    with pytest.raises(UsageError, match=f"is no {kind}: give"):
        takedown.add(store, kind, value)
    assert takedown.wishes(store) == []


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("https://a.test/x", "url"),
        ("a.test", "domain"),
        ("demo:1", "track"),
        ("0123456789abcdef" * 2, "author"),
    ],
)
def test_the_kind_is_guessed(value: str, kind: str) -> None:
    assert guess_kind(value) == kind
