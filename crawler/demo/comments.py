"""The comment section of a clip: who writes, and how the votes fall.

As on real sites, most comments are chatter, chatter wins the vote under two tracks in three, and some tracks
have no comment that describes the music at all.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from emtool.crawler.demo.chatter import chat
from emtool.crawler.demo.compose import Piece
from emtool.crawler.demo.describe import FORMS, describe

FEWEST, MOST = 8, 20

_UNDESCRIBED = 0.1  # part of the tracks under which nobody describes the music
_DESCRIBING_WINS = 0.39  # part of the others on which a describing comment has the most votes
_MORE_DESCRIBING = 0.16  # part of the remaining comments that describe the music too
_SHOWN = 15  # describing comments that every described track has are among so many most voted ones
_UNKNOWN_VOTES = 0.03
_EPOCH = datetime(2019, 1, 1)
_YEARS_DAYS = 6 * 365


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A comment before the vote."""

    kind: str  # "full", "partial", or a kind of chatter
    text: str

    @property
    def describes(self) -> bool:
        """Whether it says how the music sounds."""
        return self.kind in FORMS


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """A comment as the site keeps it."""

    id: str
    user: str
    text: str
    votes: int | None
    time: str  # ISO 8601, UTC
    kind: str

    @property
    def describes(self) -> bool:
        """Whether it says how the music sounds."""
        return self.kind in FORMS

    def to_json(self) -> dict[str, Any]:
        """Give what a visitor of the site can see."""
        return {"id": self.id, "user": self.user, "text": self.text, "votes": self.votes, "time": self.time}


def comments(seed: int, index: int, piece: Piece) -> list[Posted]:
    """Give the comments of one clip, oldest first."""
    random = Random(f"{seed}/comments/{index}")
    ranked = _rank(write(piece, random), random)
    votes = _votes(len(ranked), random)
    moment = _EPOCH + timedelta(days=random.randrange(_YEARS_DAYS))
    posted: list[Posted] = []
    for comment, count in random.sample(list(zip(ranked, votes, strict=True)), len(ranked)):
        moment += timedelta(minutes=1 + int(random.expovariate(1 / 20_000)))
        posted.append(
            Posted(
                id=f"{index}.{len(posted) + 1}",
                user=f"u{random.randint(10000, 99999)}",
                text=comment.text,
                votes=count,
                time=moment.strftime("%Y-%m-%dT%H:%MZ"),
                kind=comment.kind,
            )
        )
    return posted


def write(piece: Piece, random: Random) -> list[Written]:
    """Write the comments of a clip; if any describe it, the first two do so fully, in both languages."""
    total = min(MOST, FEWEST + int(random.expovariate(1 / 4.5)))
    written: list[Written] = []
    described = random.random() >= _UNDESCRIBED
    if described:
        written = [
            Written(kind="full", text=describe(piece, language, "full", random)) for language in ("zh", "en")
        ]
    while len(written) < total:
        comment = _describing(piece, random) if described and random.random() < _MORE_DESCRIBING else None
        if comment is None:
            kind, text = chat(piece.instruments, random)
            comment = Written(kind=kind, text=text)
        if comment.text not in {other.text for other in written}:
            written.append(comment)
    return written


def _describing(piece: Piece, random: Random) -> Written:
    language = random.choices(("zh", "en", "zh-Hant"), weights=(45, 45, 10))[0]
    form = "full" if language == "zh-Hant" else random.choices(FORMS, weights=(30, 70))[0]
    return Written(kind=form, text=describe(piece, language, form, random))


def _rank(written: list[Written], random: Random) -> list[Written]:
    """Order comments by the votes that they will get, the most voted first."""
    described = written[0].describes
    pool = random.sample(written, len(written))
    wanted = described and random.random() < _DESCRIBING_WINS
    winner = next((comment for comment in pool if comment.describes == wanted), pool[0])
    others = [comment for comment in pool if comment is not winner]
    hidden = [comment for comment in others[_SHOWN - 1 :] if described and comment in written[:2]]
    shown = [comment for comment in others if comment not in hidden]
    for comment in hidden:
        shown.insert(random.randrange(_SHOWN - 2), comment)
    return [winner, *shown]


def _votes(comments: int, random: Random) -> list[int | None]:
    """Draw heavy-tailed vote counts, largest first; the first has no equal, a few later ones are unknown."""
    popularity = random.normalvariate(3.0, 1.2)
    counts = sorted((int(random.lognormvariate(popularity, 1.4)) for _ in range(comments)), reverse=True)
    counts[0] = max(counts[0], counts[1] + 1)
    unknown = [place > 2 and random.random() < _UNKNOWN_VOTES for place in range(comments)]
    return [None if hide else count for count, hide in zip(counts, unknown, strict=True)]
