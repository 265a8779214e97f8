"""Small made things for the crawler's tests: a catalogue with real sound, a clock that nobody waits for."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import httpx

from emtool.crawler import signal_files
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.clock import Clock
from emtool.crawler.http import Client, HttpConfig
from emtool.crawler.intake import Intake
from emtool.crawler.records import Comment, ListState, RankedComment, Track, VoteKind
from emtool.crawler.store import Store
from emtool.crawler.voting import rank

AGENT = "emtool/test (+tests)"
SIGNAL_FILES = signal_files.PATHS
TRACK = (  # a page that the recipe of the demo site reads
    '<article class="track"><a rel="license" href="https://creativecommons.org/publicdomain/zero/1.0/"></a>'
    '<audio src="/a/{}"></audio></article><ol class="comments"><li class="comment"><p class="text">piano</p></li></ol>'
)


class Hands:
    """The hands of a clock: sleeping moves them, and is noted."""

    def __init__(self, now_s: float = 1_700_000_000.0) -> None:
        self.now_s = now_s
        self.slept: list[float] = []

    @property
    def clock(self) -> Clock:
        return Clock(now_s=lambda: self.now_s, elapsed_s=lambda: self.now_s, sleep=self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now_s += seconds


def unheard(_received_bytes: int) -> None:
    """Count nothing."""


def client(
    handler: Callable[[httpx.Request], httpx.Response],
    hands: Hands | None = None,
    count: Callable[[int], None] = unheard,
    *,
    has_signal_files: bool = False,
    **config: Any,
) -> Client:
    """A client whose network is a function, without jitter or pace unless asked for.

    Of tdmrep.json and ai.txt there are none, and the function is not asked for them, unless it has them.
    """

    def streamed(request: httpx.Request) -> httpx.Response:
        if request.url.path in SIGNAL_FILES and not has_signal_files:
            return httpx.Response(404, stream=httpx.ByteStream(b""))
        answer = handler(request)
        if not isinstance(answer.stream, httpx.ByteStream):
            return answer
        # a Response made of bytes counts as read already; one from a network does not
        body = httpx.ByteStream(b"".join(answer.stream))
        return httpx.Response(answer.status_code, headers=answer.headers, stream=body)

    settings: dict[str, Any] = {"user_agent": AGENT, "min_interval_s": 0.0, "jitter": 0.0} | config
    transport = httpx.MockTransport(streamed)
    return Client(HttpConfig(**settings), transport=transport, clock=(hands or Hands()).clock, count=count)


def loopback_client(guard: AddressGuard, count: Callable[[int], None] = unheard, **config: Any) -> Client:
    """A client on real sockets that never waits between requests."""
    settings: dict[str, Any] = {"user_agent": AGENT, "min_interval_s": 0.0, "back_off_s": 0.0} | config
    return Client(HttpConfig(**settings), guard=guard, count=count)


def comment(comment_id: str, text: str = "warm piano", votes: int | None = 1, **more: Any) -> Comment:
    return Comment(id=comment_id, text=text, votes=votes, vote_kind=VoteKind.LIKES, **more)


def track(track_id: str = "1", **more: Any) -> Track:
    told = {"title": f"Track {track_id}", "url": f"http://site.test/tracks/{track_id}", "source": "site"}
    return Track(id=track_id, **(told | more))


def catalogue_entry(number: int, comments: int = 3, **more: Any) -> dict[str, Any]:
    """A line of a catalogue; every third clip is all chatter, so that its audio is not worth fetching."""
    words = "nice" if number % 3 == 2 else "a slow sad piano"
    return {
        "id": f"clip-{number}",
        "title": f"Piece {number} <&>",
        "artist": f"Artist {number % 2}",
        "licence": "CC0-1.0",
        "work_id": f"work-{number}",
        "file": f"audio/clip-{number}.opus",
        "duration_s": 0.3,
        "tags": ["quiet", f"tag{number % 2}"],
        "truth": {"instruments": ["SECRET"], "tempo": "slow"},
        "comments": [
            {
                "id": f"{number}.{index}",
                "user": f"user{index}",
                "text": f"{words} {index}",
                "votes": None if index == 2 else 1234 * index + number,
                "time": f"2024-01-{index + 1:02d}T10:00Z",
            }
            for index in range(comments)
        ],
    } | more


def write_catalogue(folder: Path, entries: Sequence[dict[str, Any]]) -> Path:
    """Write a catalogue; each clip is a sine of its own pitch."""
    (folder / "audio").mkdir(parents=True, exist_ok=True)
    for number, entry in enumerate(entries):
        write_sine(folder / entry["file"], hertz=200.0 + 20 * number)
    lines = [json.dumps(entry, ensure_ascii=False) + "\n" for entry in entries]
    (folder / "catalogue.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder


def write_sine(path: Path, *, hertz: float = 440.0, seconds: float = 0.3, channels: int = 1) -> Path:
    """Write a sine as Ogg Opus at 48 kHz."""
    import numpy as np  # here: a crawl in a process of its own, which is to be killed, starts without them
    import soundfile

    times = np.arange(int(48_000 * seconds)) / 48_000
    wave = 0.3 * np.sin(2 * np.pi * hertz * times)
    soundfile.write(path, np.tile(wave[:, None], channels), 48_000, format="OGG", subtype="OPUS")
    return path


def describes(ranked: Sequence[RankedComment]) -> bool:
    """Stand in for the relevance rule, which lives in a later stage."""
    return any("piano" in one.comment.text for one in ranked)


def content(store: Store) -> dict[str, Any]:
    """Everything in a store but times, to compare two stores."""
    return {
        "fingerprint": store.fingerprint(),
        "tracks": [(s.track, s.state, s.list_state, s.audio_sha256, s.reason) for s in store.tracks()],
        "comments": {s.track.key: store.comments(s.track.key) for s in store.tracks()},
        "top": {s.track.key: store.top_comments(s.track.key) for s in store.tracks()},
        "evidence": sorted((e.url, e.rule, e.allowed, e.detail) for e in store.evidence()),
        "files": sorted(
            path.name for path in (store.folder / "audio").glob("*/*") if path.parent.name != ".part"
        ),
    }


def listing(*ids: str) -> str:
    """A page of tracks that the recipe of the demo site reads."""
    items = "".join(
        f'<li class="track" data-id="{i}"><a class="title" href="/t/{i}">T{i}</a></li>' for i in ids
    )
    return f'<ol class="tracks">{items}</ol>'


def fill(store: Store, one: Track, comments: Sequence[Comment]) -> None:
    """Put a track with its whole list of comments and its vote into a store that knows the track."""
    intake = Intake(store)
    intake.add_comments(one, comments, next_url=None, list_state=ListState.COMPLETE)
    intake.save_vote(one.key, rank(comments))
