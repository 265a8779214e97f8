"""The user of httpx, with ``transports.py``: one request at a time, politely, within limits, again if that can help."""

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urljoin, urlsplit

import httpx

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.answers import Answer, Download, Question
from emtool.crawler.clock import Clock
from emtool.crawler.credentials import Keys
from emtool.crawler.deadline import Deadline
from emtool.crawler.errors import FetchError, RefusedError
from emtool.crawler.gate import OPEN, Gate
from emtool.crawler.http_config import HttpConfig
from emtool.crawler.pace import Pace, retry_after_s, spent_budget_s
from emtool.crawler.robots import Headers
from emtool.crawler.sinks import CutBody, File, Memory, Sink, TooLarge
from emtool.crawler.transports import GuardedTransport, KeyedTransport

_BUSY = frozenset({408, 425, 429, 500, 502, 503, 504})


class _Transient(Exception):  # noqa: N818 - it ends an attempt, not the request
    def __init__(
        self, problem: str, *, host: str, pause_s: float | None = None, refused: bool = False
    ) -> None:
        super().__init__(problem)
        self.host = host
        self.refused = refused  # the site has had enough requests
        self.pause_s = pause_s


class Client:
    """Fetches pages and files. Use it as a context manager.

    Args:
        config: Pace, limits and name.
        guard: Where connections may go.
        transport: Takes the place of the network, in tests.
        clock: Takes the place of time, in tests.
        count: Told of every attempt: the bytes received.
    """

    def __init__(
        self,
        config: HttpConfig,
        *,
        guard: AddressGuard | None = None,
        transport: httpx.BaseTransport | None = None,
        clock: Clock | None = None,
        count: Callable[[int], None] = lambda _received_bytes: None,
    ) -> None:
        self.config = config
        self.requests = 0
        self.received_bytes = 0
        self.keys = Keys()
        self._clock = clock or Clock()
        self._deadline = Deadline(self._clock)
        self._guard = guard or AddressGuard()
        self._count = count
        self.pace = Pace(
            min_interval_s=config.min_interval_s,
            jitter=config.jitter,
            max_wait_s=config.max_wait_s,
            clock=self._clock,
            processes=config.processes,
        )
        self._random = random.Random()
        self._client = httpx.Client(
            transport=KeyedTransport(transport or GuardedTransport(self._guard, self._deadline), self.keys),
            headers={"User-Agent": config.user_agent, "Accept": "*/*"},
            timeout=config.timeout_s,
            follow_redirects=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self,
        url: str,
        *,
        gate: Gate = OPEN,
        accept: Collection[int] = (),
        question: Question | None = None,
        max_bytes: int | None = None,
    ) -> Answer:
        """Fetch a page into memory.

        Args:
            url: Where it is.
            gate: Asked about each address on the way.
            accept: Statuses that are answers as well, such as 404.
            question: Sent by POST; redirects are not followed then.
            max_bytes: Largest size, unpacked; None is ``max_page_bytes`` of the configuration.

        Raises:
            FetchError: It could not be had.
            ForbiddenError: The gate or the address guard refuses.
        """
        sink = Memory(self.config.max_page_bytes if max_bytes is None else max_bytes)
        response = self._persist(url, sink, gate, self.config.page_deadline_s, accept, question)
        return Answer(
            url=self.keys.hide(str(response.url)),
            status=response.status_code,
            charset=response.charset_encoding,
            body=self.keys.hide_in(bytes(sink.body)),
        )

    def download(self, url: str, path: Path, *, gate: Gate = OPEN) -> Download:
        """Fetch a file to ``path``, going on with what an earlier call or process has left there, see ``File``.

        Raises:
            FetchError: It could not be had.
            ForbiddenError: The gate or the address guard refuses.
            OSError: The disk is full.
        """
        with File(path, self.config.max_audio_bytes) as sink:
            unsatisfiable = (HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,)  # nothing may be missing any more
            response = self._persist(url, sink, gate, self.config.audio_deadline_s, unsatisfiable)
        return Download(url=self.keys.hide(str(response.url)), sha256=sink.sha256, size_bytes=sink.size_bytes)

    def check_url(self, url: str) -> None:
        """Refuse an address that would not be asked; raises FetchError or ForbiddenError."""
        self._guard.check_url(url)

    @contextmanager
    def stream(
        self, method: str, url: str, *, headers: Mapping[str, str], body: bytes | None = None
    ) -> Iterator[httpx.Response]:
        """Make one request at the host's pace and under our name; it is counted, not repeated, not redirected.

        Raises:
            FetchError: No answer came, or not all of it.
            ForbiddenError: The address guard refuses.
        """
        self._guard.check_url(url)
        self.pace.wait(urlsplit(url).netloc)
        self._deadline.start(url, self.config.page_deadline_s)
        named = {**headers, "User-Agent": self.config.user_agent}
        try:
            with self._client.stream(method, url, headers=named, content=body) as response:
                try:
                    yield response
                finally:
                    self._count_attempt(response.num_bytes_downloaded)
        except (httpx.InvalidURL, httpx.RequestError, CutBody, TooLarge) as error:
            raise FetchError(f"{url}: {type(error).__name__} {error}".strip()) from error

    def pause_s(self, response: httpx.Response) -> float | None:
        """Give the pause that an answer asks for."""
        return retry_after_s(response.headers.get("retry-after"), now_s=self._clock.now_s())

    def _persist(
        self,
        url: str,
        sink: Sink,
        gate: Gate,
        deadline_s: float,
        accept: Collection[int] = (),
        question: Question | None = None,
    ) -> httpx.Response:
        problem = ""
        kind: type[FetchError] = FetchError
        for attempt in range(self.config.attempts):
            try:
                return self._follow(url, sink, gate, deadline_s, accept, question)
            except _Transient as failed:
                problem, kind = str(failed), RefusedError if failed.refused else FetchError
                own_pause_s = min(self.config.back_off_s * 2**attempt, self.config.max_back_off_s)
                own_pause_s *= 1 + self.config.jitter * self._random.random()
                self.pace.hold(failed.host, max(own_pause_s, failed.pause_s or 0.0))
        raise kind(f"{url}: {problem}, {self.config.attempts} times: run the same command again later")

    def _follow(
        self,
        url: str,
        sink: Sink,
        gate: Gate,
        deadline_s: float,
        accept: Collection[int],
        question: Question | None,
    ) -> httpx.Response:
        for _ in range(self.config.max_redirects + 1):
            self._guard.check_url(url)
            gate.before(url)
            host = urlsplit(url).netloc
            self.pace.wait(host)
            self._deadline.start(url, deadline_s)
            try:
                with self._open(url, sink, question) as response:
                    try:
                        self._heed_budget(response, host)
                        if response.is_redirect and question is None:
                            url = self.keys.hide(urljoin(url, response.headers.get("location", "")))
                            continue
                        self._check_status(response, host, accept)
                        gate.after(url, all_values(response.headers))
                        self.receive(response, sink)
                        return response
                    finally:
                        self._count_attempt(response.num_bytes_downloaded)
            except httpx.InvalidURL as error:
                raise FetchError(f"{url!r} is no web address: {error}") from None
            except TooLarge as error:
                raise FetchError(f"{url}: {error}") from None
            except (httpx.RequestError, CutBody) as error:
                raise _Transient(f"{type(error).__name__} {error}".strip(), host=host) from error
        raise FetchError(f"{url}: more than {self.config.max_redirects} redirects")

    def _open(
        self, url: str, sink: Sink, question: Question | None
    ) -> AbstractContextManager[httpx.Response]:
        if question is None:
            return self._client.stream("GET", url, headers=sink.headers())
        headers = sink.headers() | {"Content-Type": question.content_type}
        return self._client.stream("POST", url, headers=headers, content=question.body)

    def _heed_budget(self, response: httpx.Response, host: str) -> None:
        pause_s = spent_budget_s(response.headers, now_s=self._clock.now_s())
        if pause_s is not None:
            self.pace.hold(host, pause_s)

    def _count_attempt(self, received_bytes: int) -> None:
        self.requests += 1
        self.received_bytes += received_bytes
        self._count(received_bytes)

    def _check_status(self, response: httpx.Response, host: str, accept: Collection[int]) -> None:
        status = response.status_code
        if response.is_success:
            return
        told = f"answers {status} {_phrase(status)}".strip()
        if response.headers.get("cf-mitigated", "").lower() == "challenge":
            raise RefusedError(f"{response.url}: {told}, and asks for a human", is_signal=True)
        if status in accept:
            return
        if status in _BUSY:
            pause_s = self.pause_s(response)
            raise _Transient(told, host=host, pause_s=pause_s, refused=status == HTTPStatus.TOO_MANY_REQUESTS)
        kind = RefusedError if status == HTTPStatus.FORBIDDEN else FetchError
        raise kind(f"{response.url}: {told}")

    def receive(self, response: httpx.Response, sink: Sink) -> None:
        """Read the body of an answer; raises FetchError after the deadline, CutBody, or TooLarge."""
        if not sink.start(response.status_code, response.headers):
            return
        for chunk in response.iter_bytes() if sink.decoded else response.iter_raw():
            sink.write(chunk)
            self._deadline.check()
        announced = response.headers.get("content-length", "")
        if announced.isdecimal() and response.num_bytes_downloaded != int(announced):
            raise CutBody(f"{response.num_bytes_downloaded} of {announced} bytes came")
        sink.end()


def all_values(headers: httpx.Headers) -> Headers:
    """Give headers by their lower-case names."""
    return {name: headers.get_list(name) for name in headers}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""
