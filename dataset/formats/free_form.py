"""The best comment as it stands: the paper's better format (Table 7)."""

from collections.abc import Sequence


def text(free_form: str, _tags: Sequence[str]) -> str:
    """Give the comment."""
    return free_form
