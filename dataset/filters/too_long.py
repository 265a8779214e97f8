"""Comments that are essays, lyrics or pasted pages."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Drop a comment above the limit."""
    characters = len(comment.text)
    return (
        None
        if characters <= config.max_characters
        else f"{characters} characters, more than {config.max_characters}"
    )
