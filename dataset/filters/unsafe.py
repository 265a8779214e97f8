"""Comments that must not be kept at all, such as those about self-harm."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, _config: BuildConfig) -> str | None:
    """Drop what the privacy stage wants dropped."""
    return comment.unsafe
