"""Any page or playlist that yt-dlp reads: what it tells of the tracks, their licence, comments where it has them.

``emtool crawl yt-dlp URL [URL ...]``.
"""

from emtool.crawler.addresses import is_page_of
from emtool.crawler.errors import UsageError
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told
from emtool.crawler.ytdlp_source import YtDlpSource, page_id

ABOUT = {
    "what": "Any page or playlist that yt-dlp reads, by its address: title, licence, comments where yt-dlp has them.",
    "votes": "Likes where yt-dlp tells them (BiliIntl, Instagram, GameJolt, ...), else none.",
    "credentials": "none; no cookies, no login",
    "licence": "As the page states it, which few sites do; without a statement, no audio is fetched.",
    "limits": "1 s between two requests; robots.txt is asked for the page and its audio, not for yt-dlp's calls behind "
    "it. Audio that is one file only.",
}


class AnyPage(YtDlpSource):
    """Reads pages of any site."""

    name = "yt-dlp"

    def check_page(self, query: str) -> None:
        """Refuse what is no web address."""
        if not is_page_of(query):
            raise UsageError(f"yt-dlp {query!r}: give the http or https address of a page or playlist")

    def track_id(self, told: Told) -> str:
        """Name a track by its site and its id there."""
        return page_id(told)


def open_source(context: SourceContext) -> AnyPage:
    """Open the source."""
    return AnyPage(context)
