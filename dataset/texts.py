"""The text half of a build: from the voted comments of some tracks to captions, without touching their sound."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

from emtool.crawler import registry
from emtool.crawler.records import RankedComment, TrackState
from emtool.crawler.store import Store, StoredTrack
from emtool.dataset import rules
from emtool.dataset.candidates import Candidate, read
from emtool.dataset.captions import select
from emtool.dataset.clean import tidy
from emtool.dataset.config import SELECTIONS, BuildConfig
from emtool.dataset.dedup import Copies
from emtool.dataset.funnel import Funnel, Rejection
from emtool.dataset.plan import PlannedTrack
from emtool.dataset.relevance import Judge, judge_of
from emtool.dataset.splits import work_of
from emtool.dataset.tag_choices import Choices
from emtool.dataset.tags import extract

STATES = (TrackState.VOTED, TrackState.DONE)
"""Tracks that a build looks at: those whose comments were ranked."""
_SCORE_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackTexts:
    """A track with the comments that won its vote."""

    stored: StoredTrack
    ranked: list[RankedComment]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """A comment and what a filter said of it."""

    comment: Candidate
    rejection: Rejection | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What became of one track and of each of its comments."""

    planned: PlannedTrack
    comments: tuple[Looked, ...]
    rejection: Rejection | None  # of the track

    @property
    def rejections(self) -> Iterator[Rejection]:
        """All reasons, the track's last."""
        yield from (looked.rejection for looked in self.comments if looked.rejection)
        if self.rejection:
            yield self.rejection


def decide(
    tracks: Sequence[TrackTexts], copies: Copies, config: BuildConfig, choices: Choices | None = None
) -> list[Decision]:
    """Judge tracks together: the models are fastest on many comments at once.

    Args:
        tracks: With the comments that won their votes.
        copies: What stands under several works.
        config: The options of the build.
        choices: Which words are tags; the shipped lists if None.
    """
    refused = [_refuse(track, config) for track in tracks]
    wanted = registry.load(SELECTIONS, config.select).FILTERS
    drafts = [
        []
        if no
        else [_look(rules.CHEAP, wanted, track, comment, config) for comment in read(track.ranked, copies)]
        for track, no in zip(tracks, refused, strict=True)
    ]
    verdicts = judged(
        [one.comment for draft in drafts for one in draft if not one.rejection], config, choices
    )
    return [
        _conclude(track, no, _look_again(track, draft, verdicts, wanted, config), config)
        for track, no, draft in zip(tracks, refused, drafts, strict=True)
    ]


def count_copies(store: Store) -> Copies:
    """Look for the same text under many works, in all comments that won a vote."""
    return Copies.count(
        (work_of(stored.track), ranked.comment.text)
        for stored in store.tracks(STATES)
        for ranked in store.top_comments(stored.track.key)
    )


def describes(ranked: list[RankedComment], config: BuildConfig) -> bool:
    """Tell whether a build would accept one of a track's comments, so that fetching its sound pays."""
    wanted = registry.load(SELECTIONS, config.select).FILTERS
    cheap, costly = (_asked(group, wanted) for group in (rules.CHEAP, rules.JUDGED))
    comments = [
        comment for comment in read(ranked, Copies.none()) if not rules.first_reason(cheap, comment, config)
    ]
    if not costly:
        return bool(comments)
    return any(not rules.first_reason(costly, comment, config) for comment in judged(comments, config))


def count(decisions: Iterable[Decision]) -> Funnel:
    """Count tracks, comments, reasons and the personal data that was taken out."""
    funnel = Funnel()
    for decision in decisions:
        kept = not decision.rejection
        funnel.counts.update(tracks=1, comments=len(decision.comments), captioned_tracks=int(kept))
        funnel.counts["accepted_comments"] += sum(not one.rejection for one in decision.comments)
        funnel.reject(decision.rejections)
        for looked in decision.comments:
            funnel.private.update(looked.comment.private)
    return funnel


def _refuse(track: TrackTexts, config: BuildConfig) -> Rejection | None:
    said = rules.first_reason(rules.STORED, track.stored, config)
    return said and Rejection(track=track.stored.track.key, filter=said[0], reason=said[1])


def _look(
    names: Sequence[str],
    wanted: Sequence[str] | None,
    track: TrackTexts,
    comment: Candidate,
    config: BuildConfig,
) -> Looked:
    said = rules.first_reason(_asked(names, wanted), comment, config)
    rejection = said and Rejection(
        track=track.stored.track.key,
        comment=comment.ranked.comment.id,
        filter=said[0],
        reason=said[1],
        text=None if comment.unsafe else comment.text,
    )
    return Looked(comment=comment, rejection=rejection)


def _asked(names: Sequence[str], wanted: Sequence[str] | None) -> tuple[str, ...]:
    """Filters of a group that the selection rule lets speak."""
    return tuple(name for name in names if wanted is None or name in wanted)


def judged(
    comments: Sequence[Candidate], config: BuildConfig, choices: Choices | None = None
) -> Iterator[Candidate]:
    """Give the comments again with their relevance and tags."""
    texts = [comment.text for comment in comments]
    verdicts = _judge(config.relevance_model)(texts)
    for comment, verdict, tags in zip(comments, verdicts, extract(texts, choices=choices), strict=True):
        # The last digits of a score depend on the texts that are judged with it.
        rounded = replace(verdict, score=round(verdict.score, _SCORE_DIGITS))
        yield replace(comment, verdict=rounded, tags=tags)


@cache
def _judge(choice: str) -> Judge:
    """Open a relevance model, once a process."""
    return judge_of(choice)


def _look_again(
    track: TrackTexts,
    draft: Sequence[Looked],
    verdicts: Iterator[Candidate],
    wanted: Sequence[str] | None,
    config: BuildConfig,
) -> tuple[Looked, ...]:
    """Take the next comments out of ``verdicts`` in the place of those that were still open."""
    return tuple(
        one if one.rejection else _look(rules.JUDGED, wanted, track, next(verdicts), config) for one in draft
    )


def _conclude(
    track: TrackTexts, refused: Rejection | None, comments: tuple[Looked, ...], config: BuildConfig
) -> Decision:
    told = track.stored.track
    planned = PlannedTrack(
        track=replace(told, title=tidy(told.title), artist=told.artist and tidy(told.artist)),
        audio_sha256=track.stored.audio_sha256 or "",
        comments=len(comments),
        captions=select([one.comment for one in comments if not one.rejection], config),
    )
    said = None if refused else rules.first_reason(rules.TEXTED, planned, config)
    rejection = refused or (said and Rejection(track=planned.track.key, filter=said[0], reason=said[1]))
    return Decision(planned=planned, comments=comments, rejection=rejection)
