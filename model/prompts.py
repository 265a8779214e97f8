"""What a model is asked to play when it is evaluated, and the words that each prompt commits it to."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib import resources

from emtool.crawler.errors import UsageError
from emtool.model.listening.agreement import LEAST_TRAINING, one_word
from emtool.model.listening.sounds import Sounds
from emtool.model.listening.words import INSTRUMENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Prompt:
    """One text to play."""

    text: str
    tags: tuple[str, ...]  # canonical English words that the text states


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """The prompts of an evaluation and why these."""

    prompts: tuple[Prompt, ...]
    source: str
    seen: int  # how many different prompts stand in a training text


def shipped_prompts() -> tuple[Prompt, ...]:
    """Read the 80 prompts of ours: half Chinese; any 16 in a row name each instrument twice."""
    text = resources.files("emtool.model.metrics").joinpath("prompts.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    facets = ("instrument", "tempo", "mode", "mood")
    return tuple(
        Prompt(text=row["text"], tags=tuple(row[facet] for facet in facets if facet in row)) for row in rows
    )


def choose_prompts(
    given: Sequence[str] | None, train: Sounds, heldout: Sounds, training_texts: Iterable[str], count: int
) -> Chosen:
    """Take the prompts that were given; else ours where the dataset knows their instruments; else captions.

    A prompt of the last two kinds that stands in a training text is left out: it would prove nothing. With
    fewer prompts than ``count`` they are taken several times, each time with other noise.

    Raises:
        UsageError: No prompt is left.
    """
    if given is not None:
        chosen, source = _tagged(given), "given"
    elif _known(shipped_prompts(), train):
        chosen, source = shipped_prompts(), "emtool's own, written for its eight instruments"
    else:
        captions = dict(zip(heldout.texts, heldout.tags, strict=True))
        chosen = tuple(Prompt(text=text, tags=tags) for text, tags in captions.items() if text.strip())
        source = "captions of held-out clips"
    known = [normalise(text) for text in training_texts]
    new = tuple(prompt for prompt in chosen if not occurs(prompt.text, known))
    seen = len(chosen) - len(new)
    kept = new if given is None else chosen
    if given is None and seen:
        source += f"; {seen} of {len(chosen)} left out because training texts contain them"
    if not kept:
        raise UsageError(
            f"none of {len(chosen)} prompts ({source}) can be used: give some of your own with --prompts FILE"
        )
    repeats = -(-count // len(kept))
    used = (kept * repeats)[:count]
    return Chosen(prompts=used, source=source, seen=len({prompt for prompt in used if prompt not in new}))


def normalise(text: str) -> str:
    """Keep letters and digits only, in one case and width, so that spacing and punctuation do not count."""
    return "".join(c for c in unicodedata.normalize("NFKC", text).casefold() if c.isalnum())


def occurs(text: str, normalised_texts: Iterable[str]) -> bool:
    """Whether a text stands in any of the normalised texts, as a whole or as a part."""
    wanted = normalise(text)
    return any(wanted in other for other in normalised_texts)


def _known(prompts: Sequence[Prompt], train: Sounds) -> bool:
    """Whether enough training clips name each instrument of our prompts."""
    counts = Counter(one_word(tags, INSTRUMENTS) for tags in train.tags)
    return all(counts[one_word(prompt.tags, INSTRUMENTS)] >= LEAST_TRAINING for prompt in prompts)


def _tagged(texts: Sequence[str]) -> tuple[Prompt, ...]:
    from emtool.dataset.tags import extract

    texts = [text for text in texts if text.strip()]
    return tuple(
        Prompt(text=text, tags=tuple(tag.name for tag in tags))
        for text, tags in zip(texts, extract(texts), strict=True)
    )
