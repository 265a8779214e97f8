"""The paper's rule (ERNIE-Music, section 4): the most voted comment, whatever it says."""

from emtool.dataset.candidates import Candidate

FILTERS: tuple[str, ...] | None = ("unsafe", "empty")
KEEP: int | None = 1


def score(comment: Candidate, _most_votes: int) -> float:
    """Fall with the rank in the vote."""
    return 1 / comment.ranked.rank
