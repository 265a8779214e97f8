"""Every decision about one track or one comment, in words."""

from dataclasses import dataclass
from typing import Any

from emtool.crawler.errors import UsageError
from emtool.crawler.records import Comment, RankedComment
from emtool.crawler.store import Store, StoredTrack
from emtool.dataset.candidates import Candidate, read
from emtool.dataset.captions import ranked_tags
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Heard, Job, listen
from emtool.dataset.dedup import Copies
from emtool.dataset.funnel import Rejection
from emtool.dataset.rules import CHEAP, JUDGED, first_reason
from emtool.dataset.splits import split_of, work_of
from emtool.dataset.texts import Decision, TrackTexts, count_copies, decide, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a build of this store with these options does with one track."""

    decision: Decision
    heard: Heard | None  # None where the texts have already ruled the track out
    split: str

    def to_json(self) -> dict[str, Any]:
        """Give everything as JSON values."""
        planned, heard = self.decision.planned, self.heard
        return {
            "track": planned.track.key,
            "work": work_of(planned.track),
            "split": self.split,
            "verdict": _verdict(self.decision.rejection or (heard.rejection if heard else None)),
            "comments": [_comment(looked.comment, looked.rejection) for looked in self.decision.comments],
            "captions": [caption.text for caption in planned.captions],
            "tags": ranked_tags(planned.captions),
            "sound": heard and {"duration_s": heard.duration_s, "verdict": _verdict(heard.rejection)},
            "clips": [
                {
                    "start_s": clip.start_s,
                    "level_dbfs": round(clip.level_dbfs, 1),
                    "silence": round(clip.silence, 3),
                    "clipped": round(clip.clipped, 5),
                    "dc": round(clip.dc, 4),
                    "verdict": _verdict(rejection),
                }
                for clip, rejection in (heard.clips if heard else ())
            ],
        }


def explain_track(store: Store, name: str, config: BuildConfig) -> Explanation:
    """Go through a build for one track; copies are counted over the whole store, as a build does.

    Args:
        store: What was collected.
        name: The key of the track, its id alone, or the address of its page.
        config: The options of the build.

    Raises:
        UsageError: The store has no such track.
    """
    stored = _find(store, name)
    key = stored.track.key
    copies = count_copies(store)
    decision = decide([TrackTexts(stored=stored, ranked=store.top_comments(key))], copies, config)[0]
    heard = None
    if not decision.rejection:
        path = store.audio_path(decision.planned.audio_sha256)
        heard = listen(Job(planned=decision.planned, path=path, config=config))
    return Explanation(decision=decision, heard=heard, split=split_of(stored.track, config))


def explain_comment(text: str, config: BuildConfig) -> dict[str, Any]:
    """Say what each stage makes of one comment, and everything that speaks against it."""
    ranked = RankedComment(comment=Comment(id="1", text=text), rank=1, share=None)
    comment = next(judged(read([ranked], Copies.none())))
    found = [(name, first_reason((name,), comment, config)) for name in (*CHEAP, *JUDGED)]
    against = [f"{name}: {said[1]}" for name, said in found if said]
    return _comment(comment, None) | {"verdict": "; ".join(against) or "kept"}


def _find(store: Store, name: str) -> StoredTrack:
    for stored in store.tracks():
        if name in (stored.track.key, stored.track.id, stored.track.url):
            return stored
    raise UsageError(
        f"no track {name!r} in {store.folder}: give its key, as in the column `track` of a dataset"
    )


def _comment(comment: Candidate, rejection: Rejection | None) -> dict[str, Any]:
    verdict = comment.verdict
    return {
        "id": comment.ranked.comment.id,
        "rank": comment.ranked.rank,
        "votes": comment.ranked.comment.votes,
        "text": "" if comment.unsafe else comment.text,
        "language": comment.language,
        "private": dict(comment.private),
        "relevance": None if verdict is None else round(verdict.score, 3),
        "facets": {} if verdict is None else {name: list(words) for name, words in verdict.facets.items()},
        "why": None if verdict is None else verdict.why,
        "tags": [tag.name for tag in comment.tags],
        "verdict": _verdict(rejection),
    }


def _verdict(rejection: Rejection | None) -> str:
    return f"{rejection.filter}: {rejection.reason}" if rejection else "kept"
