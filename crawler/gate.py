"""Who is asked around each request of the HTTP client whether it is wanted."""

from typing import Protocol

from emtool.crawler.robots import Headers


class Gate(Protocol):
    """Asked around every request, redirects included; raises ForbiddenError to stop it."""

    def before(self, url: str) -> None:
        """A request is about to be made."""

    def after(self, url: str, headers: Headers) -> None:
        """Its headers are here, its body is not read yet."""


class _Open:
    def before(self, url: str) -> None:
        pass

    def after(self, url: str, headers: Headers) -> None:
        pass


OPEN: Gate = _Open()
