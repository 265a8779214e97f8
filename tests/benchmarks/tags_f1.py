"""Micro-F1 of the tags against hand-made labels, jieba's key words alone beside them.

    python -m tests.benchmarks.tags_f1 ../shared/data/text/gold_dev.jsonl

``gold_dev2.jsonl`` is what the lexicon and the weights were tuned on: its score flatters.
"""

import argparse
from collections.abc import Collection, Sequence
from pathlib import Path

from emtool.dataset import keywords, matching, tags
from tests.benchmarks import gold_tags
from tests.benchmarks.gold_tags import Row


def ours(texts: Sequence[str]) -> list[set[str]]:
    return [{tag.name for tag in given} for given in tags.extract(texts)]


def jieba_alone(texts: Sequence[str], *, rank: keywords.Rank, top: int) -> list[set[str]]:
    """Key words as they come; one that is a form of the lexicon stands for its tag, any other is wrong."""
    found: list[set[str]] = []
    for text in texts:
        words = [word for word, _ in rank([text], top)]
        found.append({_tag(word) for word in words})
    return found


def _tag(word: str) -> str:
    whole = [hit for hit in matching.shipped().find(word) if hit.end - hit.start == len(word)]
    return whole[0].meanings[0].entry.name if whole else word


def line(name: str, rows: Sequence[Row], given: Sequence[Collection[str]]) -> str:
    counted = gold_tags.score(rows, given)
    return (
        f"{name:46} P {counted.precision:.3f}  R {counted.recall:.3f}  F1 {counted.f1:.3f}"
        f"   ({counted.right} right, {counted.wrong} wrong, {counted.missed} missed)"
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("gold", type=Path)
    path = parser.parse_args().gold
    rows, strict = gold_tags.read(path), gold_tags.read(path, strict=True)
    texts = [row.text for row in rows]
    given = ours(texts)
    print(line(f"tags.extract, {len(rows)} rows", rows, given))
    print(line("  labels by their English name only", strict, given))
    for title, keep in (
        ("  Chinese", [row.language == "zh" for row in rows]),
        ("  English", [row.language == "en" for row in rows]),
        ("  without the unsure rows", [not row.unsure for row in rows]),
    ):
        chosen = [(row, one) for row, one, kept in zip(rows, given, keep, strict=True) if kept]
        print(line(title, [row for row, _ in chosen], [one for _, one in chosen]))
    for name, rank in (("TF-IDF", keywords.by_tfidf), ("TextRank", keywords.by_textrank)):
        for top in (3, 5, 10):
            print(line(f"jieba {name} alone, {top} words", rows, jieba_alone(texts, rank=rank, top=top)))


if __name__ == "__main__":
    main()
