"""Which tags a person wants: the shipped adopted and discarded lists, and a workspace's ``tags.yaml`` above them."""

import functools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from emtool.crawler.errors import UsageError
from emtool.crawler.files import write_text
from emtool.dataset import vocabulary
from emtool.dataset.matching import Matcher
from emtool.dataset.vocabulary import Entry, Facet, Form, Needs

FILE_NAME = "tags.yaml"
_HEADER = """\
# Tags chosen with `emtool tags review`; they override the lists that emtool ships.
# adopt: a tag of the lexicon, or WORD=TAG:FACET for a word that the lexicon does not hold.
# discard: a tag of the lexicon, or a word.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted:
    """A word that a person made a tag."""

    word: str  # normalised
    tag: str
    facet: Facet

    @classmethod
    def parse(cls, written: str) -> Self:
        """Read ``WORD``, ``WORD=TAG`` or ``WORD=TAG:FACET``; a word alone is its own tag, a new tag alone a mood.

        Raises:
            UsageError: There is no such facet, or no word before the equals sign.
        """
        word, _, rest = written.partition("=")
        tag, _, facet = (part.strip() for part in rest.partition(":"))
        if not word.strip():
            raise UsageError(f"cannot adopt {written!r}: write WORD, WORD=TAG or WORD=TAG:FACET")
        if facet and facet not in set(Facet):
            raise UsageError(f"no facet {facet!r} in {written!r} (there are: {', '.join(Facet)})")
        name = (tag or word.strip()).lower()
        known = vocabulary.entries().get(name)
        default = known.facet if known else Facet.MOOD
        return cls(
            word=vocabulary.normalise(word.strip()), tag=name, facet=Facet(facet) if facet else default
        )

    def __str__(self) -> str:
        return f"{self.word}={self.tag}:{self.facet}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What is a tag and what is not; hashable, so that a matcher is built once for each."""

    adopted: tuple[Adopted, ...]
    discarded: frozenset[str]  # tag names and words, normalised

    def to_json(self) -> dict[str, list[str]]:
        """Give JSON lists: equal choices give equal bytes."""
        return {"adopted": list(map(str, self.adopted)), "discarded": sorted(self.discarded)}

    @classmethod
    def from_json(cls, value: Mapping[str, Iterable[str]]) -> Self:
        """Inverse of ``to_json``."""
        return cls(
            adopted=tuple(map(Adopted.parse, value["adopted"])), discarded=frozenset(value["discarded"])
        )

    def status(self, word: str, tags: Iterable[str]) -> str:
        """``adopted``, ``discarded`` or ``open`` for a word that names these tags."""
        named = frozenset(tags)
        if word in self.discarded or (named and named <= self.discarded):
            return "discarded"
        return "adopted" if named else "open"

    def changed(self, adopt: Iterable[Adopted], discard: Iterable[str]) -> "Choices":
        """These choices under newer ones, which win."""
        new = tuple(adopt)
        dropped = frozenset(vocabulary.normalise(word.strip()) for word in discard)
        lifted = {name for one in new for name in (one.word, one.tag)} - dropped
        kept = [one for one in self.adopted if one.word not in dropped and one not in new]
        return Choices(adopted=(*kept, *new), discarded=(self.discarded - lifted) | dropped)


@functools.cache
def shipped() -> Choices:
    """The lists in ``lexicon/adopted.txt`` and ``lexicon/discarded.txt``."""
    return Choices(
        adopted=tuple(Adopted.parse(line.strip()) for line in vocabulary.read_lines("adopted.txt")),
        discarded=frozenset(line.strip() for line in vocabulary.read_lines("discarded.txt")),
    )


def load(workspace: Path) -> Choices:
    """The shipped lists under a workspace's ``tags.yaml``, if it has one.

    Raises:
        UsageError: The file is no mapping of ``adopt`` and ``discard`` to lists of words.
    """
    own = _read(workspace / FILE_NAME)
    return shipped().changed((Adopted.parse(word) for word in own["adopt"]), own["discard"])


def save(workspace: Path, *, adopt: Iterable[str], discard: Iterable[str]) -> Path:
    """Add choices to a workspace's ``tags.yaml``; a word moves from one list to the other, never stands in both.

    Raises:
        UsageError: A choice cannot be read; nothing is written then.
    """
    import yaml

    path = workspace / FILE_NAME
    own = _read(path)
    new = [str(Adopted.parse(word)) for word in adopt]
    dropped = [vocabulary.normalise(word.strip()) for word in discard]
    touched = {form for word in new for form in (word, word.partition("=")[0])} | set(dropped)
    adopted = [word for word in own["adopt"] if not {word, word.partition("=")[0]} & touched] + new
    discarded = [word for word in own["discard"] if word not in touched] + dropped
    chosen = {"adopt": list(dict.fromkeys(adopted)), "discard": list(dict.fromkeys(discarded))}
    write_text(path, _HEADER + yaml.safe_dump(chosen, allow_unicode=True, sort_keys=False))
    return path


def _read(path: Path) -> dict[str, list[str]]:
    """Both lists of a ``tags.yaml``; empty ones where there is no file."""
    if not path.exists():
        return {"adopt": [], "discard": []}
    import yaml

    rule = "it holds two lists of words, `adopt:` and `discard:`; correct or remove it"
    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read {path} ({str(error).splitlines()[0]}): {rule}") from error
    if not isinstance(value, dict) or set(value) - {"adopt", "discard"}:
        raise UsageError(f"cannot read {path}: {rule}")
    lists = {name: value.get(name) or [] for name in ("adopt", "discard")}
    if not all(isinstance(words, list) for words in lists.values()):
        raise UsageError(f"cannot read {path}: {rule}")
    return {name: [str(word) for word in words] for name, words in lists.items()}


@functools.lru_cache(maxsize=4)
def matcher(choices: Choices) -> Matcher:
    """The matcher over the lexicon and the adopted words."""
    own = (
        Entry(name=one.tag, facet=one.facet, parent=None, forms=(Form(text=one.word, needs=Needs.NOTHING),))
        for one in choices.adopted
        if one.word not in vocabulary.entries()
    )
    return Matcher((*vocabulary.entries().values(), *own), vocabulary.guards())
