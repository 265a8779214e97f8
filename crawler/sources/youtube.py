"""YouTube through yt-dlp: the comments with the most likes, first, and replies to them.

``emtool crawl youtube URL`` (a video, playlist or channel), or ``emtool crawl youtube 'ambient cello'``: the first
videos that a search finds. For answers of YouTube's own API see the source ``saved``.
"""

import re
from types import MappingProxyType
from urllib.parse import quote_plus

from emtool.crawler.addresses import is_page_of
from emtool.crawler.errors import UsageError
from emtool.crawler.source import SourceContext
from emtool.crawler.ytdlp_source import Caps, YtDlpSource

ABOUT = {
    "what": "Videos, playlists, channels or a search of YouTube through yt-dlp: title, tags, top comments, replies.",
    "votes": "Likes, rounded by YouTube; sorted by top; at most 400 comments of a video, 300 of them no replies.",
    "credentials": "none; no cookies, no login",
    "licence": "Stated for videos marked Creative Commons only. YouTube's terms forbid downloads: mind them.",
    "limits": "4 s between two requests (about 300 videos an hour are let through); robots.txt is asked for the page, "
    "not for yt-dlp's calls behind it.",
}
MIN_INTERVAL_S = 4.0

_CHANNEL = re.compile(r"https?://(?:\w+\.)?youtube\.com/(?:@|c/|channel/|user/)[^/?#]+/?")
_SEARCH = re.compile(r"ytsearch(\d{0,3}):(.+)", re.DOTALL)
_SEARCHED = 20  # videos of a search without a number
_CAPS = Caps(total=400, parents=300, replies=100, replies_per_thread=5, depth=2)


class YouTube(YtDlpSource):
    """Reads YouTube."""

    name = "youtube"
    caps = _CAPS
    extractor_args = MappingProxyType(
        {"youtube": {"comment_sort": ["top"], "max_comments": _CAPS.argument()}}
    )

    def check_page(self, query: str) -> None:
        """Refuse addresses of other sites."""
        if "://" in query and not is_page_of(query, "youtube.com", "youtu.be"):
            raise UsageError(
                f"youtube {query!r}: this is no address of YouTube; for other sites: emtool crawl yt-dlp URL"
            )

    def target(self, query: str) -> str:
        """Search for what is no address; of a channel, its videos are listed."""
        if _CHANNEL.fullmatch(query):
            return f"{query.rstrip('/')}/videos"
        if "://" in query:
            return query
        number, words = _searched(query)
        return f"ytsearch{number}:{words}"

    def page(self, query: str) -> str:
        """Give the address, or the page of a search."""
        if "://" in query:
            return self.target(query)
        return f"https://www.youtube.com/results?search_query={quote_plus(_searched(query)[1])}"


def open_source(context: SourceContext) -> YouTube:
    """Open the source."""
    return YouTube(context)


def _searched(query: str) -> tuple[int, str]:
    found = _SEARCH.fullmatch(query)
    return (int(found[1] or _SEARCHED), found[2]) if found else (_SEARCHED, query)
