import httpx
import pytest

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.credentials import Key
from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.http import Client
from emtool.crawler.permission import Permission
from emtool.crawler.records import Evidence
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.web import Web
from tests.crawler.making import Hands, client, loopback_client, track


class Site:
    """A site with a robots.txt that can change."""

    def __init__(self, robots: str = "", status: int = 200, headers: dict[str, str] | None = None) -> None:
        self.robots = robots
        self.status = status
        self.headers = headers or {}
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(str(request.url))
        if request.url.path == "/robots.txt":
            return httpx.Response(self.status, text=self.robots)
        return httpx.Response(200, text="page", headers=self.headers)

    @property
    def robots_requests(self) -> int:
        return sum(url.endswith("/robots.txt") for url in self.asked)


class Desk:
    """A client with a permission that keeps its evidence here."""

    def __init__(self, site: Site) -> None:
        self.hands = Hands()
        self.evidence: list[Evidence] = []
        self.client: Client = client(site, self.hands, attempts=2, back_off_s=1.0)
        self.permission = Permission(self.client, self.evidence.append, clock=self.hands.clock)
        self.web = Web(self.client, self.permission)

    @property
    def verdicts(self) -> list[tuple[str, str, bool, str]]:
        pages = [e for e in self.evidence if e.rule not in {"tdmrep.json", "ai.txt"}]
        return [(e.url, e.rule, e.allowed, e.detail) for e in pages]


@pytest.mark.parametrize("status", [401, 403])
def test_a_site_that_gave_a_key_and_hides_its_robots_txt_has_no_rules(status: int) -> None:
    desk = Desk(Site("", status))
    with pytest.raises(FetchError, match=r"robots\.txt cannot be read"):
        desk.web.get("http://site.test/a")
    desk.web.add_key(
        Key(at="http://api.test/", secret="secret", header="Authorization", terms="http://site.test/terms")
    )
    desk.web.get("http://api.test/a")
    assert desk.verdicts[-1] == ("http://api.test/a", "robots.txt", True, f"{status}: there is none")


def test_robots_txt_is_read_once_before_the_first_page_of_a_host() -> None:
    site = Site("User-agent: *\nDisallow: /private/")
    desk = Desk(site)
    desk.web.get("http://site.test/a")
    desk.web.get("http://site.test/b")
    desk.web.get("http://other.test/a")
    assert site.asked == [
        "http://site.test/robots.txt",
        "http://site.test/a",
        "http://site.test/b",
        "http://other.test/robots.txt",
        "http://other.test/a",
    ]
    assert desk.verdicts[0] == ("http://site.test/a", "robots.txt", True, "no line against it")


def test_a_disallowed_page_is_not_asked_for_and_the_line_is_kept() -> None:
    site = Site("User-agent: *\nDisallow: /private/")
    desk = Desk(site)
    with pytest.raises(ForbiddenError, match=r"private/x: not wanted .*'Disallow: /private/'"):
        desk.web.get("http://site.test/private/x")
    assert site.asked == ["http://site.test/robots.txt"]
    assert desk.verdicts == [("http://site.test/private/x", "robots.txt", False, "Disallow: /private/")]


@pytest.mark.parametrize("status", [404, 410])
def test_no_robots_txt_allows(status: int) -> None:
    desk = Desk(Site(status=status))
    assert desk.web.get("http://site.test/a").body == b"page"
    assert desk.verdicts == [("http://site.test/a", "robots.txt", True, f"{status}: there is none")]


@pytest.mark.parametrize("status", [500, 503, 429, 401, 403])
def test_a_robots_txt_that_cannot_be_read_allows_nothing(status: int) -> None:
    site = Site(status=status)
    desk = Desk(site)
    with pytest.raises(FetchError, match="so nothing is allowed") as caught:
        desk.web.get("http://site.test/a")
    assert not isinstance(caught.value, ForbiddenError)  # it may be readable later: the track is tried again
    assert "http://site.test/a" not in site.asked
    assert [(e.allowed, e.rule) for e in desk.evidence] == [(False, "robots.txt")]
    assert str(status) in desk.evidence[0].detail


def test_a_host_that_cannot_be_reached_allows_nothing() -> None:
    def unreachable(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("no route")

    opened = client(unreachable, attempts=1)
    evidence: list[Evidence] = []
    with pytest.raises(FetchError, match="so nothing is allowed"):
        Web(opened, Permission(opened, evidence.append, clock=Hands().clock)).get("http://site.test/a")
    assert [e.allowed for e in evidence] == [False]


def test_a_failure_is_asked_about_again_after_a_while_and_an_answer_after_a_day() -> None:
    site = Site(status=500)
    desk = Desk(site)
    for _ in range(2):
        with pytest.raises(FetchError):
            desk.web.get("http://site.test/a")
    assert site.robots_requests == 2  # one request of two attempts
    desk.hands.now_s += 601
    site.status = 200
    desk.web.get("http://site.test/a")
    desk.hands.now_s += 23 * 3600
    desk.web.get("http://site.test/a")
    assert site.robots_requests == 3
    desk.hands.now_s += 3601
    site.robots = "User-agent: *\nDisallow: /"
    with pytest.raises(ForbiddenError):
        desk.web.get("http://site.test/a")
    assert site.robots_requests == 4


def test_a_crawl_delay_sets_the_pace() -> None:
    desk = Desk(Site("User-agent: *\nCrawl-delay: 9"))
    desk.web.get("http://site.test/a")
    desk.web.get("http://site.test/b")
    assert desk.hands.slept == [9.0] * (1 + len(SIGNAL_FILES))  # the files have come before /a


def test_a_header_that_reserves_the_content_stops_before_the_body() -> None:
    desk = Desk(Site(headers={"X-Robots-Tag": "noai"}))
    with pytest.raises(ForbiddenError, match=r"x-robots-tag: 'X-Robots-Tag: noai'"):
        desk.web.get("http://site.test/a")
    assert desk.verdicts[-1] == ("http://site.test/a", "x-robots-tag", False, "X-Robots-Tag: noai")


def test_a_private_address_is_the_guards_refusal_and_not_the_sites() -> None:
    desk = Desk(Site())
    with pytest.raises(ForbiddenError, match="--allow-private-addresses"):
        desk.web.get("http://127.0.0.1/a")
    assert desk.evidence == []


def test_a_name_that_leads_to_a_private_address_is_refused_before_its_robots_txt() -> None:
    evidence: list[Evidence] = []
    opened = loopback_client(AddressGuard(resolve=lambda _host, _port: ["10.0.0.1"]))
    with opened, pytest.raises(ForbiddenError, match="--allow-private-addresses"):
        Web(opened, Permission(opened, evidence.append)).get("http://inside.test/a")
    assert evidence == []


@pytest.mark.parametrize(
    ("licence", "stated", "rule", "allowed"),
    [
        ("CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "open", True),
        (None, "all rights reserved", "open", False),
        (None, None, "open", False),
        (None, None, "any", True),
    ],
)
def test_the_licence_gate_keeps_what_the_site_stated(
    licence: str | None, stated: str | None, rule: str, allowed: bool
) -> None:
    desk = Desk(Site())
    one = track(licence=licence, licence_text=stated)
    assert desk.permission.licence(one, rule) is allowed
    assert desk.verdicts == [(one.url, "licence", allowed, f"{stated or 'none stated'} (taken: {rule})")]
