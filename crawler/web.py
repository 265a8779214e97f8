"""The network as a source sees it: pages and files, with pace, limits and permission taken care of."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import NoReturn

from emtool.crawler.answers import Answer, Download, Question
from emtool.crawler.captcha import asks_for_a_human
from emtool.crawler.credentials import Key
from emtool.crawler.errors import RefusedError, UsageError
from emtool.crawler.http import Client
from emtool.crawler.http_config import HttpConfig
from emtool.crawler.permission import Permission
from emtool.crawler.relay import Reply, relay


def _unseen(_answer: Answer) -> None:
    pass


class Web:
    """What a source may ask for."""

    def __init__(
        self,
        client: Client,
        permission: Permission,
        *,
        watch: Callable[[], AbstractContextManager[None]] = nullcontext,
    ) -> None:
        self._watch = watch  # around every request: sees when the site has had enough
        self._client = client
        self._permission = permission

    def add_key(self, key: Key) -> None:
        """Send a key along with every request to the addresses that take it."""
        self._client.keys.add(key)

    def forget_key(self, key: Key) -> None:
        """Send a key no more."""
        self._client.keys.forget(key)

    def get(
        self,
        url: str,
        *,
        question: Question | None = None,
        accept: Collection[int] = (),
        look: Callable[[Answer], None] = _unseen,
    ) -> Answer:
        """Fetch a page.

        Args:
            url: Where it is.
            question: Sent along by POST.
            accept: Statuses that are answers as well.
            look: Sees the answer first; a RefusedError of it counts as one of the site.

        Raises:
            FetchError: It could not be had.
            ForbiddenError: It is not wanted.
        """
        with self._watch():
            answer = self._client.get(url, gate=self._permission, accept=accept, question=question)
            look(answer)
            if told := asks_for_a_human(answer.body):
                raise RefusedError(f"{answer.url}: instead of the page comes {told!r}", is_signal=True)
        self._permission.page(answer.url, answer.body)
        return answer

    @property
    def config(self) -> HttpConfig:
        """Our name and limits, for a program that must know them."""
        return self._client.config

    def permit(self, url: str) -> None:
        """Ask for permission without a request; raises FetchError, or ForbiddenError if it is not wanted."""
        self._client.check_url(url)
        self._permission.before(url)
        self._permission.after(url, {})  # no headers will come that would lift what tdmrep.json reserves

    def watched(self) -> AbstractContextManager[None]:
        """Surround what makes requests by ``relay``: a RefusedError in it may send the source to rest."""
        return self._watch()

    def relay(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None,
        is_page: bool,
        whole: bool,
    ) -> Reply:
        """Make one request for another program; see ``relay.relay``.

        Args:
            method: See there.
            url: See there.
            headers: See there.
            body: See there.
            is_page: The address goes through the permission gate: a person or a listing names it, a page
                redirects to it, or it is audio. Else it is a call that the program makes behind a page.
            whole: See there.

        Raises:
            FetchError: No whole answer came.
            ForbiddenError: The page is not wanted.
            RefusedError: Instead of the page comes one that asks for a human.
        """
        if is_page:
            self._client.check_url(url)
            self._permission.before(url)
        reply = relay(self._client, method, url, headers=headers, body=body, whole=whole)
        if is_page:
            self._permission.after(url, reply.headers)
            if told := asks_for_a_human(reply.body):
                raise RefusedError(f"{url}: instead of the page comes {told!r}", is_signal=True)
            self._permission.page(url, reply.body)
        return reply

    def download(self, url: str, path: Path) -> Download:
        """Fetch a file; raises FetchError, or ForbiddenError if it is not wanted."""
        with self._watch():
            return self._client.download(url, path, gate=self._permission)


class NoWeb(Web):
    """Stands in where a site could not reach whoever asks: files are read, and no request is made."""

    def __init__(self, source: str) -> None:
        self._source = source

    def get(self, url: str, **_: object) -> NoReturn:
        """Refuse; raises UsageError."""
        raise UsageError(
            f"source {self._source!r} needs a contact for {url}, so that the site can reach you: "
            "--contact you@example.org, or set EMTOOL_CONTACT"
        )

    def download(self, url: str, path: Path) -> NoReturn:  # noqa: ARG002 - the names of Web
        """Refuse; raises UsageError."""
        self.get(url)
