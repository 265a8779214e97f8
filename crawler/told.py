"""What one file of the user tells of one track, and how several files that speak of it become one."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from emtool.crawler.licences import spdx
from emtool.crawler.records import Comment, ListState, Track

_SINGLE = ("url", "title", "artist", "audio_url", "licence_text", "duration_s", "work_id")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A track as far as one file tells of it; None is what it does not tell."""

    source: str
    id: str
    url: str | None = None
    title: str | None = None
    artist: str | None = None
    audio_url: str | None = None
    licence_text: str | None = None
    duration_s: float | None = None
    work_id: str | None = None
    source_tags: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    list_state: ListState | None = None  # of the comments in this file; None: it is no list of comments
    total: int | None = None  # comments that the whole list has, as the site states it

    @property
    def key(self) -> str:
        """``source:id``."""
        return f"{self.source}:{self.id}"

    def track(self) -> Track:
        """Give the track; without a title, its key stands for it."""
        base = Track(source=self.source, id=self.id, title=self.key, url=self.url or self.key)
        return self.onto(base)

    def onto(self, track: Track) -> Track:
        """Add what is told to what is known of a track already."""
        told: dict[str, Any] = {name: getattr(self, name) for name in _SINGLE}
        told["source_tags"] = self.source_tags
        told["licence"] = spdx(self.licence_text)
        return replace(track, **{name: value for name, value in told.items() if value not in (None, ())})


def merge(every: Iterable[Told]) -> dict[str, Told]:
    """Bring together what several files tell, by track key, in the order in which tracks come first.

    Of a field, the first file that tells it counts. Of a comment that comes twice, the copy with more votes
    counts: votes grow, and a list of hot comments repeats what the pages hold.
    """
    groups: dict[str, list[Told]] = {}
    for told in every:
        groups.setdefault(told.key, []).append(told)
    return {key: _merge(group) for key, group in groups.items()}


def _merge(group: list[Told]) -> Told:
    comments: dict[str, Comment] = {}
    for comment in (comment for told in group for comment in told.comments):
        known = comments.get(comment.id)
        if known is None or _votes(comment) > _votes(known):
            comments[comment.id] = comment
    fields = {name: next(filter(None, (getattr(told, name) for told in group)), None) for name in _SINGLE}
    totals = [told.total for told in group if told.total is not None]
    total = max(totals, default=None)
    return Told(
        source=group[0].source,
        id=group[0].id,
        source_tags=next(filter(None, (told.source_tags for told in group)), ()),
        comments=tuple(comments.values()),
        list_state=_list_state(group, len(comments), total),
        total=total,
        **fields,
    )


def _votes(comment: Comment) -> float:
    return -float("inf") if comment.votes is None else comment.votes


def _list_state(group: list[Told], comments: int, total: int | None) -> ListState:
    states = {told.list_state for told in group} - {None}
    for state in (ListState.BLOCKED, ListState.DISABLED):
        if state in states:
            return state
    if total is not None and total > 0:
        return ListState.COMPLETE if comments >= total else ListState.PARTIAL
    return ListState.COMPLETE if states == {ListState.COMPLETE} else ListState.PARTIAL
