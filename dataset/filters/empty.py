"""Comments of which nothing is left."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, _config: BuildConfig) -> str | None:
    """Drop a comment without any letter or digit."""
    return None if any(map(str.isalnum, comment.text)) else "no word is left after cleaning"
