"""Comments that stand under the same track more than once."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, _config: BuildConfig) -> str | None:
    """Keep the best voted of equal comments."""
    return f"the same text as comment {comment.copy_of}" if comment.copy_of else None
