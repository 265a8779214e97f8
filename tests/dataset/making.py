"""Small made things for the dataset's tests: sounds, comments, and stores that hold both."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.frontier import Frontier
from emtool.crawler.intake import Intake
from emtool.crawler.media import Sound as FetchedSound
from emtool.crawler.records import Comment, ListState, Page, RankedComment, Track, VoteKind
from emtool.crawler.store import Store
from emtool.crawler.voting import rank
from emtool.dataset.candidates import Candidate
from emtool.dataset.captions import Accepted
from emtool.dataset.relevance import Verdict

RATE_HZ = 16_000


def sine(
    seconds: float, *, hertz: float = 440.0, amplitude: float = 0.3, rate_hz: int = RATE_HZ
) -> NDArray[np.float32]:
    """One channel, [T]."""
    times = np.arange(round(seconds * rate_hz)) / rate_hz
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def write_sound(path: Path, samples: NDArray[Any], *, rate_hz: int = RATE_HZ) -> Path:
    """Write [T] or [T, C] in the format of the path's suffix."""
    subtype = {".opus": "OPUS", ".ogg": "VORBIS"}.get(path.suffix)
    form = "OGG" if path.suffix == ".opus" else None
    soundfile.write(path, samples, rate_hz, format=form, subtype=subtype)
    return path


def comment(comment_id: str, text: str, votes: int | None = 1, **more: Any) -> Comment:
    return Comment(id=comment_id, text=text, votes=votes, vote_kind=VoteKind.LIKES, **more)


def track(track_id: str, **more: Any) -> Track:
    told: dict[str, Any] = {
        "source": "site",
        "id": track_id,
        "title": f"Piece {track_id}",
        "url": f"https://site.test/{track_id}",
        "artist": f"Artist {track_id}",
        "licence": "CC0-1.0",
        "work_id": f"work-{track_id}",
    }
    return Track(**(told | more))


def add_track(store: Store, one: Track, comments: Sequence[Comment], sound: Path | None) -> None:
    """Put a track with its comments, their vote and its file into a store."""
    frontier, intake = Frontier(store), Intake(store)
    frontier.add_page(frontier.open_listing(one.source, None, refresh=False).id, Page(tracks=(one,)))
    intake.add_comments(one, comments, next_url=None, list_state=ListState.COMPLETE)
    intake.save_vote(one.key, rank(comments))
    if sound is not None:
        data = sound.read_bytes()
        facts = FetchedSound(
            suffix=sound.suffix, codec="any", sample_rate_hz=RATE_HZ, channels=1, duration_s=None
        )
        with store.audio.part(one.url) as part:
            part.write_bytes(data)
            intake.add_audio(one.key, part, sha256=hashlib.sha256(data).hexdigest(), url=one.url, sound=facts)


def candidate(
    text: str, *, votes: int | None = 1, place: int = 1, score: float | None = None, **more: Any
) -> Candidate:
    told: dict[str, Any] = {
        "ranked": RankedComment(comment=comment(f"c{place}", text, votes), rank=place, share=None),
        "text": text,
        "original": text,
        "language": "en",
        "private": {},
        "unsafe": None,
        "verdict": None if score is None else Verdict(score=score, facets={}, why="made"),
    }
    return Candidate(**(told | more))


def accepted(text: str, **more: Any) -> Accepted:
    told: dict[str, Any] = {
        "text": text,
        "original": text,
        "votes": 3,
        "vote_kind": "likes",
        "relevance": 0.9,
        "language": "en",
        "offset_s": None,
        "comment_id": "c1",
        "score": 1.0,
        "tags": (("piano", 0.9),),
    }
    return Accepted(**(told | more))
