"""A site of any size on loopback, every answer late by a stated time; prints its port, ends with its input.

python -m tests.benchmarks.crawl_site --tracks 2000 --comments 30 --latency-ms 20
"""

import argparse
import asyncio
import random
import re
import sys
from functools import partial

TRACKS_A_PAGE = 50
_TRACK = re.compile(r"/tracks/(\d+)")
_LISTING = re.compile(r"/tracks(?:\?page=(\d+))?")
_WORDS = [
    "slow",
    "sad",
    "piano",
    "warm",
    "strings",
    "rain",
    "night",
    "钢琴",
    "忧伤",
    "夜晚",
    "a",
    "the",
    "of",
    "and",
    "love",
    "this",
    "song",
    "<3",
    "&",
    "great",
]
_NAV = '<header><a href="/tracks">Tracks</a><form><input name="q"></form></header>'


def votes_shown(votes: int) -> str:
    """Write votes as sites do: exact below a thousand, then "1.2k", then "1.2万"."""
    if votes < 1000:
        return str(votes)
    size, unit = (1000, "k") if votes < 10_000 else (10_000, "万")
    return f"{votes // (size // 10) / 10:g}{unit}"


class Site:
    """The pages of a site: what they say follows from their numbers."""

    def __init__(self, tracks: int, comments: int) -> None:
        self._tracks = tracks
        self._comments = comments
        chance = random.Random(0)
        self._texts = [" ".join(chance.choices(_WORDS, k=chance.randint(3, 24))) for _ in range(997)]

    def page(self, target: str) -> str | None:
        """Give the page of an address, None if there is none."""
        if track := _TRACK.fullmatch(target):
            number = int(track[1])
            return self._track(number) if number < self._tracks else None
        if listing := _LISTING.fullmatch(target):
            return self._listing(int(listing[1] or 1))
        return None

    def _listing(self, page: int) -> str:
        first = TRACKS_A_PAGE * (page - 1)
        last = min(first + TRACKS_A_PAGE, self._tracks)
        items = "".join(
            f'<li class="track" data-id="{n}"><a class="title" href="/tracks/{n}">Piece {n}</a> '
            f'<span class="artist">Artist {n % 97}</span></li>\n'
            for n in range(first, last)
        )
        following = f'<a rel="next" href="/tracks?page={page + 1}">next</a>' if last < self._tracks else ""
        return _layout(f'<ol class="tracks">{items}</ol><nav class="pages">{following}</nav>')

    def _track(self, number: int) -> str:
        comments = "".join(self._comment(number, place) for place in range(self._comments))
        return _layout(
            f'<article class="track"><h1>Piece {number}</h1><p>by <span class="artist">Artist {number % 97}</span> '
            f'<span class="length" data-seconds="{100 + number % 200}">3:00</span> '
            '<a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/">CC0-1.0</a></p>'
            f'<ul class="tags"><li>quiet</li><li>tag{number % 13}</li></ul></article>'
            f'<ol class="comments">{comments}</ol><nav class="pages"></nav>'
        )

    def _comment(self, track: int, place: int) -> str:
        mixed = track * 7919 + place * 104_729
        text = self._texts[mixed % len(self._texts)].replace("&", "&amp;").replace("<", "&lt;")
        day = f"2024-{1 + mixed % 12:02d}-{1 + mixed % 28:02d}"
        return (
            f'<li class="comment" data-id="{track}.{place}"><div class="about"><time datetime="{day}T10:00Z">{day}'
            f'</time><span class="votes">{votes_shown(mixed % 23_456)}</span></div><p class="text">{text}</p></li>\n'
        )


def _layout(body: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Pieces</title></head>'
        f"<body>{_NAV}<main>{body}</main></body></html>"
    )


async def _answer(
    site: Site, latency_s: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while head := await reader.readuntil(b"\r\n\r\n"):
            page = site.page(head.split(b" ", 2)[1].decode("ascii"))
            if latency_s:
                await asyncio.sleep(latency_s)
            body = (page or "").encode()
            status = "404 Not Found" if page is None else "200 OK"
            writer.write(
                f"HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\n"
                f"Content-Length: {len(body)}\r\n\r\n".encode()
                + body
            )
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def _serve(site: Site, latency_s: float) -> None:
    server = await asyncio.start_server(partial(_answer, site, latency_s), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tracks", type=int, default=2000)
    parser.add_argument("--comments", type=int, default=30)
    parser.add_argument("--latency-ms", type=float, default=20)
    asked = parser.parse_args()
    asyncio.run(_serve(Site(asked.tracks, asked.comments), asked.latency_ms / 1000))


if __name__ == "__main__":
    main()
