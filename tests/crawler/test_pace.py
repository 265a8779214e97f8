import pytest

from emtool.crawler.errors import FetchError
from emtool.crawler.pace import Pace, retry_after_s, spent_budget_s
from tests.crawler.making import Hands


def pace(hands: Hands, *, jitter: float = 0.0, max_wait_s: float = 300.0) -> Pace:
    return Pace(min_interval_s=2.0, jitter=jitter, max_wait_s=max_wait_s, clock=hands.clock)


def test_a_host_is_not_asked_sooner_than_the_interval_allows() -> None:
    hands = Hands()
    kept = pace(hands)
    for _ in range(3):
        kept.wait("a.test")
    assert hands.slept == [2.0, 2.0]


def test_hosts_do_not_wait_for_each_other() -> None:
    hands = Hands()
    kept = pace(hands)
    kept.wait("a.test")
    kept.wait("b.test")
    assert hands.slept == []


def test_time_that_has_passed_counts() -> None:
    hands = Hands()
    kept = pace(hands)
    kept.wait("a.test")
    hands.now_s += 1.5
    kept.wait("a.test")
    assert hands.slept == [0.5]


def test_processes_keep_the_distance_together() -> None:
    hands = Hands()
    kept = Pace(min_interval_s=2.0, jitter=0.0, max_wait_s=1.0, clock=hands.clock, processes=3)
    kept.slow("slow.test", 5.0)
    for host in ("a.test", "a.test", "slow.test", "slow.test"):
        kept.wait(host)
    assert hands.slept == [6.0, 15.0]


def test_jitter_only_adds() -> None:
    hands = Hands()
    kept = pace(hands, jitter=0.5)
    for _ in range(50):
        kept.wait("a.test")
    assert all(2.0 <= pause <= 3.0 for pause in hands.slept)
    assert len({round(pause, 3) for pause in hands.slept}) > 10


def test_a_crawl_delay_slows_only_its_host() -> None:
    hands = Hands()
    kept = pace(hands)
    kept.slow("a.test", 10.0)
    kept.slow("a.test", 1.0)
    for host in ("a.test", "a.test", "b.test", "b.test"):
        kept.wait(host)
    assert hands.slept == [10.0, 2.0]


def test_a_host_is_left_alone_as_long_as_it_asked() -> None:
    hands = Hands()
    kept = pace(hands)
    kept.hold("a.test", 60.0)
    kept.hold("a.test", 5.0)
    kept.wait("a.test")
    assert hands.slept == [60.0]


def test_a_pause_that_is_too_long_is_an_error_with_its_end() -> None:
    hands = Hands(now_s=1_700_000_000.0)
    kept = pace(hands)
    kept.hold("a.test", 3600.0)
    with pytest.raises(FetchError, match=r"a\.test wants no request before 2023-11-14T23:13:20\+00:00"):
        kept.wait("a.test")
    assert hands.slept == []


@pytest.mark.parametrize(
    ("header", "pause_s"),
    [
        ("120", 120.0),
        (" 0 ", 0.0),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:14:20", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("-5", None),
        (f"{'9' * 400}21 Oct 2015 07:28:00 GMT", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, pause_s: float | None) -> None:
    assert retry_after_s(header, now_s=1_700_000_000.0) == pause_s


@pytest.mark.parametrize(
    ("left", "reset", "pause_s"),
    [
        ("0", "30", 30.0),
        ("0.4", "30.5", 30.5),
        ("0", "1700000060", 60.0),
        ("0", "1600000000", 0.0),
        ("1.0", "30", None),
        (None, "30", None),
        ("0", None, None),
        ("nan", "30", None),
        ("0", "inf", None),
        ("0", "soon", None),
        ("0", "1700000060000", None),
    ],
)
def test_a_spent_budget_is_waited_for(left: str | None, reset: str | None, pause_s: float | None) -> None:
    told = {"x-ratelimit-remaining": left, "x-ratelimit-reset": reset}
    headers = {name: value for name, value in told.items() if value is not None}
    assert spent_budget_s(headers, now_s=1_700_000_000.0) == pause_s
