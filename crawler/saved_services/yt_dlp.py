"""``.info.json`` files that yt-dlp has written, of any site."""

from emtool.crawler.ytdlp_info import knows, read

__all__ = ["ABOUT", "knows", "read"]

ABOUT = (
    "yt-dlp's .info.json with comments: likes where the site gives them (YouTube), else no votes; no audio."
)
