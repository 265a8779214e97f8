"""Every parser of the crawler on spoilt answers, for as long as you like; see ``tests/crawler/fuzzing.py``.

python -m tests.benchmarks.fuzz_parsers [NAME ...] [--minutes 10] [--seed 0] [--list]

NAME is a parser's name or its beginning (``saved.parse``, ``sources.bandcamp``); without one, all of them take their
turn. A line tells how many answers each has read. What a parser raises besides its documented errors is printed with
the smallest answer that makes it, and the exit code is 1.
"""

import argparse
import logging
import sys
import time
import traceback
from collections.abc import Sequence

from tests.crawler.fuzzing import Parser, fuzz, parsers

EXAMPLES = 200  # between two looks at the clock


def run(parser: Parser, minutes: float, number: int) -> bool:
    """Fuzz one parser for so long; tell whether it stood."""
    start = time.monotonic()
    tried = 0
    while tried == 0 or time.monotonic() - start < 60 * minutes:
        try:
            fuzz(parser, examples=EXAMPLES, number=number + tried)
        except Exception:  # noqa: BLE001 - whatever it is, it is what this program is to find
            print(f"{parser.name}: after {tried} answers or more (--seed {number + tried}):", flush=True)
            traceback.print_exc(file=sys.stdout)
            return False
        tried += EXAMPLES
    print(
        f"{parser.name}: {tried} answers in {time.monotonic() - start:.0f} s, all read or refused", flush=True
    )
    return True


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--minutes", type=float, default=10, help="for each parser")
    parser.add_argument("--seed", type=int, default=0, help="another one, other answers")
    parser.add_argument("--list", action="store_true", help="only print the names")
    asked = parser.parse_args(arguments)
    logging.disable()  # beautifulsoup4 warns of bytes of no charset
    found = parsers()
    chosen = {
        name: one for name, one in found.items() if not asked.names or name.startswith(tuple(asked.names))
    }
    if not chosen:
        parser.error(f"no parser {' '.join(asked.names)} (there are: {', '.join(found)})")
    if asked.list:
        print("\n".join(chosen))
        return 0
    stood = [run(one, asked.minutes, asked.seed) for one in chosen.values()]
    print(f"{sum(stood)} of {len(stood)} parsers stood")
    return 0 if all(stood) else 1


if __name__ == "__main__":
    raise SystemExit(main())
