"""Comments that too few people voted for."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Drop a comment below the floor; an unknown vote is below any floor but 0."""
    votes = comment.ranked.comment.votes
    if config.min_votes <= 0 or (votes is not None and votes >= config.min_votes):
        return None
    return f"{'unknown' if votes is None else votes} votes, fewer than {config.min_votes}"
