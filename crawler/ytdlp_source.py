"""What the sources that read pages through yt-dlp have in common: listing, comments, audio."""

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.files import fingerprint
from emtool.crawler.http import Download
from emtool.crawler.json_fields import text, web
from emtool.crawler.records import Comment, ListState, Page, Track
from emtool.crawler.saved import Origin
from emtool.crawler.source import SourceContext
from emtool.crawler.told import Told
from emtool.crawler.ytdlp_info import entries, read

_PAGE = 100  # entries of a playlist that are listed at once
_PLAIN = frozenset({"http", "https"})  # yt-dlp's protocols that are one file


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
        while True:
            info = self._look(
                self.target(query),
                page=self.page(query),
                comments=False,
                entries=(first, first + _PAGE - 1),
            )
            found = entries(info)
            is_list = "entries" in info
            more = is_list and len(found) >= _PAGE
            first += _PAGE
            tracks = [self._track(one, told) for one, told in self._read(info)]
            yield Page(tracks=tuple(tracks), next_url=str(first) if more else None)
            if not more:
                return

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
        """
        with self._context.web.watched():
            found = self._ask(track.url, page=track.url, comments=True)
        info, told = self._pick(found.info, track)
        now = self._track(info, told)
        page = Page(tracks=(now,), comments=told.comments, list_state=self._list_state(info, told))
        if found.refused is None:
            yield page
            return
        yield replace(page, next_url=track.url, list_state=ListState.PARTIAL)
        with self._context.web.watched():
            raise found.refused

    def fetch_audio(self, track: Track, path: Path) -> Download:
        """Bring the audio of a track, from the address that yt-dlp finds now.

        Raises:
            SourceError: It is no single file.
            FetchError: It could not be had, or is not wanted.
        """
        if self._last is None or self._last[0] != track.key:
            info = self._look(track.url, page=track.url, comments=False)
            self._pick(info, track)
        assert self._last is not None, "what is picked is kept"
        media = web(self._last[1].get("url"))
        if media is None or self._last[1].get("protocol") not in _PLAIN:
            raise SourceError(
                f"{track.url}: its audio comes as {self._last[1].get('protocol')!r}, not as a file"
            )
        download = self._context.web.download(media, path)
        return replace(download, url=track.url)  # a media address expires, and may hold ours

    def _look(self, url: str, *, page: str, comments: bool, entries: tuple[int, int] | None = None) -> Any:
        with self._context.web.watched():
            found = self._ask(url, page=page, comments=comments, entries=entries)
            if found.refused is not None:
                raise found.refused
        return found.info

    def _ask(self, url: str, **more: Any) -> Any:
        from emtool.crawler.ytdlp import look

        return look(self._context.web, url, extractor_args=self.extractor_args, **more)

    def _read(self, info: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], Told]]:
        origin = Origin(name=self.name, author_hash=self._context.author_hash)
        for one in entries(info):
            page = {"webpage_url": one.get("url")} if one.get("_type") in {"url", "url_transparent"} else {}
            for told in read({**one, **page}, origin):
                yield one, told

    def _pick(self, info: Mapping[str, Any], track: Track) -> tuple[Mapping[str, Any], Told]:
        for one, told in self._read(info):
            if self._key(told) == track.key:
                self._last = track.key, one
                return one, told
        raise SourceError(f"{track.url}: the page does not tell of {track.key} any more")

    def _key(self, told: Told) -> str:
        return f"{self.name}:{self.track_id(told)}"

    def _track(self, info: Mapping[str, Any], told: Told) -> Track:
        """Make a track; the page stands for the audio, whose own address expires."""
        track = replace(told, source=self.name, id=self.track_id(told)).track()
        is_sound = text(info.get("protocol")) is not None
        return replace(track, audio_url=track.url if is_sound else None)

    def _list_state(self, info: Mapping[str, Any], told: Told) -> ListState:
        if "comments" in info and info["comments"] is None:
            return ListState.DISABLED
        if told.list_state is None or (self.caps and self.caps.reached(told.comments)):
            return ListState.PARTIAL
        return told.list_state


def is_page_of(query: str, *domains: str) -> bool:
    """Tell whether a query is a web address, of one of these domains if there are any."""
    try:
        parts = urlsplit(query)
        host = parts.hostname or ""
    except ValueError:
        return False
    of_domain = any(host == domain or host.endswith(f".{domain}") for domain in domains)
    return parts.scheme in {"http", "https"} and bool(host) and (of_domain or not domains)


def page_id(told: Told) -> str:
    """Name a track of any site: the site, its id there; a page that yt-dlp knows no site of, by its address."""
    of_page = f"-{fingerprint(told.url)}" if told.source in {"generic", "html5mediaembed"} else ""
    return f"{told.source}-{told.id}{of_page}"
