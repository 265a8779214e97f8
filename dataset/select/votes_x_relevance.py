"""Among the comments that describe the music, the most voted one; both count."""

from math import log1p

from emtool.dataset.candidates import Candidate

FILTERS: tuple[str, ...] | None = None
KEEP: int | None = None


def score(comment: Candidate, most_votes: int) -> float:
    """Multiply relevance and votes; votes by their logarithm within the track, an unknown vote as none.

    Returns:
        In [0, 1]; a comment without votes keeps a part of its relevance, so that quiet tracks have captions too.
    """
    votes = max(comment.ranked.comment.votes or 0, 0)
    return comment.relevance * (1 + log1p(votes)) / (1 + log1p(max(most_votes, 0)))
