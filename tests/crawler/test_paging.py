import httpx
import pytest

from emtool.crawler.errors import FetchError
from emtool.crawler.paging import follow
from emtool.crawler.permission import Permission
from emtool.crawler.records import ListState, Page
from emtool.crawler.web import Web
from tests.crawler.making import Hands, client


def web(asked: list[str]) -> Web:
    def site(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/robots.txt":
            return httpx.Response(404)
        asked.append(str(request.url))
        return httpx.Response(404 if request.url.path == "/gone" else 200, text=request.url.query.decode())

    opened = client(site)
    return Web(opened, Permission(opened, lambda _evidence: None, clock=Hands().clock))


def test_pages_come_one_by_one_until_the_last() -> None:
    asked: list[str] = []
    pages = {"http://a.test/?1": "http://a.test/?2", "http://a.test/?2": None}
    walk = follow(web(asked), "http://a.test/?1", lambda answer: Page(next_url=pages[answer.url]))
    assert next(walk).next_url == "http://a.test/?2"
    assert asked == ["http://a.test/?1"]  # the second page is asked for when the first was taken
    assert [page.next_url for page in walk] == [None]
    assert asked == list(pages)


def test_a_list_that_leads_back_ends_and_is_marked() -> None:
    asked: list[str] = []
    pages = {"http://a.test/?1": "http://a.test/?2", "http://a.test/?2": "http://a.test/?1"}
    walked = list(follow(web(asked), "http://a.test/?1", lambda answer: Page(next_url=pages[answer.url])))
    assert [(page.next_url, page.list_state) for page in walked] == [
        ("http://a.test/?2", ListState.COMPLETE),
        (None, ListState.PARTIAL),
    ]


def test_a_page_that_is_gone_is_an_error() -> None:
    with pytest.raises(FetchError, match="404"):
        list(follow(web([]), "http://a.test/gone", lambda _answer: Page()))
