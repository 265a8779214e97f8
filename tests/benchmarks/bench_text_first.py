"""What a pair costs when comments are read before the sound is fetched, and when every sound is fetched.

python -m tests.benchmarks.bench_text_first [--limit N] [--catalogue FOLDER]

The demo site is crawled twice over loopback, each time into a new store, with the relevance rule of `emtool crawl`.
Text first is what emtool does: the sound of a track is fetched when one of its voted comments describes the music.
Audio first fetches the sound of every track whose licence allows it and asks the rule afterwards. Both must accept the
same tracks; bytes are what the stores have counted.
"""

import argparse
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import func, select

from emtool.cli import worth_audio
from emtool.crawler import schema
from emtool.crawler.collect import DEMO, NetworkConfig, collect
from emtool.crawler.crawl import CrawlConfig
from emtool.crawler.progress import SILENT
from emtool.crawler.records import RankedComment, TrackState
from emtool.crawler.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one crawl has fetched."""

    accepted: frozenset[str]  # keys of the tracks that make a pair
    tracks: int
    sounds: int
    sound_bytes: int
    received_bytes: int  # sounds, pages, robots.txt, ...

    @property
    def bytes_per_pair(self) -> float:
        return self.received_bytes / len(self.accepted)


def crawl(rule: Callable[[Sequence[RankedComment]], bool], limit: int | None, catalogue: Path | None) -> Cost:
    """Crawl the demo site into a new store."""
    with tempfile.TemporaryDirectory(prefix="bench-text-first-") as name:
        collect(
            DEMO,
            [],
            Path(name),
            config=CrawlConfig(limit=limit),
            network=NetworkConfig(catalogue=catalogue),
            worth_audio=rule,
            progress=SILENT,
        )
        with Store.open(Path(name), create=False) as store:
            every = list(store.tracks())
            done = [one.track.key for one in every if one.state is TrackState.DONE]
            with store.read() as connection:
                sizes = select(func.count(), func.coalesce(func.sum(schema.audio.c.size_bytes), 0))
                sounds, sound_bytes = connection.execute(sizes).one()
            return Cost(
                accepted=frozenset(key for key in done if worth_audio(store.top_comments(key))),
                tracks=len(every),
                sounds=sounds,
                sound_bytes=sound_bytes,
                received_bytes=store.traffic()[DEMO][1],
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--limit", type=int, help="tracks at most")
    parser.add_argument("--catalogue", type=Path, help="another one than that which comes with emtool")
    asked = parser.parse_args()
    costs = {
        "text first": crawl(worth_audio, asked.limit, asked.catalogue),
        "audio first": crawl(lambda _comments: True, asked.limit, asked.catalogue),
    }
    text, audio = costs.values()
    if text.accepted != audio.accepted or not text.accepted:
        raise SystemExit(f"the tracks that were accepted differ: {text.accepted ^ audio.accepted}")
    print(f"{text.tracks} tracks of the demo site, {len(text.accepted)} accepted by both\n")
    print("| | sounds | MB of sounds | MB of all | bytes an accepted pair |\n|---|---|---|---|---|")
    for name, cost in costs.items():
        shown = f"{cost.sounds} | {cost.sound_bytes / 1e6:.2f} | {cost.received_bytes / 1e6:.2f}"
        print(f"| {name} | {shown} | {cost.bytes_per_pair:,.0f} |")
    print(f"| text first / audio first | | | | {text.bytes_per_pair / audio.bytes_per_pair:.3f} |")


if __name__ == "__main__":
    main()
