"""Processes that share one PostgreSQL and die on the way: how many tracks are done, and how often each.

Crawls a catalogue of made tracks, served on loopback, and kills half of the processes while they hold tracks.

python -m tests.benchmarks.bench_workers [--processes 4] [--tracks 2000]
"""

import argparse
import tempfile
import time
from collections import Counter
from pathlib import Path

from emtool.crawler.demo.site import DemoSite
from emtool.crawler.records import TrackState
from tests.crawler.fleet import Fleet, running_fleet
from tests.crawler.making import catalogue_entry, write_catalogue
from tests.crawler.postgresql_server import running_server


def wait_for(fleet: Fleet, done: int) -> None:
    """Wait until so many tracks are done."""
    while fleet.store.counts()[TrackState.DONE] < done:
        time.sleep(0.2)


def main(processes: int, tracks: int) -> None:
    """Print what became of the tracks."""
    numbers = [number for number in range(2 * tracks) if number % 3 != 2][:tracks]
    entries = [catalogue_entry(number, comments=10) for number in numbers]
    seen = Counter[str]()
    killed = processes // 2
    with (
        tempfile.TemporaryDirectory() as name,
        DemoSite(write_catalogue(Path(name) / "site", entries), log=lambda line: seen.update([line])) as site,
        running_server() as server,
        running_fleet(processes, Path(name) / "store", site, server, lease_s=10) as fleet,
    ):
        start = time.monotonic()
        for number in range(killed):
            wait_for(fleet, tracks * (number + 1) // (killed + 1))
            fleet.kill_at_work(number)
        codes = fleet.wait(timeout_s=3600)
        seconds = time.monotonic() - start
        counts = {str(state): count for state, count in fleet.store.counts().items() if count}
        endings = Counter(fleet.endings())
    again = sum(count - 1 for line, count in seen.items() if "/audio/" in line or "/tracks/" in line)
    print(f"{processes} processes, exit codes {codes}, {tracks} tracks in {seconds:.0f} s")
    print(f"states of the tracks: {counts}")
    print(f"tracks done once: {sum(count == 1 for count in endings.values())}, more than once: ", end="")
    print(sum(count > 1 for count in endings.values()))
    print(f"pages and files asked for again because of the killed: {again} of {sum(seen.values())}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--processes", type=int, default=4)
    parser.add_argument("--tracks", type=int, default=2000)
    main(**vars(parser.parse_args()))
