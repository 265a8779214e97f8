"""Comments on their way to captions: what is known of each one when the filters look at it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emtool.crawler.records import RankedComment
from emtool.dataset.clean import simplify, tidy, words
from emtool.dataset.dedup import Copies, letters
from emtool.dataset.language import UNKNOWN, language
from emtool.dataset.privacy import Scrubbed, scrub
from emtool.dataset.relevance import Verdict
from emtool.dataset.tags import Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One comment of one track; ``verdict`` and ``tags`` are filled once the cheap filters have kept it."""

    ranked: RankedComment
    text: str  # cleaned, without personal data, in simplified characters
    original: str  # tidied, without personal data, otherwise as it was written
    language: str
    private: Mapping[str, int]  # how much personal data of each kind was taken out
    unsafe: str | None  # why it must not be kept at all
    works: int = 1  # compositions under which the same text stands
    copy_of: str | None = None  # a better voted comment of this track with the same text
    verdict: Verdict | None = None
    tags: tuple[Tag, ...] = field(default=())

    @property
    def relevance(self) -> float:
        """Score that it describes the music; 0 before it was judged."""
        return self.verdict.score if self.verdict else 0.0


def read(ranked: list[RankedComment], copies: Copies) -> list[Candidate]:
    """Prepare the comments of one track for the filters, in the order of their votes."""
    seen: dict[str, str] = {}
    return [_read(one, copies, seen) for one in ranked]


def _read(one: RankedComment, copies: Copies, seen: dict[str, str]) -> Candidate:
    tidied = tidy(one.comment.text)
    plain_words = words(tidied)
    cleaned = scrub(plain_words)
    spoken = language(cleaned.text)
    plain = letters(one.comment.text)
    earlier = seen.get(plain)
    seen.setdefault(plain, one.comment.id)
    return Candidate(
        ranked=one,
        text=simplify(cleaned.text) if spoken in {"zh", UNKNOWN} else cleaned.text,
        original=cleaned.text if tidied == plain_words else _original(tidied, cleaned),
        language=spoken,
        private=cleaned.counts,
        unsafe=cleaned.drop,
        works=copies.works(plain),
        copy_of=earlier if plain else None,
    )


def _original(tidied: str, cleaned: Scrubbed) -> str:
    """Keep emoji and long runs, unless they hide personal data that shows without them."""
    scrubbed = scrub(tidied)
    return scrubbed.text if scrubbed.counts == cleaned.counts else cleaned.text
