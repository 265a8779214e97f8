"""Comments that are too short to say something."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Count letters only: punctuation and digits say nothing of music."""
    letters = sum(map(str.isalpha, comment.text))
    return (
        None if letters >= config.min_characters else f"{letters} letters, fewer than {config.min_characters}"
    )
