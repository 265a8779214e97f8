"""emtool votes: the ranking of a track that was crawled."""

import json
from pathlib import Path

import pytest
from sqlalchemy import update

from emtool.crawler import schema
from emtool.crawler.errors import UsageError
from emtool.crawler.frontier import Frontier
from emtool.crawler.intake import Intake
from emtool.crawler.records import ListState, Page
from emtool.crawler.store import Store
from emtool.crawler.vote_view import age_days, ranking
from tests.conftest import RunEmtool
from tests.crawler.making import comment, track

BACKENDS = ("sqlite", "postgresql")


def add(store: Store, *, list_state: ListState = ListState.COMPLETE) -> None:
    one = track("1")
    frontier = Frontier(store)
    frontier.add_page(frontier.open_listing("site", None, refresh=False).id, Page(tracks=(one,)))
    comments = [
        comment("a", "\x1b[31mred", votes=30, written_at="2024-01-01"),
        comment("b", "钢琴", votes=60, written_at="2024-01-01T12:00:00+08:00"),
        comment("c", votes=None),
        comment("d", votes=10, author_hash="h"),
    ]
    Intake(store).add_comments(one, comments, next_url=None, list_state=list_state)
    with store.write() as connection:
        connection.execute(update(schema.comments).values(fetched_at="2024-01-11T00:00:00+00:00"))


def test_the_ranking_has_shares_ages_and_unknown_votes_last(store: Store) -> None:
    add(store)
    found = ranking(store, "site:1", top=15)
    assert [(p.rank, p.id, p.votes, p.share, p.age_days) for p in found.placed] == [
        (1, "b", 60, 0.6, 9.8),
        (2, "a", 30, 0.3, 10.0),
        (3, "d", 10, 0.1, None),
        (4, "c", None, None, None),
    ]
    assert (found.known_votes, found.comments, found.list_state) == (100, 4, "complete")
    cut = ranking(store, "http://site.test/tracks/1", top=1)
    assert [(p.id, p.share) for p in cut.placed] == [("b", 0.6)]


@pytest.mark.parametrize("state", list(ListState))
def test_the_state_of_the_list_is_told_and_nothing_reaches_the_terminal_unescaped(
    run_emtool: RunEmtool, tmp_path: Path, state: ListState
) -> None:
    with Store.open(tmp_path / "emtool-data" / "store", create=True) as store:
        add(store, list_state=state)
    shown = run_emtool("votes", "site:1", "--top", "3")
    assert (shown.returncode, shown.stderr) == (0, "")
    assert f"4 comments, the list is {state}" in " ".join(shown.stdout.split())
    assert "60.0%" in shown.stdout
    assert "\x1b" not in shown.stdout
    told = json.loads(run_emtool("votes", "site:1", "--json").stdout.splitlines()[-1])
    assert told["list_state"] == state
    assert [one["votes"] for one in told["placed"]] == [60, 30, 10, None]


def test_a_track_that_is_not_there_is_one_line(store: Store, run_emtool: RunEmtool) -> None:
    with pytest.raises(UsageError, match="no track 'site:9' in"):
        ranking(store, "site:9", top=1)
    assert run_emtool("votes", "site:9").stderr.startswith("error: no store at ")


@pytest.mark.parametrize("written", [None, "", "yesterday", "2024-13-01"])
def test_a_time_that_is_none_gives_no_age(written: str | None) -> None:
    assert age_days(written, "2024-01-11T00:00:00+00:00") is None
