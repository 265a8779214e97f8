"""Asks yt-dlp what a page holds. Nothing of it runs but its extractors, and its native downloaders of fragments.

See https://github.com/yt-dlp/yt-dlp: ``YoutubeDL.__init__`` for the options, README for extractor arguments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp import globals as yt_dlp_globals
from yt_dlp.extractor import openload
from yt_dlp.networking import RequestDirector

from emtool.crawler.errors import ForbiddenError, RefusedError, SourceError
from emtool.crawler.web import Web
from emtool.crawler.ytdlp_info import is_cut
from emtool.crawler.ytdlp_network import EmtoolRH, Network

_MAX_REQUESTS = 150  # for one page with its comments
_ENOUGH = re.compile(  # what yt-dlp reports when a site has had enough; not what it tries again
    r"^(?!.* Retrying \().*"
    r"(?:content isn.t available, try again later|rate-limited by|not a bot|captcha|Incomplete data received)",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:ERROR|WARNING): *|\x1b\[[0-9;]*m")
_ADVICE = re.compile(r"; please report this issue on .*|\. See  ?https://github\.com/yt-dlp.*", re.DOTALL)

ExtractorArgs = Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What yt-dlp has found on a page."""

    info: Mapping[str, Any]
    errors: Sequence[str]  # that it went on after
    stopped: RefusedError | KeyboardInterrupt | None  # what has cut its work short


class Heard:
    """Takes what yt-dlp says, which would go to the terminal otherwise."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self.was_interrupted = False

    def debug(self, message: str) -> None:
        """Hear of Ctrl-C, after which yt-dlp goes on with the comments that it has."""
        self.was_interrupted |= message.endswith("Interrupted by user")

    def warning(self, message: str) -> None:
        """Keep a warning."""
        self.warnings.append(_plain(message))

    def error(self, message: str) -> None:
        """Keep an error."""
        self.errors.append(_plain(message))

    @property
    def enough(self) -> str | None:
        """The line by which a site has had enough, if there is one."""
        return next(filter(_ENOUGH.search, [*self.errors, *self.warnings]), None)


def options(user_agent: str, heard: Heard, **more: Any) -> dict[str, Any]:
    """Give the options of yt-dlp; cookies, netrc, file addresses and other programs are off unless asked for.

    Configuration files are read by its command line only, and are not by this class. ``ignoreerrors`` is True,
    and not "only_download": comments that came before an error are kept, without a ``comment_count``.
    """
    return {
        "logger": heard,
        "quiet": True,
        "noprogress": True,
        "color": "never",
        "ignoreerrors": True,
        "ignore_no_formats_error": True,
        "format": "bestaudio/best",
        "http_headers": {"User-Agent": user_agent},
        "cachedir": False,
        "proxy": "",
        "geo_bypass": False,
        "js_runtimes": {},
        "extractor_retries": 1,
        **more,
    }


def look(
    web: Web,
    url: str,
    *,
    page: str,
    extractor_args: ExtractorArgs,
    comments: bool = True,
    entries: tuple[int, int] | None = None,
) -> Found:
    """Ask yt-dlp what a page holds.

    Args:
        web: Makes its requests.
        url: The page, or a search such as ``ytsearch5:piano``.
        page: The address whose permission is asked: ``url``, or the page of a search.
        extractor_args: See yt-dlp's README.
        comments: Read comments as well.
        entries: Only these of a playlist, from 1, the last one included; they are named, not read.

    Raises:
        ForbiddenError: The page is not wanted by the site.
        RefusedError: The site has had enough, and nothing was found.
        FetchError: The page could not be had.
        SourceError: yt-dlp cannot read it; the message is its own.
    """
    heard = Heard()
    network = Network(web, page, max_requests=_MAX_REQUESTS if comments else None)
    wanted: dict[str, Any] = {"getcomments": comments}
    if entries is not None:
        wanted |= {"extract_flat": "in_playlist", "playlist_items": f"{entries[0]}:{entries[1]}"}
    args = {name: dict(values) for name, values in extractor_args.items()}
    with Downloader(
        options(web.config.user_agent, heard, extractor_args=args, **wanted), network
    ) as downloader:
        info = downloader.extract_info(url, download=False)
        plain = downloader.sanitize_info(info) if info else None
    refused = network.refused
    if line := heard.enough:
        refused = RefusedError(f"{page}: {line}", is_signal=True)
    if isinstance(network.problem, ForbiddenError):
        raise network.problem
    if not plain:
        raise refused or network.problem or SourceError(f"{page}: {_first(heard.errors)}"[:400])
    if refused and not refused.is_signal and not is_cut(plain):
        refused = None  # one call of many, that yt-dlp could do without
    stopped = KeyboardInterrupt() if heard.was_interrupted else refused
    return Found(info=plain, errors=heard.errors, stopped=stopped)


class Downloader(YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """yt-dlp without plug-ins and browsers, and with our network in the place of its own."""

    def __init__(self, wanted: dict[str, Any], network: Network) -> None:
        yt_dlp_globals.plugin_dirs.value = []
        yt_dlp_globals.all_plugins_loaded.value = True
        openload.check_executable = _is_missing
        self._network = network
        super().__init__(wanted, auto_init=True)

    def build_request_director(self, handlers: Any, preferences: Any = None) -> RequestDirector:  # noqa: ARG002
        """Give the one way out."""
        director = RequestDirector(logger=Heard())
        director.add_handler(
            EmtoolRH(self._network, logger=Heard(), headers=self.params["http_headers"], proxies={})
        )
        return director


def _is_missing(_program: str, _arguments: Sequence[str] = ()) -> bool:
    """Stand in for the look for PhantomJS, a browser with a network of its own."""
    return False


def _first(errors: Sequence[str]) -> str:
    return next(iter(errors), "yt-dlp finds nothing there")


def _plain(message: str) -> str:
    return _ADVICE.sub("", _PREFIX.sub("", " ".join(_PREFIX.sub("", message).split())))
