"""Comments a second on one core: personal data taken out, tags drawn, and both.

python -m tests.benchmarks.bench_tags ../shared/data/text/zh_netease_hot_300songs.jsonl
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

from emtool.dataset.privacy import scrub
from emtool.dataset.tags import extract


def both(text: str) -> object:
    return extract([scrub(text).text])


def measure(work: Callable[[str], object], texts: list[str]) -> float:
    """Texts for each second of processor time, so that a busy machine tells the same."""
    start = time.process_time()
    for text in texts:
        work(text)
    return len(texts) / (time.process_time() - start)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("comments", type=Path, nargs="+", help="JSON lines with a text each")
    lines = [
        line
        for path in parser.parse_args().comments
        for line in path.read_text(encoding="utf-8").splitlines()
    ]
    texts = [json.loads(line)["text"] for line in lines]
    both(texts[0])  # loads the lexicon
    print(f"{len(texts)} comments of {sum(map(len, texts)) / len(texts):.0f} characters")
    for name, work in (("scrub", scrub), ("extract", lambda text: extract([text])), ("both", both)):
        print(f"{name:8} {measure(work, texts):8.0f} comments/s")


if __name__ == "__main__":
    main()
