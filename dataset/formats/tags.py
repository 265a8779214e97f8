"""Key words in place of the comment: the paper's other format (Table 5)."""

from collections.abc import Sequence


def text(_free_form: str, tags: Sequence[str]) -> str:
    """Give the tags, best first, with commas between them."""
    return ", ".join(tags)
