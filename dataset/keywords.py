"""Key words of comments by jieba's two rankings, TF-IDF and TextRank, and what becomes of them (the paper's Table 6).

The cutter knows the lexicon and ``user_dict.txt``; how rare a word is was counted in comments on music
(``idf.txt``, which ``python -m emtool.dataset.keywords`` writes), not in the news that jieba ships.
"""

import argparse
import functools
import json
import math
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from emtool.crawler.files import write_text
from emtool.dataset import cues, matching, tag_choices, vocabulary
from emtool.dataset.tag_choices import Choices

Rank = Callable[[Sequence[str], int], list[tuple[str, float]]]

PARTS_OF_SPEECH = ("n", "nz", "ng", "a", "an", "ad", "ag", "v", "vn", "i", "l", "eng")
"""Nouns, adjectives, verbs, set phrases and Latin words; names of people (nr) and places (ns) are no tags."""
TOP_WORDS = 12
EXAMPLES = 3
EXAMPLE_LENGTH = 24
MIN_DOCUMENTS = 5
"""A word of fewer comments stays out of ``idf.txt``: it says little and may tell whose comment it was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A key word that is a tag, could be one, or must not."""

    word: str
    score: float  # mean of both rankings, each relative to its best word, 0 to 1
    tfidf: float  # summed over the documents
    textrank: float  # summed over the documents
    documents: int
    examples: tuple[str, ...]  # the word with a little of what stands around it
    tags: tuple[str, ...]  # what the lexicon or a person calls it
    status: str  # adopted, discarded or open


@functools.cache
def _rankers() -> tuple[Any, Any]:
    """Jieba's TF-IDF and TextRank over a cutter of our own: jieba's global one stays as it is."""
    with warnings.catch_warnings():
        # Jieba imports the deprecated pkg_resources and leaves the files that it reads to the garbage collector.
        warnings.simplefilter("ignore")
        import jieba.analyse
        import jieba.posseg

        jieba.setLogLevel("WARNING")
        with resources.as_file(resources.files("emtool.dataset.lexicon")) as folder:
            cutter = _cutter(jieba.Tokenizer(), folder)
            tfidf = jieba.analyse.TFIDF(str(folder / "idf.txt"))
    textrank = jieba.analyse.TextRank()
    for ranker in (tfidf, textrank):
        ranker.tokenizer, ranker.postokenizer = cutter, jieba.posseg.POSTokenizer(cutter)
        ranker.stop_words = set(vocabulary.read_lines("stop_words.txt"))
    textrank.tokenizer = textrank.postokenizer  # TextRank cuts with parts of speech
    return tfidf, textrank


def _cutter(cutter: Any, folder: Path) -> Any:
    """Teach a jieba tokenizer the lexicon's Chinese forms and the words of ``user_dict.txt``."""
    for entry in vocabulary.entries().values():
        for form in entry.forms:
            if form.chinese and len(form.text) > 1:
                cutter.add_word(form.text, tag="nz")
    with (folder / "user_dict.txt").open(encoding="utf-8") as opened:
        cutter.load_userdict(opened)
    return cutter


def _prepare(texts: Iterable[str]) -> str:
    return "。".join(cues.without_names(vocabulary.normalise(text)).replace("·", " ") for text in texts)


def by_tfidf(texts: Sequence[str], top: int) -> list[tuple[str, float]]:
    """The words of some comments, taken together, that are frequent here and rare elsewhere."""
    found = _rankers()[0].extract_tags(_prepare(texts), topK=top, withWeight=True, allowPOS=PARTS_OF_SPEECH)
    return [(str(word), float(weight)) for word, weight in found]


def by_textrank(texts: Sequence[str], top: int) -> list[tuple[str, float]]:
    """The words of some comments, taken together, that stand beside many others; none in a very short text."""
    found = _rankers()[1].textrank(_prepare(texts), topK=top, withWeight=True, allowPOS=PARTS_OF_SPEECH)
    return [(str(word), float(weight)) for word, weight in found]


def by_lexicon(texts: Sequence[str], top: int) -> list[tuple[str, float]]:
    """The words that the lexicon knows, most frequent first: for texts too short to rank."""
    text = _prepare(texts)
    counts = Counter(text[hit.start : hit.end] for hit in matching.shipped().find(text))
    return [(word, float(count)) for word, count in counts.most_common(top)]


def candidates(texts: Sequence[str], choices: Choices, done: Callable[[], object]) -> list[Candidate]:
    """Rank the words of many documents, each a comment or all comments of a track, best first."""
    tfidf: Counter[str] = Counter()
    textrank: Counter[str] = Counter()
    documents: Counter[str] = Counter()
    examples: dict[str, list[str]] = defaultdict(list)
    for text in texts:
        first, second = dict(by_tfidf([text], TOP_WORDS)), dict(by_textrank([text], TOP_WORDS))
        if not second:
            first |= dict.fromkeys((word for word, _ in by_lexicon([text], TOP_WORDS)), 0.0)
        tfidf.update(first)
        textrank.update(second)
        for word in sorted(first.keys() | second.keys()):
            documents[word] += 1
            if len(examples[word]) < EXAMPLES:
                examples[word].append(_around(text, word))
        done()
    best_tfidf, best_textrank = (max(counts.values(), default=0.0) or 1.0 for counts in (tfidf, textrank))
    ranked = [
        Candidate(
            word=word,
            score=(tfidf[word] / best_tfidf + textrank[word] / best_textrank) / 2,
            tfidf=tfidf[word],
            textrank=textrank[word],
            documents=documents[word],
            examples=tuple(examples[word]),
            tags=(named := _tags(word, choices)),
            status=choices.status(word, named),
        )
        for word in documents
    ]
    return sorted(ranked, key=lambda one: (-one.score, one.word))


def _tags(word: str, choices: Choices) -> tuple[str, ...]:
    """Tags that a word names as a whole."""
    whole = [hit for hit in tag_choices.matcher(choices).find(word) if hit.end - hit.start == len(word)]
    return tuple(sorted({meaning.entry.name for hit in whole for meaning in hit.meanings}))


def _around(text: str, word: str) -> str:
    """A word in a little of its text, on one line."""
    plain = " ".join(vocabulary.normalise(text).split())
    start = max(0, plain.find(word) - EXAMPLE_LENGTH // 2)
    return plain[start : start + len(word) + EXAMPLE_LENGTH]


def inverse_frequencies(texts: Iterable[str]) -> dict[str, float]:
    """How rare each word is among texts: log of their number over those that hold it, rarest last."""
    counts: Counter[str] = Counter()
    number = 0
    for text in texts:
        number += 1
        cut = _rankers()[0].tokenizer.cut(_prepare([text]))
        counts.update({word for word in cut if len(word) > 1 and not any(c.isdigit() for c in word)})
    common = [(word, count) for word, count in counts.items() if count >= MIN_DOCUMENTS and word.isalpha()]
    return {
        word: math.log(number / count) for word, count in sorted(common, key=lambda pair: (-pair[1], pair[0]))
    }


def _comments(path: Path) -> list[str]:
    """Comment texts of a JSON-lines file: a ``text`` in each line, or ``comments`` with texts."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return [one["text"] for row in rows for one in row.get("comments", [row])]


def main() -> None:
    """Count ``idf.txt`` anew."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--idf", type=Path, required=True, metavar="OUT", help="file to write")
    parser.add_argument("comments", type=Path, nargs="+", help="JSON lines with comments")
    arguments = parser.parse_args()
    texts = dict.fromkeys(text for path in arguments.comments for text in _comments(path))
    counted = inverse_frequencies(texts)
    write_text(arguments.idf, "".join(f"{word} {value:.3f}\n" for word, value in counted.items()))


if __name__ == "__main__":
    main()
