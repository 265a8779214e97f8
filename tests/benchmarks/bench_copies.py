"""Near copies that are found, and distinct comments that are taken for copies, on real comments.

python -m tests.benchmarks.bench_copies [--pairs 12]
"""

import argparse
import json
import random
import time
from collections import defaultdict
from pathlib import Path

import numpy as np

from emtool.dataset import near
from emtool.dataset.dedup import BYTES_PER_COMMENT, NEAR_BYTES, Copies, letters
from tests.dataset.copying import WAYS

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "text"
FILES = ("zh_netease_hot_300songs.jsonl", "zh_netease_hot_zonas.jsonl", "en_youtube_music_votes.jsonl")


def real_comments() -> list[str]:
    """Comments under music, all of different letters."""
    found: dict[str, str] = {}
    for name in FILES:
        for line in (FOLDER / name).read_text(encoding="utf-8").splitlines():
            text = json.loads(line)["text"]
            found.setdefault(letters(text), text)
    return [text for plain, text in found.items() if len(plain.encode()) >= NEAR_BYTES]


def recall(texts: list[str], chance: random.Random) -> None:
    """Plant one edited copy of every comment under another work, for each way of editing."""
    alphabet = "".join(letters(text) for text in texts)
    for name, way in WAYS.items():
        edited = [way(text, alphabet, chance) for text in texts]
        planted = [(text, copy) for text, copy in zip(texts, edited, strict=True) if text != copy]
        # Each pair is counted alone, so that no third text helps it.
        found = sum(
            Copies.count((("a", text), ("b", copy))).works(letters(copy)) == 2 for text, copy in planted
        )
        print(f"  {name:34} {found / len(planted):.3f} of {len(planted)}")


def false_pairs(texts: list[str], shown: int, chance: random.Random) -> None:
    """Count the pairs that share a group though nothing was planted, and print some to read."""
    start = time.process_time()
    Copies.count((str(number), text) for number, text in enumerate(texts))
    print(f"counting {len(texts)} comments takes {time.process_time() - start:.2f} s of one core,")
    print(f"at most {BYTES_PER_COMMENT} bytes a comment")
    together: dict[int, list[str]] = defaultdict(list)
    for text, number in zip(texts, _groups(texts), strict=True):
        together[number].append(text)
    several = [members for members in together.values() if len(members) > 1]
    sizes = sorted(map(len, several), reverse=True)
    pairs = sum(size * (size - 1) // 2 for size in sizes)
    print(f"groups among them: {len(sizes)}, of {sizes[:5]} ... comments: {pairs} pairs")
    print(f"that is {pairs / (len(texts) * (len(texts) - 1) / 2):.2e} of all pairs; some to read:")
    for members in chance.sample(several, min(shown, len(several))):
        one, other = chance.sample(members, 2)
        print(f"  {one[:100]!r}\n    {other[:100]!r}")


def _groups(texts: list[str]) -> list[int]:
    from emtool.dataset.dedup import kind

    sketches = near.Sketches()
    for text in texts:
        sketches.add(letters(text), kind(text))
    numbers: list[int] = np.asarray(near.groups(sketches.table())).tolist()
    return numbers


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=12, help="pairs to print")
    parser.add_argument("--sample", type=int, default=500, help="comments to plant copies of")
    asked = parser.parse_args()
    if not FOLDER.is_dir():
        print(f"skipped: the real comments are not in {FOLDER}")
        return
    texts, chance = real_comments(), random.Random(0)
    print(f"{len(texts)} distinct real comments of {NEAR_BYTES} bytes or more; near copies found, by edit:")
    recall(chance.sample(texts, asked.sample), chance)
    false_pairs(texts, asked.pairs, chance)


if __name__ == "__main__":
    main()
