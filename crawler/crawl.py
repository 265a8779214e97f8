"""The loop: discover, read the comments, vote, and only then, if they are worth it, fetch the audio.

Every step is in the store before the next begins, so the same command goes on wherever a run ended.
"""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

from emtool.crawler import licences
from emtool.crawler.answers import Download
from emtool.crawler.claims import ALONE, Claims
from emtool.crawler.errors import (
    FetchError,
    ForbiddenError,
    LostClaimError,
    SourceError,
    StoreError,
    UsageError,
)
from emtool.crawler.files import fingerprint
from emtool.crawler.frontier import Frontier, Pending
from emtool.crawler.intake import Intake
from emtool.crawler.media import probe
from emtool.crawler.permission import Permission
from emtool.crawler.progress import Progress, Task
from emtool.crawler.records import ListState, Page, RankedComment, Track, TrackState
from emtool.crawler.source import AudioSource, FileSource, Source
from emtool.crawler.store import Store
from emtool.crawler.voting import rank
from emtool.crawler.web import Web

WorthAudio = Callable[[Sequence[RankedComment]], bool]

_POLL_S = 0.5
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
    joins: bool = False
    """Take part in what another process has begun: ``refresh`` and what has failed are its concern."""
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
    listings: list[str]  # their ids, in the order of the queries
    read: set[str] = field(default_factory=set)  # those of them that are read as far as this run goes
    fetched: int = 0
    failures: int = 0  # one after the other


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
        claims: Claims = ALONE,
    ) -> None:
        self._source = source
        self._files = source if isinstance(source, FileSource) else None
        self._store = store
        self._claims = claims
        self._frontier = Frontier(store, claims)
        self._intake = Intake(store, claims)
        self._web = web
        self._permission = permission
        self._config = config
        self._worth_audio = worth_audio
        self._progress = progress

    def run(self, queries: Sequence[str | None], *, begun: Callable[[], None] = lambda: None) -> CrawlSummary:
        """Crawl these queries; None is everything that the source lists.

        Where several processes share the store, this ends when none of them has anything left to do.

        Args:
            queries: What to search for.
            begun: Called when the store knows of all that is to be done again.

        Raises:
            UsageError: The source cannot list a query.
            FetchError: The site cannot be reached, or too many tracks in a row have failed.
            SourceError: A list of tracks is not as the source knows it.
            StoreError: The store cannot be written.
        """
        for query in queries:
            self._source.check_query(query)
        with (
            self._progress.task(f"crawl {self._source.name}", None, "tracks") as task,
            self._claims.kept(self._store),
        ):
            run = _Run(task, [self._open(query) for query in queries])
            begun()
            left = dict(zip(run.listings, queries, strict=True))
            while left := {one: query for one, query in left.items() if not self._is_done(one, query, run)}:
                time.sleep(_POLL_S)  # until others have ended what they hold, or their leases have
        return self._summary(run)

    def _open(self, query: str | None) -> str:
        config = self._config
        name = f"{query}@{self._files.edition(query)}" if self._files and query else query
        refresh = config.refresh and not config.joins
        listing = self._frontier.open_listing(self._source.name, name, refresh=refresh)
        if not config.joins:
            self._frontier.reopen(listing.id, limit=config.limit, decided_by=config.decision)
        return listing.id

    def _is_done(self, listing_id: str, query: str | None, run: _Run) -> bool:
        """Do what nobody else does for a listing; tell whether others have nothing left to do for it either."""
        self._finish_pending(listing_id, run)
        if listing_id not in run.read:
            if not (self._is_enough(listing_id) or self._read_listing(listing_id, query, run)):
                return False
            run.read.add(listing_id)
        return not self._frontier.is_held_elsewhere(listing_id, limit=self._config.limit)

    def _read_listing(self, listing_id: str, query: str | None, run: _Run) -> bool:
        """Read on where a listing stands, and finish its tracks; False if another process reads it."""
        if not self._frontier.take_listing(listing_id):
            return False
        resume_from = self._frontier.listing(listing_id).next_url
        for page in self._source.discover(query, resume_from=resume_from):
            try:
                self._frontier.add_page(listing_id, page, read_again=self._files is not None)
            except LostClaimError:
                return False
            self._finish_pending(listing_id, run)
            if self._is_enough(listing_id):
                break
        self._frontier.leave_listing(listing_id)
        return True

    def _is_enough(self, listing_id: str) -> bool:
        listing, limit = self._frontier.listing(listing_id), self._config.limit
        return listing.finished or (limit is not None and listing.tracks >= limit)

    def _finish_pending(self, listing_id: str, run: _Run) -> None:
        while batch := self._frontier.pending(listing_id, limit=self._config.limit):
            for pending in batch:
                with suppress(LostClaimError):
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
        last = None
        if not pending.comments_read:
            track, last = self._read_comments(pending)
        with self._store.write():  # at once: another page may only be asked for once this one is settled
            if last is not None:
                self._intake.add_comments(track, last.comments, next_url=None, list_state=last.list_state)
            comments = self._store.comments(track.key)
            ranked = rank(comments, top=self._config.top, min_votes=self._config.min_votes)
            self._intake.save_vote(track.key, ranked)
            if track.audio_url is None and self._files and ranked:
                self._intake.keep_text(track.key, _TEXT_ONLY, decided_by=self._config.decision)
                return False
            if reason := self._reason_against(track, ranked):
                self._skip(track.key, reason)
                return False
        if not self._worth_audio(ranked):
            self._skip(track.key, "relevance: no voted comment describes the music")
            return False
        if pending.has_audio:
            self._intake.finish(track.key)
            return False
        self._fetch_audio(track)
        return True

    def _read_comments(self, pending: Pending) -> tuple[Track, Page | None]:
        """Keep the pages of comments up to the last one, and give that, with the track as it is told by now."""
        track = pending.track
        pages = self._source.comments(track, resume_from=pending.next_comments_url)
        for number, page in enumerate(pages, start=pending.comment_pages + 1):
            track = page.tracks[0] if page.tracks else track
            if page.next_url is None:
                return track, page
            if number >= self._config.max_pages:
                return track, replace(page, list_state=ListState.PARTIAL)
            self._intake.add_comments(
                track, page.comments, next_url=page.next_url, list_state=ListState.PARTIAL
            )
        return track, None

    def _reason_against(self, track: Track, ranked: Sequence[RankedComment]) -> str | None:
        if not self._is_free(track):
            return _licence_reason(track)
        if track.audio_url is None:
            return "audio: the site offers none"
        if not ranked:
            return f"votes: no comment with at least {self._config.min_votes} votes"
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
        for state, reason, number in self._frontier.outcome(run.listings, limit=self._config.limit):
            tracks[state] += number
            if reason:
                reasons[reason.partition(":")[0]] += number
        return CrawlSummary(
            tracks={state: tracks[state] for state in TrackState}, reasons=dict(reasons), fetched=run.fetched
        )


def _licence_reason(track: Track) -> str:
    return f"licence: {track.licence_text or 'none stated'}"
