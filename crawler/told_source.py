"""What the sources that read files of the user have in common: listing, comments, audio."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import url2pathname

from emtool.crawler.answers import Download
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.files import fingerprint, sha256_file
from emtool.crawler.records import ListState, Page, Track
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told

_PAGE = 200  # tracks of one page of a listing
_CHUNK = 2**20  # bytes
_REFUSED = "refused"  # where a listing goes on whose end some file has kept back


class ToldSource(ABC):
    """Lists what the files of a path tell; a path is read once, when it is needed."""

    name: str
    corrects = False  # whether what a file leaves out is taken away from what is known of a track

    def __init__(self, context: SourceContext) -> None:
        self._context = context
        self._told: dict[str, Mapping[str, Told]] = {}
        self._refusals: dict[str, Sequence[str]] = {}

    @abstractmethod
    def files(self, query: str) -> Sequence[Path]:
        """Give the files of a path, in a steady order; raises UsageError if there are none."""

    @abstractmethod
    def read(self, query: str) -> tuple[Mapping[str, Told], Sequence[str]]:
        """Give what the files of a path tell, by track key, and the errors of those that were refused."""

    def check_query(self, query: str | None) -> None:
        """Refuse a path that is none."""
        if query is None:
            raise UsageError(f"source {self.name!r} needs a path: emtool crawl {self.name} PATH [PATH ...]")
        self.files(query)
        self._told.setdefault(query, {})

    def edition(self, query: str) -> str:
        """Name the content of the files of a path."""
        try:
            return fingerprint([[path.name, sha256_file(path)] for path in self.files(query)])
        except OSError as error:
            raise UsageError(f"{error.filename}: {error.strerror}") from None

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List the tracks of a path.

        Raises:
            SourceError: Files were refused; the tracks of all others were listed before.
        """
        assert query is not None, "check_query refuses it"
        tracks = [told.track() for told in self._load(query).values()]
        refusals = self._refusals[query]
        first = len(tracks) if resume_from == _REFUSED else int(resume_from or 0)
        for start in range(first, max(len(tracks), 1), _PAGE):
            end = start + _PAGE
            next_url = str(end) if end < len(tracks) else _REFUSED if refusals else None
            yield Page(tracks=tuple(tracks[start:end]), next_url=next_url)
        if refusals:
            others = f" (and {len(refusals) - 1} more files)" if len(refusals) > 1 else ""
            raise SourceError(f"{refusals[0]}{others}; all other files were read")

    def comments(
        self,
        track: Track,
        *,
        resume_from: str | None = None,  # noqa: ARG002 - there is one page
    ) -> Iterator[Page]:
        """Give the comments that the files hold of a track."""
        every = (self._load(query).get(track.key) for query in self._told)
        told = next((one for one in every if one is not None), None)
        if told is None:
            raise SourceError(f"{track.key}: no file tells of it any more: give the path that it came from")
        known = told.track() if self.corrects else told.onto(track)
        yield Page(tracks=(known,), comments=told.comments, list_state=told.list_state or ListState.PARTIAL)

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Bring the audio of a track from the network; raises FetchError."""
        assert track.audio_url is not None, "a track without audio stays as text"
        return self._context.web.download(track.audio_url, path)

    def _load(self, query: str) -> Mapping[str, Told]:
        if query not in self._refusals:
            self._told[query], self._refusals[query] = self.read(query)
        return self._told[query]


def copy(address: str, path: Path) -> Download:
    """Copy the file of a ``file:`` address.

    Raises:
        SourceError: It cannot be read.
        OSError: The copy cannot be written.
    """
    source = Path(url2pathname(urlsplit(address).path))
    digest, size_bytes = hashlib.sha256(), 0
    try:
        opened = source.open("rb")
    except OSError as error:
        raise SourceError(f"{source}: {error.strerror}: put it there, or correct the manifest") from None
    with opened, path.open("wb") as written:
        while chunk := opened.read(_CHUNK):
            written.write(chunk)
            digest.update(chunk)
            size_bytes += len(chunk)
    return Download(url=address, sha256=digest.hexdigest(), size_bytes=size_bytes)
