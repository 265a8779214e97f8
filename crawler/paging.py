"""Lists that go over several pages."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from emtool.crawler.http import Answer
from emtool.crawler.records import ListState, Page
from emtool.crawler.web import Web


def follow(web: Web, url: str, parse: Callable[[Answer], Page]) -> Iterator[Page]:
    """Give the pages of a list, each before the next one is asked for.

    A list that leads back to a page that was seen ends there, marked as partial: it would never end
    otherwise.
    """
    seen: set[str] = set()
    next_url: str | None = url
    while next_url is not None:
        seen.add(next_url)
        page = parse(web.get(next_url))
        if page.next_url in seen:
            page = replace(page, next_url=None, list_state=ListState.PARTIAL)
        yield page
        next_url = page.next_url
