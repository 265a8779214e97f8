"""Comments about something else than the music."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Drop a comment below the relevance that the build wants."""
    if comment.relevance >= config.min_relevance:
        return None
    why = f": {comment.verdict.why}" if comment.verdict else ""
    return f"relevance {comment.relevance:.2f}, below {config.min_relevance:.2f}{why}"
