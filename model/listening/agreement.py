"""Is what the text asks for what the sound has? Judged by a listener that learnt from real clips only.

Shared by the metrics that ask for one word each: which instrument, which tempo, which mode.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.progress import Task
from emtool.model.listening.alter import with_low_pass, with_noise
from emtool.model.listening.classifier import Listener, Points
from emtool.model.listening.sounds import Sounds
from emtool.model.measuring import Result, Role, Score, Subject, generated_name, wilson

Train = Callable[[Sounds, Sequence[str], Task, int], Listener]  # clips, labels, bar, seed

LEAST_TRAINING = 8  # clips of a word, below which the listener does not learn it
LEAST_HELD_OUT = 10  # clips, below which nothing is known about the listener

_MOST_PER_WORD = 100  # training clips; more make no better listener, only a slower one
_PERMUTATIONS = 2000
_INTERVAL = "Wilson, over clips; of the control: the middle 95 % of 2000 random exchanges"


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a listener is asked."""

    title: str
    meaning: str
    words: Mapping[str, str]  # tag to answer; tags that mean the same share an answer
    train: Train
    trusted_from: float  # accuracy on real held-out clips
    needed_from: float = 0.0  # below it nothing about the model is reported


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """Clips with a known answer, and what the listener said."""

    name: str
    numbers: list[int]  # of the clips in their set
    asked: list[str]
    probabilities: Points  # [N, K]
    classes: tuple[str, ...]

    @property
    def said(self) -> list[str]:
        return [self.classes[number] for number in self.probabilities.argmax(axis=1)]

    @property
    def hits(self) -> int:
        return sum(asked == said for asked, said in zip(self.asked, self.said, strict=True))

    @property
    def confusion(self) -> list[list[int]]:
        """Rows: asked, columns: said."""
        pairs = Counter(zip(self.asked, self.said, strict=True))
        return [[pairs[asked, said] for said in self.classes] for asked in self.classes]

    def score(self, role: Role) -> Score:
        n = len(self.asked)
        return Score(
            name=self.name,
            value=self.hits / n if n else 0.0,
            n=n,
            interval=wilson(self.hits, n),
            role=role,
        )


def agreement(subject: Subject, question: Question) -> Result:
    """Train a listener on real clips, say how far it can be trusted, then let it judge the generated ones."""
    labelled = _labelled(subject.train, question.words)
    counts = Counter(labelled.values())
    known = {word for word, count in counts.items() if count >= LEAST_TRAINING}
    heldout = _of(_labelled(subject.heldout, question.words), known)
    if len(known) < 2 or len(heldout) < LEAST_HELD_OUT:
        return _skipped(
            question,
            f"needs two words with {LEAST_TRAINING} training clips each and {LEAST_HELD_OUT} held-out clips "
            f"whose tags name exactly one; here are {len(known)} words and {len(heldout)} held-out clips",
        )
    chosen = _evenly(_of(labelled, known), subject.seed)
    with subject.progress.task(question.title, None, "clip") as task:
        listener = question.train(subject.train.take(list(chosen)), list(chosen.values()), task, subject.seed)
        real = [
            _hear(name, sounds, heldout, listener, task)
            for name, sounds in (
                ("real, held out", subject.heldout),
                ("real, held out, noise at 10 dB", with_noise(subject.heldout, 10, subject.seed)),
                ("real, held out, dull above 3 kHz", with_low_pass(subject.heldout, 3000)),
            )
        ]
        accuracy = real[0].hits / len(heldout)
        if accuracy < question.needed_from:
            return _skipped(
                question,
                f"left out: the listener is right on {accuracy:.0%} of {len(heldout)} real held-out clips, "
                f"and would have to be on {question.needed_from:.0%}",
            )
        generated = {
            guidance: _hear(
                generated_name(guidance),
                sounds,
                _of(_labelled(sounds, question.words), known),
                listener,
                task,
            )
            for guidance, sounds in subject.generated.items()
        }
    return _result(subject, question, chosen, real, generated)


def one_word(tags: Sequence[str], words: Mapping[str, str]) -> str | None:
    """Give the answer that tags name, or None where they name none or several."""
    named = {words[tag] for tag in tags if tag in words}
    return named.pop() if len(named) == 1 else None


def _result(
    subject: Subject,
    question: Question,
    chosen: Mapping[int, str],
    real: Sequence[_Heard],
    generated: Mapping[float, _Heard],
) -> Result:
    scores = [heard.score(Role.ANCHOR) for heard in real]
    for heard in generated.values():
        if heard.asked:
            scores += [heard.score(Role.RESULT), _exchanged(heard, subject.seed)]
    trusted = scores[0].value >= question.trusted_from
    note = f"listener trained on {len(chosen)} real clips and altered copies of them"
    if not trusted:
        note += (
            f"; not trusted: it is right on {scores[0].value:.0%} of the real held-out clips, "
            f"and would have to be on {question.trusted_from:.0%}"
        )
    if not any(heard.asked for heard in generated.values()):
        note += "; no prompt names exactly one word that it knows"
    return Result(
        title=question.title,
        meaning=question.meaning,
        interval=_INTERVAL,
        scores=tuple(scores),
        chance=1 / len(real[0].classes),
        trusted=trusted,
        note=note,
        detail={
            "words": list(real[0].classes),
            "confusion": {heard.name: heard.confusion for heard in (real[0], *generated.values())},
            "heard": {f"{guidance:g}": _per_clip(heard) for guidance, heard in generated.items()},
        },
    )


def _labelled(sounds: Sounds, words: Mapping[str, str]) -> dict[int, str]:
    """Clip number to answer, for clips whose tags name exactly one."""
    answers = ((number, one_word(tags, words)) for number, tags in enumerate(sounds.tags))
    return {number: word for number, word in answers if word is not None}


def _of(labelled: Mapping[int, str], known: set[str]) -> dict[int, str]:
    return {number: word for number, word in labelled.items() if word in known}


def _evenly(labelled: Mapping[int, str], seed: int) -> dict[int, str]:
    """Keep at most so many clips of every word, drawn at random."""
    numbers = np.array(sorted(labelled))
    numbers = numbers[np.random.default_rng((seed, 13)).permutation(len(numbers))]
    kept: Counter[str] = Counter()
    chosen = {}
    for number in numbers.tolist():
        kept[labelled[number]] += 1
        if kept[labelled[number]] <= _MOST_PER_WORD:
            chosen[number] = labelled[number]
    return chosen


def _hear(name: str, sounds: Sounds, labelled: Mapping[int, str], listener: Listener, task: Task) -> _Heard:
    return _Heard(
        name=name,
        numbers=list(labelled),
        asked=list(labelled.values()),
        probabilities=listener.hear(sounds.take(list(labelled)), task),
        classes=listener.classes,
    )


def _exchanged(heard: _Heard, seed: int) -> Score:
    """Accuracy when the prompts are exchanged among the clips at random: what a deaf model would score."""
    random = np.random.default_rng((seed, 19))
    asked, said = np.array(heard.asked), np.array(heard.said)
    shares: NDArray[np.float64] = np.array(
        [np.mean(random.permutation(asked) == said) for _ in range(_PERMUTATIONS)]
    )
    low, high = np.percentile(shares, (2.5, 97.5))
    return Score(
        name=f"{heard.name}, prompts exchanged",
        value=float(shares.mean()),
        n=len(asked),
        interval=(float(low), float(high)),
        role=Role.CONTROL,
    )


def _per_clip(heard: _Heard) -> list[dict[str, Any]]:
    return [
        {"clip": number, "asked": asked, "heard": said, "probability": round(float(probability), 4)}
        for number, asked, said, probability in zip(
            heard.numbers, heard.asked, heard.said, heard.probabilities.max(axis=1), strict=True
        )
    ]


def _skipped(question: Question, reason: str) -> Result:
    return Result(title=question.title, meaning=question.meaning, skipped=reason)
