"""Lists that go over several pages."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Protocol

from emtool.crawler.answers import Answer
from emtool.crawler.records import ListState, Page


class Getter(Protocol):
    """What fetches a page, such as Web."""

    def get(self, url: str) -> Answer:
        """Fetch a page."""


def follow(web: Getter, url: str, parse: Callable[[Answer], Page]) -> Iterator[Page]:
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
