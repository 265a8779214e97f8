"""emtool beside a Scrapy spider that saves the same fields of the same site on loopback: speed, processor time, memory.

python -m tests.benchmarks.bench_crawl [--tracks 2000] [--comments 30] [--latency-ms 20] [--rounds 3] [--install]

Both are whole processes from start to end, without a pace limit, with the same number of connections, and obey
robots.txt; the site is a process of its own. They take turns, so that a busy machine slows both alike. What they
have saved is compared: it must be the same. Afterwards the memory of emtool on ten times as many tracks, without
latency. Scrapy is taken from the environment or from ``--peers``, where ``--install`` puts it; without it emtool is
measured alone.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
PINNED = "scrapy==2.19.0"
RECIPE = """
kind: html
min_interval_s: 0
start: http://127.0.0.1:{port}/tracks
vote_kind: likes
listing:
  list: ol.tracks
  item: li.track
  next: nav.pages a[rel=next] @href
  fields: {{id: "@data-id", url: a.title @href, title: a.title, artist: .artist}}
track:
  fields:
    title: article.track h1
    artist: article.track .artist
    licence: article.track a[rel=license] @href
    duration_s: article.track .length @data-seconds
    source_tags: article.track .tags li
comments:
  list: ol.comments
  item: li.comment
  next: nav.pages a[rel=next] @href
  fields: {{id: "@data-id", text: .text, votes: .votes, written_at: time @datetime}}
"""
SAVED = {  # id, text, votes, time of every comment, and its track
    "emtool": "SELECT substr(track_key, 7), id, text, votes, written_at FROM comments ORDER BY 1, 2",
    "scrapy": "SELECT track_id, id, text, votes, written_at FROM comments ORDER BY 1, 2",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One process from start to end."""

    wall_s: float
    cpu_s: float
    peak_mb: float
    saved: str  # names what is in its database
    comments: int


@contextmanager
def site(tracks: int, comments: int, latency_ms: float) -> Iterator[int]:
    """Serve in a process of its own; give the port."""
    command = [sys.executable, "-m", "tests.benchmarks.crawl_site", "--tracks", str(tracks)]
    command += ["--comments", str(comments), "--latency-ms", str(latency_ms)]
    with subprocess.Popen(
        command, cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdin is not None, "it is a pipe"
        assert serving.stdout is not None, "it is a pipe"
        yield int(serving.stdout.readline())
        serving.stdin.close()


def run(name: str, port: int, connections: int, peers: Path) -> Run:
    """Crawl into a new database."""
    with tempfile.TemporaryDirectory(prefix="bench-crawl-") as folder:
        if name == "emtool":
            recipe, database = Path(folder, "bench.yaml"), Path(folder, "work", "store", "emtool.db")
            recipe.write_text(RECIPE.format(port=port), encoding="utf-8")
            command = [sys.executable, "-m", "emtool.cli", "crawl", str(recipe), "--quiet"]
            command += ["--workspace", str(Path(folder, "work")), "--contact", "bench@example.org"]
            command += ["--min-interval", "0", "--allow-private-addresses"]
        else:
            database = Path(folder, "scrapy.db")
            spider = Path(__file__).with_name("crawl_spider.py")
            command = [sys.executable, str(spider), str(port), str(database), str(connections)]
        environment = os.environ | {"PYTHONPATH": str(peers)} if name == "scrapy" else os.environ
        start = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment)
        _, status, used = os.wait4(process.pid, 0)
        wall_s = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise SystemExit(f"{name} has ended with {process.returncode}")
        saved, comments = fingerprint(database, SAVED[name])
    return Run(
        wall_s=wall_s,
        cpu_s=used.ru_utime + used.ru_stime,
        peak_mb=peak_mb(used),
        saved=saved,
        comments=comments,
    )


def peak_mb(used: resource.struct_rusage) -> float:
    return used.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def fingerprint(path: Path, query: str) -> tuple[str, int]:
    """Name what is saved, and give the number of comments."""
    digest, number = hashlib.sha256(), 0
    with closing(sqlite3.connect(path)) as database:
        for row in database.execute(query):
            digest.update(json.dumps(row).encode())
            number += 1
    return digest.hexdigest()[:16], number


def compare(asked: argparse.Namespace, names: Sequence[str], connections: int) -> None:
    """Let them take turns."""
    found: dict[str, list[Run]] = {name: [] for name in names}
    with site(asked.tracks, asked.comments, asked.latency_ms) as port:
        for turn in range(asked.rounds):
            for name in names if turn % 2 == 0 else reversed(names):
                found[name].append(run(name, port, connections, asked.peers))
    saved = {one.saved for runs in found.values() for one in runs}
    number = found["emtool"][0].comments
    if len(saved) > 1 or number != asked.tracks * asked.comments:
        raise SystemExit(f"what was saved differs: {found}")
    print(
        f"\n{asked.tracks} tracks of {asked.comments} comments, {asked.latency_ms:g} ms an answer, connections: "
        f"{connections}; median of {asked.rounds} rounds; {number} comments saved, the same by all\n"
    )
    print("| | tracks/s | CPU s | CPU ms a track | peak MB |\n|---|---|---|---|---|")
    middle: dict[str, tuple[float, float, float]] = {}
    for name, runs in found.items():
        speed = statistics.median(asked.tracks / one.wall_s for one in runs)
        cpu_s = statistics.median(one.cpu_s for one in runs)
        peak = statistics.median(one.peak_mb for one in runs)
        middle[name] = speed, cpu_s, peak
        print(f"| {name} | {speed:.1f} | {cpu_s:.2f} | {1000 * cpu_s / asked.tracks:.2f} | {peak:.0f} |")
    if "scrapy" in middle:
        ratios = [ours / theirs for ours, theirs in zip(middle["emtool"], middle["scrapy"], strict=True)]
        print(f"| emtool / scrapy | {ratios[0]:.2f} | {ratios[1]:.2f} | {ratios[1]:.2f} | {ratios[2]:.2f} |")
    sys.stdout.flush()


def memory(asked: argparse.Namespace, connections: int) -> None:
    """Compare emtool with itself on ten times as many tracks."""
    peaks = []
    for tracks in (asked.tracks, 10 * asked.tracks):
        with site(tracks, asked.comments, 0) as port:
            done = run("emtool", port, connections, asked.peers)
        peaks.append(done.peak_mb)
        print(
            f"\nemtool, {tracks} tracks, no latency: {done.cpu_s:.1f} CPU s, peak {done.peak_mb:.0f} MB",
            end="",
        )
    print(f", ratio {peaks[1] / peaks[0]:.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--comments", type=int, default=30)
    parser.add_argument("--latency-ms", type=float, default=20)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--connections", type=int, nargs="*", default=[1])
    parser.add_argument("--no-memory", action="store_true", help="leave the ten times as many tracks out")
    parser.add_argument("--peers", type=Path, default=CHECKOUT / "emtool-data" / "bench" / "scrapy")
    parser.add_argument(
        "--install", action="store_true", help=f"first put {PINNED} into that folder, from PyPI"
    )
    asked = parser.parse_args()
    if asked.install:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "install",
            "-q",
            "--upgrade",
            "--target",
            str(asked.peers),
            PINNED,
        ]
        subprocess.run(pip, check=True)
    sys.path.append(str(asked.peers))
    names = ["emtool", "scrapy"] if importlib.util.find_spec("scrapy") else ["emtool"]
    if len(names) == 1:
        print(f"scrapy is neither installed nor in {asked.peers}: --install puts it there")
    for connections in asked.connections:
        compare(asked, names, connections)
    if not asked.no_memory:
        memory(asked, asked.connections[0])


if __name__ == "__main__":
    main()
