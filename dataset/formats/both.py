"""Both formats over one copy of the sound: ``text`` is the comment, ``text_tags`` the tags.

The Hub's configurations cannot give one column two meanings without a second copy of the sound, so a dataset of this
format has one configuration that is loaded by default and a second, ``tags``, that leaves the free-form columns out.
"""

from collections.abc import Sequence


def text(free_form: str, _tags: Sequence[str]) -> str:
    """Give the comment."""
    return free_form
