"""The loop: discover, read the comments, vote, and only then, if they are worth it, fetch the audio.

Every step is in the store before the next begins, so the same command goes on wherever a run ended.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from emtool.crawler import licences
from emtool.crawler.errors import FetchError, ForbiddenError, SourceError, StoreError, UsageError
from emtool.crawler.files import fingerprint
from emtool.crawler.frontier import Frontier, Listing, Pending
from emtool.crawler.http import Download
from emtool.crawler.intake import Intake
from emtool.crawler.media import probe
from emtool.crawler.permission import Permission
from emtool.crawler.progress import Progress, Task
from emtool.crawler.records import ListState, RankedComment, Track, TrackState
from emtool.crawler.source import AudioSource, FileSource, Source
from emtool.crawler.store import Store
from emtool.crawler.voting import rank
from emtool.crawler.web import Web

WorthAudio = Callable[[Sequence[RankedComment]], bool]

_TEXT_ONLY = "text only: no address of its audio is known"


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlConfig:
    """What a crawl takes."""

    limit: int | None = None
    """Tracks of each query at most, counted from the beginning of its list; None takes all."""
    top: int = 15
    """Comments of a track that win the vote, at most."""
    min_votes: int = 0
    """Votes that a comment needs."""
    licences: str = "open"
    """Licences whose audio is fetched, see ``licences.permits``."""
    max_pages: int = 50
    """Pages of comments that are read of one track at most; a longer list is marked as partial."""
    refresh: bool = False
    """Read lists of tracks again from their first page, to find newer ones."""
    max_failures: int = 10
    """Tracks that may fail one after the other before the crawl gives the site a rest."""

    def __post_init__(self) -> None:
        for name in ("limit", "top", "max_pages", "max_failures"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{name} {value}: at least 1")
        licences.check_rule(self.licences)

    @property
    def decision(self) -> str:
        """Name of the options that decide on a track: a track that others have skipped is looked at again."""
        return fingerprint([self.top, self.min_votes, self.licences])


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlSummary:
    """What a crawl has come to."""

    tracks: dict[TrackState, int]  # of the queries, from all runs
    reasons: dict[str, int]  # why tracks were skipped or have failed, by kind
    fetched: int  # tracks whose audio came in this run


@dataclass(slots=True)
class _Run:
    """What changes while a crawl runs."""

    task: Task
    fetched: int = 0
    failures: int = 0  # one after the other
    listings: list[Listing] = field(default_factory=list)


class Crawl:
    """Crawls one source into one store."""

    def __init__(
        self,
        source: Source,
        store: Store,
        web: Web,
        permission: Permission,
        config: CrawlConfig,
        *,
        worth_audio: WorthAudio,
        progress: Progress,
    ) -> None:
        self._source = source
        self._files = source if isinstance(source, FileSource) else None
        self._store = store
        self._frontier = Frontier(store)
        self._intake = Intake(store)
        self._web = web
        self._permission = permission
        self._config = config
        self._worth_audio = worth_audio
        self._progress = progress

    def run(self, queries: Sequence[str | None]) -> CrawlSummary:
        """Crawl these queries; None is everything that the source lists.

        Raises:
            UsageError: The source cannot list a query.
            FetchError: The site cannot be reached, or too many tracks in a row have failed.
            SourceError: A list of tracks is not as the source knows it.
            StoreError: The store cannot be written.
        """
        for query in queries:
            self._source.check_query(query)
        with self._progress.task(f"crawl {self._source.name}", None, "tracks") as task:
            run = _Run(task)
            for query in queries:
                self._crawl_query(query, run)
        return self._summary(run)

    def _crawl_query(self, query: str | None, run: _Run) -> None:
        config = self._config
        name = f"{query}@{self._files.edition(query)}" if self._files and query else query
        listing = self._frontier.open_listing(self._source.name, name, refresh=config.refresh)
        run.listings.append(listing)
        self._frontier.reopen(listing.id, limit=config.limit, decided_by=config.decision)
        self._finish_pending(listing, run)
        if listing.finished or self._is_enough(listing):
            return
        for page in self._source.discover(query, resume_from=listing.next_url):
            self._frontier.add_page(listing.id, page, read_again=self._files is not None)
            self._finish_pending(listing, run)
            if self._is_enough(self._frontier.listing(listing.id)):
                return

    def _is_enough(self, listing: Listing) -> bool:
        return self._config.limit is not None and listing.tracks >= self._config.limit

    def _finish_pending(self, listing: Listing, run: _Run) -> None:
        while batch := self._frontier.pending(listing.id, limit=self._config.limit):
            for pending in batch:
                self._finish(pending, run)
                run.task.advance()

    def _finish(self, pending: Pending, run: _Run) -> None:
        """Bring one track to DONE, SKIPPED or FAILED."""
        key = pending.track.key
        try:
            run.fetched += self._take_steps(pending)
            run.failures = 0
        except ForbiddenError as error:
            self._skip(key, f"forbidden: {error}")
        except (FetchError, SourceError) as error:
            kind = "fetch" if isinstance(error, FetchError) else "answer"
            self._intake.fail(key, f"{kind}: {error}")
            run.failures += isinstance(error, FetchError) or self._files is None
            if run.failures >= self._config.max_failures:
                raise FetchError(
                    f"{run.failures} tracks in a row have failed, so {self._source.name} gets a rest: "
                    f"run the same command again later (the last one: {error})"
                ) from error

    def _take_steps(self, pending: Pending) -> bool:
        """Go on where the track stands; tell whether its audio was fetched."""
        track = pending.track
        if track.licence_text is not None and self._files is None and not self._is_free(track):
            self._skip(track.key, _licence_reason(track))
            return False
        if not pending.comments_read:
            track = self._read_comments(pending)
        comments = self._store.comments(track.key)
        ranked = rank(comments, top=self._config.top, min_votes=self._config.min_votes)
        self._intake.save_vote(track.key, ranked)
        if track.audio_url is None and self._files and ranked:
            self._intake.keep_text(track.key, _TEXT_ONLY, decided_by=self._config.decision)
            return False
        if reason := self._reason_against(track, ranked):
            self._skip(track.key, reason)
            return False
        if pending.has_audio:
            self._intake.finish(track.key)
            return False
        self._fetch_audio(track)
        return True

    def _read_comments(self, pending: Pending) -> Track:
        track = pending.track
        pages = self._source.comments(track, resume_from=pending.next_comments_url)
        for number, page in enumerate(pages, start=pending.comment_pages + 1):
            track = page.tracks[0] if page.tracks else track
            is_last = page.next_url is None or number >= self._config.max_pages
            self._intake.add_comments(
                track,
                page.comments,
                next_url=None if is_last else page.next_url,
                list_state=page.list_state if page.next_url is None else ListState.PARTIAL,
            )
            if is_last:
                break
        return track

    def _reason_against(self, track: Track, ranked: Sequence[RankedComment]) -> str | None:
        if not self._is_free(track):
            return _licence_reason(track)
        if track.audio_url is None:
            return "audio: the site offers none"
        if not ranked:
            return f"votes: no comment with at least {self._config.min_votes} votes"
        if not self._worth_audio(ranked):
            return "relevance: no voted comment describes the music"
        return None

    def _is_free(self, track: Track) -> bool:
        return self._permission.licence(track, self._config.licences)

    def _fetch_audio(self, track: Track) -> None:
        assert track.audio_url is not None, "a track without audio is skipped"
        bringing = self._source if isinstance(self._source, AudioSource) else None
        fetch = bringing.fetch_audio if bringing else self._fetch_from_web
        try:
            with self._store.audio.part(track.audio_url) as part:
                download = fetch(track, part)
                try:
                    sound = probe(part)
                except SourceError as error:
                    raise SourceError(f"{track.audio_url}: {error}") from error
                self._intake.add_audio(track.key, part, sha256=download.sha256, url=download.url, sound=sound)
        except OSError as error:
            raise StoreError(
                f"store {self._store.folder}: {error.strerror}: mend that, or choose another --workspace, "
                "and run the command again; nothing is lost"
            ) from error

    def _fetch_from_web(self, track: Track, path: Path) -> Download:
        assert track.audio_url is not None, "a track without audio is skipped"
        return self._web.download(track.audio_url, path)

    def _skip(self, track_key: str, reason: str) -> None:
        self._intake.skip(track_key, reason, decided_by=self._config.decision)

    def _summary(self, run: _Run) -> CrawlSummary:
        tracks, reasons = Counter[TrackState](), Counter[str]()
        listings = [listing.id for listing in run.listings]
        for state, reason, number in self._frontier.outcome(listings, limit=self._config.limit):
            tracks[state] += number
            if reason:
                reasons[reason.partition(":")[0]] += number
        return CrawlSummary(
            tracks={state: tracks[state] for state in TrackState}, reasons=dict(reasons), fetched=run.fetched
        )


def _licence_reason(track: Track) -> str:
    return f"licence: {track.licence_text or 'none stated'}"
