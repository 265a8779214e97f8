"""Answers that you saved yourself, in a browser or with yt-dlp: whose they are is seen from their shape.

``emtool crawl saved PATH [PATH ...]``, files or folders of .json and .har. Several answers of one track are
brought together. Nothing is asked of a site, but for audio that a free licence and an address allow.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emtool.crawler import saved_files
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told, merge
from emtool.crawler.told_source import ToldSource

READS_FILES = True
ABOUT = {
    "what": "JSON, JSONP or HAR that you saved from NetEase, QQ Music, Bilibili, Reddit, YouTube (API, or yt-dlp's "
    ".info.json), Internet Archive, Jamendo or SoundCloud.",
    "votes": "Likes, praise, net score, agreements or stars, as the service has them; none on SoundCloud.",
    "credentials": "none; --contact only where audio is fetched",
    "licence": "The one in the answer; tracks without an address of free audio stay as text.",
    "limits": "An answer that does not name its track (NetEase, QQ Music) takes the id from the HAR's address or the "
    "file's name. No nickname, avatar or place is kept.",
}


class Saved(ToldSource):
    """Reads saved answers."""

    name = "saved"

    def files(self, query: str) -> Sequence[Path]:
        """Give a file, or those of a folder."""
        path = Path(query)
        if not path.exists():
            raise UsageError(f"saved {query!r}: no such file or folder")
        files = saved_files.below(path)
        if not files:
            raise UsageError(f"saved {query!r}: no file in it ends in {', '.join(saved_files.SUFFIXES)}")
        return files

    def read(self, query: str) -> tuple[Mapping[str, Told], Sequence[str]]:
        """Read all files of a path, and say what each has given."""
        told: list[Told] = []
        refusals: list[str] = []
        for path in self.files(query):
            try:
                found = saved_files.read(path, self._context.author_hash)
            except SourceError as error:
                refusals.append(str(error))
                continue
            tracks = len({one.key for one in found})
            comments = sum(len(one.comments) for one in merge(found).values())
            sources = ", ".join(sorted({one.source for one in found})) or "nothing"
            self._context.say(f"{path}: {sources}, {tracks} tracks, {comments} comments")
            told += found
        return merge(told), refusals


def open_source(context: SourceContext) -> Saved:
    """Open the source."""
    return Saved(context)
