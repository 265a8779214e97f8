"""The only user of yt-dlp: asks it what a page holds. Nothing of it runs but its extractors and native downloaders.

See https://github.com/yt-dlp/yt-dlp: ``YoutubeDL.__init__`` for the options, README for extractor arguments.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yt_dlp import YoutubeDL
from yt_dlp import globals as yt_dlp_globals
from yt_dlp.networking import RequestDirector

from emtool.crawler.errors import FetchError, RefusedError, SourceError
from emtool.crawler.web import Web
from emtool.crawler.ytdlp_network import EmtoolRH, Network

_ENOUGH = re.compile(  # what yt-dlp reports when a site has had enough
    r"content isn.t available, try again later|rate-limited by|not a bot|captcha|Incomplete data received",
    re.IGNORECASE,
)
_PREFIX = re.compile(r"^(?:ERROR|WARNING): *|\x1b\[[0-9;]*m")
_ADVICE = re.compile(r"; please report this issue on .*|\. See  ?https://github\.com/yt-dlp.*", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What yt-dlp has found on a page."""

    info: Mapping[str, Any]
    refused: RefusedError | None  # the site has had enough meanwhile: the list of comments may be cut


class Heard:
    """Takes what yt-dlp says, which would go to the terminal otherwise."""

    def __init__(self) -> None:
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def debug(self, message: str) -> None:
        """Hear of an interruption that yt-dlp would go on after.

        Raises:
            KeyboardInterrupt: Ctrl-C came while it read comments.
        """
        if message.endswith("Interrupted by user"):
            raise KeyboardInterrupt

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


def options(
    user_agent: str, heard: Heard, *, extractor_args: Mapping[str, Mapping[str, Sequence[str]]]
) -> dict[str, Any]:
    """Give the options of yt-dlp.

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
        "getcomments": True,
        "skip_download": True,
        "format": "bestaudio/best",
        "http_headers": {"User-Agent": user_agent},
        "extractor_args": {name: dict(values) for name, values in extractor_args.items()},
        "cachedir": False,
        "cookiefile": None,
        "cookiesfrombrowser": None,
        "usenetrc": False,
        "netrc_cmd": None,
        "proxy": "",
        "geo_bypass": False,
        "enable_file_urls": False,
        "external_downloader": {},
        "postprocessors": [],
        "fixup": "never",
        "js_runtimes": {},
        "remote_components": [],
        "extractor_retries": 1,
        "retries": 2,
        "fragment_retries": 2,
        "hls_prefer_native": True,
        "allow_unplayable_formats": False,
    }


def look(
    web: Web,
    url: str,
    *,
    page: str,
    extractor_args: Mapping[str, Mapping[str, Sequence[str]]],
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
    network = Network(web, page)
    wanted = options(web.user_agent, heard, extractor_args=extractor_args) | {"getcomments": comments}
    if entries is not None:
        wanted |= {"extract_flat": "in_playlist", "playlist_items": f"{entries[0]}:{entries[1]}"}
    if url != page:
        web.permit(page)
    with Downloader(wanted, network) as downloader:
        info = downloader.extract_info(url, download=False)
        plain = downloader.sanitize_info(info) if info else None
    refused = network.refused
    if line := heard.enough:
        refused = RefusedError(f"{page}: {line}", is_signal=True)
    if plain:
        return Found(info=plain, refused=refused)
    if refused or network.problem:
        raise refused or network.problem or FetchError(page)
    raise SourceError(f"{page}: {next(iter(heard.errors), 'yt-dlp finds nothing there')}"[:400])


class Downloader(YoutubeDL):  # type: ignore[misc]  # yt-dlp has no types
    """yt-dlp without plug-ins, and with our network in the place of its own."""

    def __init__(self, wanted: dict[str, Any], network: Network) -> None:
        yt_dlp_globals.plugin_dirs.value = []
        yt_dlp_globals.all_plugins_loaded.value = True
        self._network = network
        super().__init__(wanted, auto_init=True)

    def build_request_director(self, handlers: Any, preferences: Any = None) -> RequestDirector:  # noqa: ARG002
        """Give the one way out."""
        director = RequestDirector(logger=Heard())
        director.add_handler(
            EmtoolRH(self._network, logger=Heard(), headers=self.params["http_headers"], proxies={})
        )
        return director


def _plain(message: str) -> str:
    return _ADVICE.sub("", _PREFIX.sub("", " ".join(_PREFIX.sub("", message).split())))
