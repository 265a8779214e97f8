"""What the relevance model is trained on: hand-labelled comments, comments written for it, and unlabelled ones.

The texts of real comments are not part of the project: labels of ours name a comment by the hash of its text.
"""

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import islice
from pathlib import Path

from emtool.crawler.errors import UsageError

HELD_OUT, GOLD, OWN, MADE, UNLABELLED, PROBE = "gold_dev", "gold_dev2", "own", "made", "unlabelled", "probe"
"""Where an example is from. Only ``gold_dev`` is judged on; ``probe`` is neither trained nor judged on."""

POOLS = (
    "zh_netease_hot_300songs.jsonl",
    "zh_netease_hot_zonas.jsonl",
    "en_youtube_music_votes.jsonl",
    "en_youtube_spam_music.jsonl",
)
UNLABELLED_TAKEN, PROBES_TAKEN = 1_200, 600
_WEIGHTS = {"describes": 2.0, "describes, unsure": 0.6, "chatter": 1.0, "chatter, unsure": 0.7}
_MADE_WEIGHT = 0.8
_NEAR, _NEAR_LEAST = 0.5, 5
"""Two texts are copies that share this part of the shorter one's 4-grams, and at least so many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """One comment with its label."""

    text: str
    describes: bool
    unsure: bool
    source: str
    language: str
    song: str

    @property
    def weight(self) -> float:
        """How much the example counts in training."""
        named = ("describes" if self.describes else "chatter") + (", unsure" if self.unsure else "")
        return _WEIGHTS[named] * (_MADE_WEIGHT if self.source == MADE else 1.0)


def digest(text: str) -> str:
    """Give the name of a comment in the list of labels: the start of its text's SHA-256."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def pool(data: Path) -> list[str]:
    """All unlabelled comments that are not spam, each text once, in the order of their hashes."""
    texts = {row["text"] for name in POOLS for row in _rows(data / name) if not row.get("spam")}
    return sorted((text for text in texts if len(text.strip()) > 2), key=digest)


def examples(data: Path, *, without: Collection[str] = ()) -> list[Example]:
    """All examples; those of ``gold_dev`` come first, and no other is a near copy of one of them.

    Args:
        data: Folder with the gold labels and the unlabelled comments, ``../shared/data/text``.
        without: Texts that are left out wherever they stand.

    Raises:
        UsageError: A file is not there.
    """
    held_out = [example for example in _gold(data, HELD_OUT) if example.text not in without]
    copies = Copies([example.text for example in held_out])
    others = [
        example for example in (*_gold(data, GOLD), *_own(data), *_made()) if example.text not in without
    ]
    labelled = {example.text for example in (*held_out, *others)}
    rest = (text for text in pool(data) if text not in labelled and text not in without)
    taken = islice(rest, UNLABELLED_TAKEN + PROBES_TAKEN)
    others += [_unlabelled(text, number) for number, text in enumerate(taken)]
    return [*held_out, *(example for example in others if not copies.near(example.text))]


def _rows(path: Path) -> Iterator[dict[str, str]]:
    if not path.is_file():
        raise UsageError(f"no {path.name} in {path.parent}: --data wants the folder with the gold labels")
    with path.open(encoding="utf-8") as opened:
        yield from (json.loads(line) for line in opened)


def _gold(data: Path, name: str) -> Iterator[Example]:
    for row in _rows(data / f"{name}.jsonl"):
        yield Example(
            text=row["text"],
            describes=row["label"] == "describes",
            unsure=bool(row["unsure"]),
            source=name,
            language=row["lang"],
            song=f"{row['source']} {row['song']}",
        )


def _own(data: Path) -> Iterator[Example]:
    texts = {digest(text): text for text in pool(data)}
    listed = (files("emtool.dataset.teaching") / "labels.jsonl").read_text(encoding="utf-8")
    for line in listed.splitlines():
        row = json.loads(line)
        if text := texts.get(row["sha256"]):
            yield _other(text, OWN, describes=row["label"] == "describes", unsure=row["unsure"])


def _made() -> Iterator[Example]:
    listed = (files("emtool.dataset.teaching") / "made.txt").read_text(encoding="utf-8")
    for line in listed.splitlines():
        label, tab, text = line.partition("\t")
        if tab:
            yield _other(text, MADE, describes=label == "describes", unsure=False)


def _unlabelled(text: str, number: int) -> Example:
    return _other(text, UNLABELLED if number < UNLABELLED_TAKEN else PROBE, describes=False, unsure=False)


def _other(text: str, source: str, *, describes: bool, unsure: bool) -> Example:
    return Example(text=text, describes=describes, unsure=unsure, source=source, language="", song="")


class Copies:
    """Finds texts that repeat a part of those given."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._sizes = [len(_fours(text)) for text in texts]
        self._holders: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(texts):
            for four in _fours(text):
                self._holders[four].append(number)

    def near(self, text: str) -> bool:
        """Whether the text is a near copy of any."""
        fours = _fours(text)
        shared = Counter(number for four in fours for number in self._holders.get(four, ()))
        return any(
            count >= max(_NEAR_LEAST, _NEAR * min(len(fours), self._sizes[number]))
            for number, count in shared.items()
        )


def _fours(text: str) -> set[str]:
    letters = re.sub(r"\W", "", text.lower())
    return {letters[at : at + 4] for at in range(len(letters) - 3)}
