"""Every decision about one track or one comment, in words."""

from dataclasses import dataclass
from typing import Any

from emtool.crawler.errors import UsageError
from emtool.crawler.records import Comment, RankedComment
from emtool.crawler.store import Store, StoredTrack
from emtool.dataset.candidates import Candidate, read
from emtool.dataset.captions import ranked_tags
from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig
from emtool.dataset.cut import Job, Listened, listen
from emtool.dataset.dedup import Copies
from emtool.dataset.funnel import Rejection
from emtool.dataset.hearing import Heard
from emtool.dataset.rules import CHEAP, JUDGED, STORED, first_reason
from emtool.dataset.splits import Owners, place, work_of
from emtool.dataset.tag_choices import Choices
from emtool.dataset.texts import STATES, Decision, TrackTexts, count_copies, decide, judged


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a build of this store with these options does with one track."""

    decision: Decision
    heard: Listened | None  # None where the texts have already ruled the track out
    split: str
    """Of all tracks that may be built: a build places those with captions alone, which can move a few."""

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
            "sound": heard
            and {
                "duration_s": heard.duration_s,
                "correlation": round(heard.correlation, 3),
                "print": f"{len(heard.print)} values; a build compares it with all others",
                "verdict": _verdict(heard.rejection),
            },
            "clips": [
                _clip(clip) | {"verdict": _verdict(rejection)}
                for clip, rejection in (heard.clips if heard else ())
            ],
        }


def explain_track(
    store: Store, name: str, config: BuildConfig, choices: Choices | None = None
) -> Explanation:
    """Go through a build for one track; copies are counted over the whole store, as a build does.

    Args:
        store: What was collected.
        name: The key of the track, its id alone, or the address of its page.
        config: The options of the build.
        choices: Which words are tags; the shipped lists if None.

    Raises:
        UsageError: The store has no such track.
    """
    stored = _find(store, name)
    key = stored.track.key
    copies = count_copies(store)
    decision = decide([TrackTexts(stored=stored, ranked=store.top_comments(key))], copies, config, choices)[0]
    heard = None
    if not decision.rejection:
        path = store.audio_path(decision.planned.audio_sha256)
        heard = listen(Job(planned=decision.planned, path=path, config=config))
    return Explanation(decision=decision, heard=heard, split=_split(store, stored, config))


def explain_comment(text: str, config: BuildConfig, choices: Choices | None = None) -> dict[str, Any]:
    """Say what each stage makes of one comment, and everything that speaks against it."""
    ranked = RankedComment(comment=Comment(id="1", text=text), rank=1, share=None)
    comment = next(judged(read([ranked], Copies.none()), config, choices))
    found = [(name, first_reason((name,), comment, config)) for name in (*CHEAP, *JUDGED)]
    against = [{"filter": name, "reason": said[1]} for name, said in found if said]
    return _comment(comment, None) | {
        "tags_found": [
            {"name": tag.name, "facet": tag.facet, "words": tag.surface, "score": round(tag.score, 3)}
            for tag in comment.tags
        ],
        "reasons": against,
        "verdict": "; ".join(f"{one['filter']}: {one['reason']}" for one in against) or "kept",
    }


def _find(store: Store, name: str) -> StoredTrack:
    for stored in store.tracks():
        if name in (stored.track.key, stored.track.id, stored.track.url):
            return stored
    raise UsageError(
        f"no track {name!r} in {store.folder}: give its key, as in the column `track` of a dataset"
    )


def _split(store: Store, stored: StoredTrack, config: BuildConfig) -> str:
    """Place the track among all of the store that may be built, the first of each file."""
    owners = {stored.audio_sha256: Owners.of(stored.track, stored.audio_sha256 or "", config)}
    for one in store.tracks(STATES):
        if one.audio_sha256 not in owners and not first_reason(STORED, one, config):
            owners[one.audio_sha256] = Owners.of(one.track, one.audio_sha256 or "", config)
    places = place(owners.values(), config)
    return places.ties.get(stored.track.key) or places.split[stored.track.key]


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


def _clip(clip: Clip) -> dict[str, Any]:
    return {
        "start_s": clip.start_s,
        "level_dbfs": round(clip.level_dbfs, 1),
        "loudness_lufs": None if clip.loudness_lufs is None else round(clip.loudness_lufs, 1),
        "gain_db": round(clip.gain_db, 1),
        "silence": round(clip.silence, 3),
        "clipped": round(clip.clipped, 5),
        "dc": round(clip.dc, 4),
        **(_heard(clip.heard) if clip.heard else {}),
    }


def _heard(heard: Heard) -> dict[str, float]:
    return {
        "speech": round(heard.speech, 2),
        "singing": round(heard.singing, 2),
        "music": round(heard.music, 2),
        "tonal": round(heard.tonal, 2),
        "swing_db": round(heard.swing_db, 1),
    }


def _verdict(rejection: Rejection | None) -> str:
    return f"{rejection.filter}: {rejection.reason}" if rejection else "kept"
