"""Comments in languages that the build does not want."""

from emtool.dataset.candidates import Candidate
from emtool.dataset.config import BuildConfig


def reason(comment: Candidate, config: BuildConfig) -> str | None:
    """Drop a comment in another language."""
    if "any" in config.languages or comment.language in config.languages:
        return None
    return f"language {comment.language} is not among: {', '.join(config.languages)}"
