"""A site on loopback that the real yt-dlp reads, and an extractor for its songs, which have comments with likes."""

import itertools
import json
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from yt_dlp.extractor.common import InfoExtractor

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.crawl import CrawlSummary
from emtool.crawler.http import Client
from emtool.crawler.permission import Permission
from emtool.crawler.rests import Rests
from emtool.crawler.source import AudioSource, SourceContext, find
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from tests.conftest import CHECKOUT
from tests.crawler.crawling import run
from tests.crawler.making import loopback_client

CLIP = CHECKOUT / "crawler/demo/audio/s1-0000.opus"
LICENCE = "https://creativecommons.org/licenses/by/4.0/"


class Answer:
    """What the site says: a status, headers, a body; a value that is no bytes becomes JSON."""

    def __init__(self, value: Any, status: int = 200, **headers: str) -> None:
        is_plain = isinstance(value, bytes)
        self.body = value if is_plain else json.dumps(value).encode()
        kind = "text/html" if is_plain else "application/json"
        self.status = status
        self.headers = {"Content-Type": kind} | {n.replace("_", "-"): text for n, text in headers.items()}


class Music:
    """Answers paths by ``routes``; robots.txt is empty unless it is one of them. Keeps paths and headers asked."""

    def __init__(self) -> None:
        self.routes: dict[str, Answer | Callable[[], Answer]] = {}
        self.asked: list[str] = []
        self.headers: list[dict[str, str]] = []
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                site.asked.append(self.path)
                site.headers.append(dict(self.headers))
                route = site.routes.get(self.path, Answer(b"", 404))
                answer = route() if callable(route) else route
                body, status = answer.body, answer.status
                if asked := self.headers["Range"]:
                    first, last = (int(number) for number in asked.removeprefix("bytes=").split("-"))
                    answer.headers["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
                    body, status = body[first : last + 1], 206
                self.send_response(status)
                for name, text in answer.headers.items():
                    self.send_header(name, text)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(body)

            do_HEAD = do_GET  # noqa: N815 - the server's name

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self.address = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def add_song(self, song: str, *comments: Any, **fields: Any) -> str:
        """Add the page of a song, its audio, and pages of comments (dicts, or answers); give its address."""
        url = f"{self.address}/v/{song}"
        told = {
            "title": f"Song {song}",
            "license": LICENCE,
            "url": f"{self.address}/{song}.opus",
            "ext": "opus",
        }
        self.routes[f"/v/{song}"] = Answer(told | fields)
        self.routes[f"/{song}.opus"] = Answer(CLIP.read_bytes(), Content_Type="audio/ogg")
        for number, page in enumerate(comments, start=1):
            is_answer = isinstance(page, Answer) or callable(page)
            told_here = page if is_answer else Answer({"comments": page, "more": number < len(comments)})
            self.routes[f"/v/{song}/comments/{number}"] = told_here
        return url

    def add_list(self, name: str, *urls: str | None) -> str:
        """Add a list of songs; None is one that cannot be had any more. Give its address."""
        entries = [
            url and {"_type": "url", "url": url, "ie_key": "Song", "id": url.split("/")[-1]} for url in urls
        ]
        self.routes[f"/v/{name}"] = Answer({"_type": "playlist", "title": name, "entries": entries})
        return f"{self.address}/v/{name}"

    def crawl(self, store: Store, *queries: str, source_name: str = "yt-dlp", **options: Any) -> CrawlSummary:
        """Crawl addresses of the site; signals of it send the source to rest."""
        with loopback_client(AddressGuard(allow_private=True)) as network:
            return run(
                store,
                network,
                source_name=source_name,
                queries=queries,
                watch=Rests(store, source_name).watch,
                **options,
            )


class SongIE(InfoExtractor):  # type: ignore[misc]  # yt-dlp has no types
    """Reads the songs of the site, their comments page by page."""

    IE_NAME = "song"
    _VALID_URL = r"http://127\.0\.0\.1:\d+/v/(?P<id>\w+)$"

    def _real_extract(self, url: str) -> dict[str, Any]:
        song = self._match_id(url)
        told: dict[str, Any] = self._download_json(url, song)
        if "entries" in told:
            return {"id": song, **told}
        return {"id": song, **told, "__post_extractor": self.extract_comments(url, song)}

    def _get_comments(self, url: str, song: str) -> Iterator[dict[str, Any]]:
        for number in itertools.count(1):
            page = self._download_json(f"{url}/comments/{number}", song)
            if page["comments"] is None:
                raise self.CommentsDisabled
            yield from page["comments"]
            if not page["more"]:
                return


def said(number: int, **more: Any) -> dict[str, Any]:
    """A comment in YouTube's shape."""
    told = {"id": f"c{number}", "parent": "root", "text": f"slow piano {number}", "like_count": 10 * number}
    return told | {"author": f"@a{number}", "author_id": f"UC{number}", "timestamp": 1_700_000_000} | more


def source_of(name: str, network: Client, store: Store) -> AudioSource:
    """Open a source with a client of the test's own."""
    web = Web(network, Permission(network, store.notes.remember))
    source = find(name).open(SourceContext(web=web, author_hash=store.author_hash))
    assert isinstance(source, AudioSource)
    return source
