"""A list of your own: local sound files or addresses, with titles, artists, licences and voted comments.

``emtool crawl manifest songs.jsonl songs.csv``. One line of JSONL is one track:

    {"id": "a1", "title": "Rain", "audio": "sound/rain.flac", "artist": "Ann", "licence": "CC-BY-4.0",
     "comments": [{"text": "slow sad piano", "votes": 12}]}

One row of CSV is one comment; rows of the same ``id``, or without one of the same ``audio``, are one track:

    id,title,audio,artist,licence,comment,votes
    a1,Rain,sound/rain.flac,Ann,CC-BY-4.0,slow sad piano,12

``manifest_file`` names all fields. A local path is relative to the manifest.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from emtool.crawler import manifest_file
from emtool.crawler.answers import Download
from emtool.crawler.errors import UsageError
from emtool.crawler.records import Track
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told
from emtool.crawler.told_source import ToldSource, copy

READS_FILES = True
ABOUT = {
    "what": "Your own list (JSONL or CSV) of local sound files or addresses, with titles, licences and voted comments.",
    "votes": "Likes, or the vote_kind that the list states.",
    "credentials": "none; addresses on the web need --contact",
    "licence": "The one that the list states; the licence rule holds for local files as well.",
    "limits": "A comment that is taken out of the list stays in the store; a sound file is read once: give a new one "
    "a new name.",
}


class Manifest(ToldSource):
    """Reads manifests."""

    name = "manifest"
    corrects = True

    def files(self, query: str) -> Sequence[Path]:
        """Give the manifest itself."""
        path = Path(query)
        if path.suffix not in manifest_file.SUFFIXES:
            raise UsageError(f"manifest {query!r}: its name ends in {' or '.join(manifest_file.SUFFIXES)}")
        if not path.is_file():
            raise UsageError(f"manifest {query!r}: no such file")
        return [path]

    def check_query(self, query: str | None) -> None:
        """Read the whole manifest, so that a mistake is told before anything is done."""
        super().check_query(query)
        if query is not None:
            self._load(query)

    def read(self, query: str) -> tuple[Mapping[str, Told], Sequence[str]]:
        """Read a manifest."""
        told = manifest_file.read(Path(query), author_hash=self._author_hash)
        comments = sum(len(one.comments) for one in told)
        self._context.say(f"{query}: {len(told)} tracks, {comments} comments")
        return {one.key: one for one in told}, ()

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Copy a local file, or fetch one from the web; raises SourceError or FetchError."""
        if track.audio_url and track.audio_url.startswith("file:"):
            return copy(track.audio_url, path)
        return super().fetch_audio(track, path)

    def _author_hash(self, author: str) -> str:
        return self._context.author_hash(self.name, author)


def open_source(context: SourceContext) -> Manifest:
    """Open the source."""
    return Manifest(context)
