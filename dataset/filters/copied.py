"""Jokes and prayers that are pasted under many works: they describe none of them."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Drop a long text that stands under too many works."""
    if comment.works <= config.max_copies:
        return None
    return f"stands, the same or nearly, under {comment.works} works, more than {config.max_copies}"
