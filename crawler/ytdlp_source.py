"""What the sources that read pages through yt-dlp have in common: listing, comments, audio."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from emtool.crawler.answers import Download
from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.files import fingerprint, sha256_file
from emtool.crawler.records import Comment, ListState, Page, Track
from emtool.crawler.saved import Origin
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told
from emtool.crawler.ytdlp_info import entries, read

if TYPE_CHECKING:
    from emtool.crawler.ytdlp import Found

_PAGE = 100  # entries of a playlist that are listed at once
_PLAIN = frozenset({"http", "https"})  # yt-dlp's protocols that are one file
_FRAGMENTS = frozenset({"m3u8", "m3u8_native", "http_dash_segments"})  # and those that are many


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many comments of a page are asked for at most; a list that reaches one of them is partial."""

    total: int
    parents: int
    replies: int
    replies_per_thread: int
    depth: int

    def reached(self, comments: Sequence[Comment]) -> bool:
        """Tell whether more comments may be there than were asked for."""
        threads = Counter(comment.parent_id for comment in comments)
        parents = threads.pop(None, 0)
        return (
            len(comments) >= self.total
            or parents >= self.parents
            or threads.total() >= self.replies
            or any(number >= self.replies_per_thread for number in threads.values())
        )

    def argument(self) -> list[str]:
        """Give yt-dlp's ``max_comments`` for YouTube, all five: without the last, depth has no limit."""
        numbers = (self.total, self.parents, self.replies, self.replies_per_thread, self.depth)
        return [str(number) for number in numbers]


class YtDlpSource(ABC):
    """Reads pages of one site, or of any, through yt-dlp."""

    name: str
    extractor_args: Mapping[str, Mapping[str, Sequence[str]]] = {}
    caps: Caps | None = None

    def __init__(self, context: SourceContext) -> None:
        self._context = context
        self._last: tuple[str, Mapping[str, Any]] | None = None  # key of a track, and what was told of it
        self._stopped: BaseException | None = None  # why no more is asked

    @abstractmethod
    def check_page(self, query: str) -> None:
        """Raise UsageError if the query is no page of this source."""

    def target(self, query: str) -> str:
        """Give what yt-dlp is asked for; an address stands for itself."""
        return query

    def page(self, query: str) -> str:
        """Give the address whose permission is asked."""
        return query

    def track_id(self, told: Told) -> str:
        """Name a track within this source."""
        return told.id

    def check_query(self, query: str | None) -> None:
        """Refuse what is no page of this source."""
        if query is None:
            raise UsageError(
                f"source {self.name!r} needs the address of a page or playlist: emtool crawl {self.name} URL"
            )
        self.check_page(query)

    def discover(self, query: str | None, *, resume_from: str | None = None) -> Iterator[Page]:
        """List what is on a page, or in a playlist a hundred entries at a time.

        Raises:
            SourceError: yt-dlp cannot read it.
            FetchError: It could not be had, or is not wanted.
        """
        assert query is not None, "check_query refuses it"
        first = int(resume_from or 1)
        page = self.page(query)
        more = True
        while more:
            found = self._look(
                self.target(query), page=page, comments=False, entries=(first, first + _PAGE - 1)
            )
            listed = found.info.get("entries")  # one that could not be had is None
            number = len(listed or ())
            is_cut = bool(found.errors and listed and listed[-1] is None and number < _PAGE)
            more = number >= _PAGE or is_cut
            first += number - is_cut
            tracks = [self._track(one, told) for one, told in self._read(found.info)]
            yield Page(tracks=tuple(tracks), next_url=str(first) if more else None)
            if is_cut:
                raise SourceError(f"{page}: {found.errors[-1]}"[:400])

    def comments(
        self,
        track: Track,
        *,
        resume_from: str | None = None,  # noqa: ARG002 - a list has no address to go on from
    ) -> Iterator[Page]:
        """Read the page of a track with its comments.

        Raises:
            SourceError: yt-dlp cannot read it, or it does not tell of the track any more.
            RefusedError: The site has had enough; what came before was given as a page.
            KeyboardInterrupt: Ctrl-C came; what came before was given as a page.
        """
        with self._context.web.watched():
            found = self._ask(track.url, page=track.url, comments=True)
            info, told = self._pick(found.info, track)
            page = Page(
                tracks=(self._track(info, told, known=track),),
                comments=told.comments,
                list_state=self._list_state(info, told),
            )
            if found.stopped is not None:
                self._stopped = found.stopped  # holds also if nobody wants what follows this page
                yield replace(page, next_url=track.url)
                self._stopped = None
                raise found.stopped
        yield page

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Bring the audio of a track, from the address that yt-dlp finds now.

        Raises:
            SourceError: It comes as something that is not fetched.
            FetchError: It could not be had, or is not wanted.
        """
        if self._last is None or self._last[0] != track.key:
            found = self._look(track.url, page=track.url, comments=False)
            self._pick(found.info, track)
        assert self._last is not None, "what is picked is kept"
        info = self._last[1]
        if not _has_sound(info):
            raise SourceError(
                f"{track.url}: its audio comes as {info.get('protocol')!r}, which is not fetched"
            )
        if info["protocol"] in _PLAIN:
            download = self._context.web.download(str(info["url"]), path)
            return replace(download, url=track.url)  # a media address expires, and may hold ours
        from emtool.crawler.ytdlp_fragments import fetch

        with self._context.web.watched():
            fetch(self._context.web, info, path)
        return Download(url=track.url, sha256=sha256_file(path), size_bytes=path.stat().st_size)

    def _look(self, url: str, **more: Any) -> "Found":
        with self._context.web.watched():
            found = self._ask(url, **more)
            if found.stopped is not None:
                raise found.stopped
        return found

    def _ask(self, url: str, **more: Any) -> "Found":
        from emtool.crawler.ytdlp import look

        if self._stopped is not None:
            raise self._stopped
        return look(self._context.web, url, extractor_args=self.extractor_args, **more)

    def _read(self, info: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Told]]:
        origin = Origin(name=self.name, author_hash=self._context.author_hash)
        for one in entries(info):
            for told in read(_named(one), origin):
                yield one, told

    def _pick(self, info: Mapping[str, Any], track: Track) -> tuple[Mapping[str, Any], Told]:
        every = list(self._read(info))
        fitting = [one for one in every if f"{self.name}:{self.track_id(one[1])}" == track.key]
        picked = fitting or every
        if len(picked) != 1:
            raise SourceError(f"{track.url}: the page does not tell of {track.key} any more")
        self._last = track.key, picked[0][0]
        return picked[0]

    def _track(self, info: Mapping[str, Any], told: Told, *, known: Track | None = None) -> Track:
        """Make a track; the page stands for the audio, whose own address expires."""
        if known is None:
            known = replace(told, source=self.name, id=self.track_id(told)).track()
        track = told.onto(known)
        return replace(track, audio_url=track.url if _has_sound(info) else None)

    def _list_state(self, info: Mapping[str, Any], told: Told) -> ListState:
        if "comments" in info and info["comments"] is None:
            return ListState.DISABLED
        if told.list_state is None or (self.caps and self.caps.reached(told.comments)):
            return ListState.PARTIAL
        return told.list_state


def _named(info: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what a playlist says of a track, whose page is not read yet, the names that a page would give it."""
    if info.get("_type") not in {"url", "url_transparent"}:
        return info
    url = info.get("url")
    return {
        **info,
        "id": info.get("id") or fingerprint(url),
        "extractor_key": info.get("ie_key") or "generic",
        "webpage_url": url,
    }


def _has_sound(info: Mapping[str, Any]) -> bool:
    return info.get("protocol") in _PLAIN | _FRAGMENTS and not info.get("is_live")


def page_id(told: Told) -> str:
    """Name a track of any site: the site, its id there; a page that yt-dlp knows no site of, by its address."""
    of_page = f"-{fingerprint(told.url)}" if told.source in {"generic", "html5mediaembed"} else ""
    return f"{told.source}-{told.id}{of_page}"
