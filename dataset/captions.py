"""From accepted comments to the text columns of a row."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

from emtool.crawler import registry
from emtool.dataset.candidates import Candidate
from emtool.dataset.config import FORMATS, SELECTIONS, BuildConfig
from emtool.dataset.tag_choices import Choices
from emtool.dataset.tags import extract

_TAG_DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A comment that became a caption, with everything that its dataset row tells of it."""

    text: str
    original: str
    votes: int | None
    vote_kind: str
    relevance: float
    language: str
    offset_s: float | None  # the point of the track that it speaks of; None for the whole
    comment_id: str
    score: float  # of the selection rule, above 0
    tags: tuple[tuple[str, float], ...]  # canonical name and score, best first

    def to_json(self) -> dict[str, Any]:
        """Give a JSON value that ``from_json`` turns back into an equal record."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> Self:
        """Inverse of ``to_json``."""
        return cls(**(value | {"tags": tuple((name, score) for name, score in value["tags"])}))


def select(kept: Sequence[Candidate], config: BuildConfig) -> tuple[Accepted, ...]:
    """Rank the comments that the filters kept; the first one is the free-form text of the track."""
    rule = registry.load(SELECTIONS, config.select)
    most_votes = max((comment.ranked.comment.votes or 0 for comment in kept), default=0)
    scored = sorted(
        ((rule.score(comment, most_votes), comment) for comment in kept),
        key=lambda pair: (-pair[0], pair[1].ranked.rank),
    )
    return tuple(_accept(comment, score) for score, comment in scored[: rule.KEEP or config.max_captions])


def _accept(candidate: Candidate, score: float) -> Accepted:
    comment = candidate.ranked.comment
    return Accepted(
        text=candidate.text,
        original=candidate.original,
        votes=comment.votes,
        vote_kind=str(comment.vote_kind),
        relevance=round(candidate.relevance, 4),
        language=candidate.language,
        offset_s=comment.offset_s,
        comment_id=comment.id,
        score=max(round(score, 6), 1e-6),
        tags=tuple((tag.name, round(tag.score, _TAG_DIGITS)) for tag in candidate.tags),
    )


def speaking_of(captions: Sequence[Accepted], start_s: float, end_s: float) -> tuple[Accepted, ...]:
    """Captions of the whole track, and those of a point between two times."""
    return tuple(c for c in captions if c.offset_s is None or start_s <= c.offset_s < end_s)


def columns(captions: Sequence[Accepted], start_s: float, config: BuildConfig) -> dict[str, Any]:
    """Text columns of a clip that begins at ``start_s`` and has these captions, best first."""
    total = sum(caption.score for caption in captions)
    best = captions[0]
    tags = ranked_tags(captions)
    return {
        "text": registry.load(FORMATS, config.format).text(best.text, tags),
        "text_tags": registry.load(FORMATS, "tags").text(best.text, tags),
        "free_form": best.text,
        "tags": tags,
        "language": best.language,
        "votes": best.votes,
        "captions": [
            {
                "text": caption.text,
                "original": caption.original,
                "weight": caption.score / total,
                "votes": caption.votes,
                "vote_kind": caption.vote_kind,
                "relevance": caption.relevance,
                "language": caption.language,
                "offset_s": None if caption.offset_s is None else caption.offset_s - start_s,
                "comment_id": caption.comment_id,
            }
            for caption in captions
        ],
    }


def reselected(
    row: Mapping[str, Any], left: Sequence[Mapping[str, Any]], form: str, choices: Choices
) -> dict[str, Any] | None:
    """Give a row of the dataset again that has these of its captions left, or None where they make no row.

    Args:
        row: All columns.
        left: Some of its ``captions``.
        form: The format of the dataset.
        choices: Which words are tags.
    """
    tags = extract([caption["text"] for caption in left], choices=choices)
    accepted = tuple(
        Accepted(
            **{name: value for name, value in caption.items() if name != "weight"},
            score=caption["weight"],
            tags=tuple((tag.name, round(tag.score, _TAG_DIGITS)) for tag in found),
        )
        for caption, found in zip(left, tags, strict=True)
    )
    if not accepted or (form != "free-form" and not any(tags)):
        return None
    return {**row, **columns(accepted, 0.0, BuildConfig(format=form))}


def ranked_tags(captions: Sequence[Accepted]) -> list[str]:
    """Tags of several captions, those first that many and highly ranked captions name."""
    worth: dict[str, float] = {}
    for caption in captions:
        for name, score in caption.tags:
            worth[name] = worth.get(name, 0.0) + score * caption.score
    return sorted(worth, key=lambda name: (-worth[name], name))
