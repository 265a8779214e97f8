"""SoundCloud through yt-dlp: comments at a point of the track.

``emtool crawl soundcloud URL``: a track, a set, or a page of a person.
"""

from emtool.crawler.addresses import is_page_of
from emtool.crawler.errors import UsageError
from emtool.crawler.source import SourceContext
from emtool.crawler.ytdlp_source import YtDlpSource

ABOUT = {
    "what": "Tracks, sets and people of SoundCloud through yt-dlp, by address: title, licence, timed comments.",
    "votes": "None; each comment has its point in the track; the newest come first.",
    "credentials": "none; no cookies, no login",
    "licence": "As stated: mostly all rights reserved, cc-by and the like for some. Mind SoundCloud's terms.",
    "limits": "1 s between two requests; robots.txt is asked for the page and its audio, not for yt-dlp's calls behind "
    "it. Audio that is one file only.",
}


class SoundCloud(YtDlpSource):
    """Reads SoundCloud."""

    name = "soundcloud"

    def check_page(self, query: str) -> None:
        """Refuse addresses of other sites."""
        if not is_page_of(query, "soundcloud.com"):
            raise UsageError(
                f"soundcloud {query!r}: give the address of a track, set or person on soundcloud.com"
            )


def open_source(context: SourceContext) -> SoundCloud:
    """Open the source."""
    return SoundCloud(context)
