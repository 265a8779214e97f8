"""The real yt-dlp against a page on loopback."""

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import ForbiddenError, UsageError
from emtool.crawler.permission import Permission
from emtool.crawler.records import TrackState
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.source import AudioSource, SourceContext, find
from emtool.crawler.sources import youtube
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from tests.conftest import CHECKOUT
from tests.crawler.crawling import run
from tests.crawler.making import AGENT, loopback_client

AUDIO = (CHECKOUT / "crawler/demo/audio/s1-0000.opus").read_bytes()
PAGE = b'<html><head><title>Slow rain</title></head><body><audio src="/a.opus" type="audio/ogg"></audio></body></html>'


class Site(ThreadingHTTPServer):
    wishes: dict[str, bytes]  # path of robots.txt, tdmrep.json or ai.txt -> what it says
    asked: list[tuple[str, str]]


@pytest.fixture
def pages() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append((self.path, self.headers["User-Agent"]))
            answers = {"/a.opus": (AUDIO, "audio/ogg")}
            is_wish = self.path in {"/robots.txt", *SIGNAL_FILES}
            wish = server.wishes.get(self.path, b"")
            body, kind = (wish, "text/plain") if is_wish else answers.get(self.path, (PAGE, "text/html"))
            self.send_response(404 if is_wish and not wish else 200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = Site(("127.0.0.1", 0), Handler)
    server.asked, server.wishes = [], {}
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_page_is_read_and_its_audio_fetched(pages: Site, store: Store, tmp_path: Path) -> None:
    url = f"http://127.0.0.1:{pages.server_port}/songs/1"
    with loopback_client(AddressGuard(allow_private=True)) as network:
        told = run(store, network, source_name="yt-dlp", queries=[url])
        assert told.tracks[TrackState.SKIPPED] == 1
        assert told.reasons == {"licence": 1}
        assert "/a.opus" not in [path for path, _ in pages.asked]
        (one,) = store.tracks()
        web = Web(network, Permission(network, store.notes.remember))
        source = find("yt-dlp").open(SourceContext(web=web, author_hash=store.author_hash))
        assert isinstance(source, AudioSource)
        download = source.fetch_audio(one.track, tmp_path / "part")
    assert download.sha256 == hashlib.sha256(AUDIO).hexdigest()
    assert (one.track.title, one.track.url, download.url) == ("Slow rain (1)", url, url)
    assert {agent for _, agent in pages.asked} == {AGENT}


def test_a_page_that_robots_txt_keeps_back_is_not_asked(pages: Site, store: Store) -> None:
    pages.wishes["/robots.txt"] = b"User-agent: *\nDisallow: /songs/"
    url = f"http://127.0.0.1:{pages.server_port}/songs/1"
    with (
        loopback_client(AddressGuard(allow_private=True)) as network,
        pytest.raises(ForbiddenError, match="Disallow"),
    ):
        run(store, network, source_name="yt-dlp", queries=[url])
    assert [path for path, _ in pages.asked] == ["/robots.txt"]


@pytest.mark.parametrize(
    ("path", "said", "line", "asked"),
    [
        ("/.well-known/ai.txt", b"Training: deny", "'Training: deny'", []),
        (
            "/.well-known/tdmrep.json",
            b'[{"location": "/", "tdm-reservation": 1}]',
            '"location": "/"',
            ["/songs/1"],
        ),
    ],
)
def test_a_page_that_is_not_for_training_is_left_out(
    pages: Site, store: Store, path: str, said: bytes, line: str, asked: list[str]
) -> None:
    pages.wishes[path] = said
    url = f"http://127.0.0.1:{pages.server_port}/songs/1"
    with (
        loopback_client(AddressGuard(allow_private=True)) as network,
        pytest.raises(ForbiddenError, match=line),
    ):
        run(store, network, source_name="yt-dlp", queries=[url])
    assert [one for one, _ in pages.asked if one not in {"/robots.txt", *SIGNAL_FILES}] == asked
    assert list(store.tracks()) == []


def test_sound_that_ai_txt_keeps_back_is_not_fetched(pages: Site, store: Store, tmp_path: Path) -> None:
    pages.wishes["/ai.txt"] = b"User-Agent: *\nDisallow: *.opus\n"
    url = f"http://127.0.0.1:{pages.server_port}/songs/1"
    with loopback_client(AddressGuard(allow_private=True)) as network:
        run(store, network, source_name="yt-dlp", queries=[url])
        (one,) = store.tracks()
        web = Web(network, Permission(network, store.notes.remember))
        source = find("yt-dlp").open(SourceContext(web=web, author_hash=store.author_hash))
        assert isinstance(source, AudioSource)
        with pytest.raises(ForbiddenError, match=r"a\.opus: not wanted .*'Disallow: \*\.opus'"):
            source.fetch_audio(one.track, tmp_path / "part")
    assert list(tmp_path.glob("part*")) == []


def test_a_private_address_is_refused(store: Store) -> None:
    with loopback_client(AddressGuard()) as network, pytest.raises(ForbiddenError, match="private"):
        run(store, network, source_name="yt-dlp", queries=["http://127.0.0.1:1/songs/1"])


def test_youtube_asks_for_the_top_with_five_numbers(store: Store) -> None:
    arguments = youtube.YouTube.extractor_args["youtube"]
    assert arguments["comment_sort"] == ["top"]
    assert len(arguments["max_comments"]) == 5
    with loopback_client(AddressGuard()) as network, pytest.raises(UsageError, match="no address of YouTube"):
        run(store, network, source_name="youtube", queries=["https://example.org/x"])
