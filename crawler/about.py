"""What a source says of itself, for the person who chooses one.

A plug-in says it in a constant ``ABOUT``, a recipe under its key ``about``: a mapping of the names of ``About`` to
one plain sentence each. A recipe of one's own may be content with a text, which is its ``what``.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Self

from emtool.crawler.errors import UsageError

NOT_TOLD = "not told"


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A source in words."""

    what: str
    """What it reads: tracks, comments, audio."""
    votes: str = NOT_TOLD
    """What a vote on a comment is there, and how the list is sorted."""
    credentials: str = "none"
    """Keys that it needs and the variables of the environment that hold them."""
    licence: str = NOT_TOLD
    """Licence of the audio."""
    limits: str = NOT_TOLD
    """How often it may be asked, and what it does not give."""

    @classmethod
    def read(cls, place: str, told: object) -> Self:
        """Read what a plug-in or a recipe says.

        Raises:
            UsageError: It is neither a text nor a mapping of known names to texts.
        """
        if isinstance(told, str):
            return cls(what=_line(told))
        names = [field.name for field in fields(cls)]
        if not isinstance(told, Mapping) or "what" not in told:
            raise UsageError(f"{place}: about is a text, or a mapping with a `what`, not {told!r}")
        for name, value in told.items():
            if name not in names or not isinstance(value, str):
                raise UsageError(
                    f"{place}: about takes a text for each of {', '.join(names)}, not {name!r}: {value!r}"
                )
        return cls(**{name: _line(value) for name, value in told.items()})

    def to_json(self) -> dict[str, str]:
        """Give a JSON value."""
        return asdict(self)


def _line(text: str) -> str:
    return " ".join(text.split())
