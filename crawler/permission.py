"""Asks before every request whether a site wants it, and keeps the answer as evidence."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NoReturn
from urllib.parse import urlsplit

from emtool.crawler import licences
from emtool.crawler.clock import Clock, utc_now
from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.http import Client
from emtool.crawler.meta_signals import meta_refusal
from emtool.crawler.optouts import HIDDEN
from emtool.crawler.records import Evidence, Track
from emtool.crawler.robots import Headers, Robots, header_refusal, lifts_reservation
from emtool.crawler.signal_files import AI_TXT, SignalFiles, Signals
from emtool.crawler.tdmrep import NAME as TDMREP

_ROBOTS_TXT = "robots.txt"
_MISSING = frozenset({404, 410})
_UNAVAILABLE = _MISSING | {400, 401, 403}  # RFC 9309, 2.3.1.3: no rules; ours, only of a site that gave a key
_VALID_S = 24 * 3600.0  # RFC 9309, 2.4
_UNKNOWN_VALID_S = 600.0  # a site whose robots.txt could not be read is asked for it again after this


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    robots: Robots | None  # None: it cannot be read, so nothing is allowed
    told: str  # what decided, as evidence
    signals: Signals | None = None  # None: not asked for yet
    ends_s: float


class Permission:
    """The gate that the HTTP client asks around each request.

    Args:
        client: Fetches the robots.txt of each host, and the files of ``signal_files``, once; its pace
            follows a crawl delay.
        remember: Takes the evidence.
        clock: Takes the place of time, in tests.
        opted_out: Gives the wish of a person that covers an address, or None.
    """

    def __init__(
        self,
        client: Client,
        remember: Callable[[Evidence], None],
        *,
        clock: Clock | None = None,
        opted_out: Callable[[str], str | None] = lambda _url: None,
    ) -> None:
        self._opted_out = opted_out
        self._client = client
        self._remember = remember
        self._clock = clock or Clock()
        self._signal_files = SignalFiles(client, self._note)
        self._standings: dict[str, _Standing] = {}

    def before(self, url: str) -> None:
        """Ask the robots.txt and the ai.txt of the host.

        Raises:
            ForbiddenError: Somebody has opted out, or they disallow the address, or training on its content.
            FetchError: They or its tdmrep.json cannot be read, which allows nothing for now.
        """
        if wish := self._opted_out(url):
            if HIDDEN in wish:  # nothing may tell that address again
                raise ForbiddenError(f"an address is not wanted in this store: {wish}")
            self._refuse(url, "optout", wish)
        origin = _origin(url)
        standing = self._standings.get(origin)
        if standing is None or self._clock.elapsed_s() > standing.ends_s:
            standing = self._standings[origin] = self._ask(origin)
        if standing.robots is None:
            self._stop(url, _ROBOTS_TXT, standing.told)
        terms = self._client.keys.terms(url)
        if refusal := standing.robots.refusal(url, by_agreement=terms is not None):
            self._refuse(url, _ROBOTS_TXT, refusal)
        if terms is not None and (line := standing.robots.refusal(url)):
            self._note(url, "terms of the key", f"{terms} (robots.txt: {line})", allowed=True)
        else:
            self._note(url, _ROBOTS_TXT, standing.told, allowed=True)
        signals = standing.signals
        if signals is None:
            signals = self._signal_files.read(origin)
            ends_s = self._clock.elapsed_s() + _UNKNOWN_VALID_S if signals.unreadable else standing.ends_s
            self._standings[origin] = replace(standing, signals=signals, ends_s=ends_s)
        if signals.unreadable:
            self._stop(url, *signals.unreadable)
        if signals.ai_txt:
            if line := signals.ai_txt.refusal(url):
                self._refuse(url, AI_TXT, line)
            self._note(url, AI_TXT, "no line against it", allowed=True)

    def after(self, url: str, headers: Headers) -> None:
        """Look at the headers of the answer, before its body, and at the tdmrep.json that they may overrule.

        TDMRep lets a page's meta tag overrule both; one with 0 comes too late for that, since the body of what is
        reserved is not read.

        Raises:
            ForbiddenError: One of them reserves the content.
        """
        if refusal := header_refusal(headers):
            self._refuse(url, *refusal)
        standing = self._standings.get(_origin(url))
        tdmrep = standing.signals.tdmrep if standing and standing.signals else None
        if tdmrep is None:
            return
        reserved, rule = tdmrep.rule(url) or (False, "no rule for it")
        if reserved and lifts_reservation(headers):
            self._note(url, "tdm-reservation", f"tdm-reservation: 0 ({TDMREP}: {rule})", allowed=True)
        elif reserved:
            self._refuse(url, TDMREP, rule)
        else:
            self._note(url, TDMREP, rule, allowed=True)

    def page(self, url: str, body: bytes) -> None:
        """Look at the meta tags of a page, before anything on it is read.

        Raises:
            ForbiddenError: One of them reserves the content.
        """
        if refusal := meta_refusal(body):
            self._refuse(url, *refusal)

    def licence(self, track: Track, rule: str) -> bool:
        """Tell whether a track's licence lets its audio be taken; ``licences.permits`` explains the rule."""
        allowed = licences.permits(rule, track.licence)
        stated = track.licence_text or track.licence or "none stated"
        self._note(track.url, "licence", f"{stated} (taken: {rule})", allowed=allowed)
        return allowed

    def _ask(self, origin: str) -> _Standing:
        now_s = self._clock.elapsed_s()
        url = f"{origin}/{_ROBOTS_TXT}"
        accept = _UNAVAILABLE if self._client.keys.terms(url) else _MISSING
        try:
            answer = self._client.get(url, accept=accept)
        except ForbiddenError:
            raise  # the address guard: not the site's wish
        except FetchError as error:
            return _Standing(robots=None, told=str(error), ends_s=now_s + _UNKNOWN_VALID_S)
        if answer.status in accept:
            return _Standing(
                robots=Robots(""), told=f"{answer.status}: there is none", ends_s=now_s + _VALID_S
            )
        robots = Robots(answer.body.decode("utf-8", "replace"))
        self._client.pace.slow(urlsplit(origin).netloc, robots.crawl_delay_s)
        return _Standing(robots=robots, told="no line against it", ends_s=now_s + _VALID_S)

    def _stop(self, url: str, rule: str, told: str) -> NoReturn:
        self._note(url, rule, told, allowed=False)
        raise FetchError(f"{url}: its {rule} cannot be read, so nothing is allowed ({told})")

    def _refuse(self, url: str, rule: str, detail: str) -> NoReturn:
        self._note(url, rule, detail, allowed=False)
        raise ForbiddenError(f"{url}: not wanted by the site ({rule}: {detail!r})")

    def _note(self, url: str, rule: str, detail: str, *, allowed: bool) -> None:
        self._remember(
            Evidence(url=url, checked_at=utc_now(), allowed=allowed, rule=rule, detail=detail[:500])
        )


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
