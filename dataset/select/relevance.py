"""What describes the music best, whoever voted for it."""

from emtool.dataset.candidates import Candidate

FILTERS: tuple[str, ...] | None = None
KEEP: int | None = None


def score(comment: Candidate, _most_votes: int) -> float:
    """Give the relevance itself."""
    return comment.relevance
