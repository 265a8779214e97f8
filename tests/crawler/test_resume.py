"""Downloads that break off go on, in this process or the next: a real server, and the bytes it had to send."""

import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.answers import Download
from emtool.crawler.audio_files import AudioFiles
from emtool.crawler.errors import FetchError, ForbiddenError
from emtool.crawler.gate import OPEN, Gate
from emtool.crawler.robots import Headers
from emtool.crawler.sinks import note_of
from emtool.crawler.store import Store
from tests.crawler.making import loopback_client

MIB = 2**20
SOUND = np.random.default_rng(7).bytes(3 * MIB + 5000)


class Site(ThreadingHTTPServer):
    """Serves one file at /sound; what it does wrong is set from outside."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.content = SOUND
        self.entity_tag = '"v1"'
        self.knows_ranges = self.heeds_if_range = self.tells_length = True
        self.most_bytes = sys.maxsize  # of one range
        self.cuts: list[int] = []  # bytes after which the next answers break off
        self.ranges: list[str | None] = []
        self.sent_bytes = 0
        self.kill: subprocess.Popen[bytes] | None = None
        self.parts = Path()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/sound"


class _Handler(BaseHTTPRequestHandler):
    server: Site

    def do_GET(self) -> None:
        if self.path != "/sound":
            self.send_error(404)
            return
        site, asked = self.server, self.headers.get("range")
        site.ranges.append(asked)
        is_same = not site.heeds_if_range or self.headers.get("if-range") == site.entity_tag
        start = int(asked[6:-1]) if asked and site.knows_ranges and is_same else 0
        size = len(site.content)
        end = min(size, start + site.most_bytes) if start else size
        self.send_response(416 if start and start >= size else 206 if start else 200)
        self.send_header("ETag", site.entity_tag)
        self.send_header("Content-Type", "audio/x-wav")
        if start:
            wanted = f"{start}-{end - 1}" if start < size else "*"
            self.send_header("Content-Range", f"bytes {wanted}/{size}")
        if site.tells_length:
            self.send_header("Content-Length", str(max(end - start, 0)))
        else:
            self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        body = site.content[start:end]
        self._send(body[: site.cuts.pop(0)] if site.cuts else body)

    def _send(self, body: bytes) -> None:
        site = self.server
        try:
            if site.tells_length:
                self.wfile.write(body)
            elif body:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(body), body))  # and no last chunk: it breaks off
        except OSError:  # whoever asked has gone
            return
        site.sent_bytes += len(body)
        self.close_connection = True
        if site.kill is not None:
            while not any(path.suffix == ".json" for path in site.parts.glob("*.0*")):
                time.sleep(0.01)
            os.kill(site.kill.pid, signal.SIGKILL)
            site.kill.wait()
            site.kill = None

    def log_message(self, *arguments: object) -> None:
        """Keep standard error clean."""


@pytest.fixture
def server() -> Iterator[Site]:
    with Site() as running:
        thread = threading.Thread(target=running.serve_forever, args=(0.05,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


@pytest.fixture
def files(tmp_path: Path) -> AudioFiles:
    return AudioFiles(tmp_path / "audio")


def fetch(
    site: Site, files: AudioFiles, *, attempts: int = 1, gate: Gate = OPEN, **config: Any
) -> tuple[Download, bytes]:
    """Download with a client of its own, as a process does that knows nothing but the folder."""
    guard = AddressGuard(allow_private=True)
    with (
        files.part(site.url) as part,
        loopback_client(guard, attempts=attempts, **config) as network,
    ):
        download = network.download(site.url, part, gate=gate)
        return download, part.read_bytes()


def fail(site: Site, files: AudioFiles, cut_bytes: int) -> None:
    site.cuts = [cut_bytes]
    with pytest.raises(FetchError, match="1 times"):
        fetch(site, files)
    site.cuts = []


def is_whole(fetched: tuple[Download, bytes], content: bytes) -> bool:
    download, body = fetched
    assert download.size_bytes == len(body)
    assert download.sha256 == hashlib.sha256(body).hexdigest()
    return body == content


def test_each_process_goes_on_with_the_whole_mib_that_have_come(server: Site, files: AudioFiles) -> None:
    fail(server, files, MIB + 300)
    fail(server, files, MIB + 700)
    assert is_whole(fetch(server, files), SOUND)
    assert server.ranges == [None, f"bytes={MIB}-", f"bytes={2 * MIB}-"]
    assert server.sent_bytes == len(SOUND) + 300 + 700


def test_within_a_process_no_byte_is_sent_twice(server: Site, files: AudioFiles) -> None:
    server.cuts = [MIB + 300, 5]
    assert is_whole(fetch(server, files, attempts=3), SOUND)
    assert server.ranges == [None, f"bytes={MIB + 300}-", f"bytes={MIB + 305}-"]
    assert server.sent_bytes == len(SOUND)


@pytest.mark.parametrize("heeds_if_range", [True, False])
@pytest.mark.parametrize("size", [2 * MIB, len(SOUND)])
def test_a_file_that_has_changed_comes_from_the_beginning(
    server: Site, files: AudioFiles, heeds_if_range: bool, size: int
) -> None:
    fail(server, files, 2 * MIB + 300)
    server.content, server.entity_tag = SOUND[::-1][:size], '"v2"'
    server.heeds_if_range = heeds_if_range
    assert is_whole(fetch(server, files, attempts=2), server.content)
    assert server.ranges[1] == f"bytes={2 * MIB}-"
    assert len(server.ranges) == (2 if heeds_if_range else 3)


def test_a_site_without_ranges_sends_all_of_it_again(server: Site, files: AudioFiles) -> None:
    fail(server, files, 2 * MIB)
    server.knows_ranges = False
    assert is_whole(fetch(server, files), SOUND)
    assert server.sent_bytes == 2 * MIB + len(SOUND)


def test_another_length_is_another_file_whatever_its_name(server: Site, files: AudioFiles) -> None:
    fail(server, files, 2 * MIB)
    server.content = SOUND + SOUND
    assert is_whole(fetch(server, files, attempts=2), server.content)
    assert server.ranges == [None, f"bytes={2 * MIB}-", None]


def test_a_site_that_sends_less_than_was_asked_for_is_asked_again(server: Site, files: AudioFiles) -> None:
    fail(server, files, MIB)
    server.most_bytes = MIB
    assert is_whole(fetch(server, files, attempts=3), SOUND)
    assert server.ranges[1:] == [f"bytes={MIB}-", f"bytes={2 * MIB}-", f"bytes={3 * MIB}-"]


@pytest.mark.parametrize("entity_tag", ["", 'W/"v1"', '"caf\u00e9"'])
def test_what_has_no_name_that_can_be_asked_for_comes_from_the_beginning(
    server: Site, files: AudioFiles, entity_tag: str, tmp_path: Path
) -> None:
    server.entity_tag = entity_tag
    fail(server, files, 2 * MIB)
    assert list((tmp_path / "audio" / ".part").iterdir()) == []
    assert is_whole(fetch(server, files), SOUND)
    assert server.ranges == [None, None]


def test_a_file_of_which_nothing_was_missing_is_not_sent_again(server: Site, files: AudioFiles) -> None:
    server.content, server.tells_length = SOUND[: 2 * MIB], False
    fail(server, files, 2 * MIB)
    assert is_whole(fetch(server, files), server.content)
    assert server.ranges == [None, f"bytes={2 * MIB}-"]
    assert server.sent_bytes == 2 * MIB


def test_a_file_that_is_shorter_now_comes_from_the_beginning(server: Site, files: AudioFiles) -> None:
    fail(server, files, 2 * MIB)
    server.content = SOUND[:MIB]
    assert is_whole(fetch(server, files, attempts=2), server.content)
    assert server.ranges == [None, f"bytes={2 * MIB}-", None]


def test_the_limit_holds_for_all_parts_together_and_nothing_stays(
    server: Site, files: AudioFiles, tmp_path: Path
) -> None:
    fail(server, files, 2 * MIB)
    with pytest.raises(FetchError, match=f"larger than {2 * MIB} bytes"):
        fetch(server, files, max_audio_bytes=2 * MIB)
    assert list((tmp_path / "audio" / ".part").iterdir()) == []


@pytest.mark.parametrize("note", ["", "[]", '{"validator": 1}'])
def test_a_part_without_a_note_that_can_be_read_is_not_trusted(
    server: Site, files: AudioFiles, note: str
) -> None:
    fail(server, files, 2 * MIB)
    with suppress(FetchError), files.part(server.url) as part:
        note_of(part).write_text(note)
        raise FetchError("left so")
    assert is_whole(fetch(server, files), SOUND)
    assert server.ranges == [None, None]


class Closed:
    """Does not want what the site sends."""

    def before(self, url: str) -> None:
        pass

    def after(self, url: str, headers: Headers) -> None:
        raise ForbiddenError(f"{url}: not any more")


def test_what_is_not_wanted_any_more_does_not_stay(server: Site, files: AudioFiles, tmp_path: Path) -> None:
    fail(server, files, 2 * MIB)
    with pytest.raises(ForbiddenError):
        fetch(server, files, gate=Closed())
    assert list((tmp_path / "audio" / ".part").iterdir()) == []


CRAWL = """
import sys
from pathlib import Path
from emtool.crawler.collect import NetworkConfig, collect
from emtool.crawler.crawl import CrawlConfig
from emtool.crawler.progress import SILENT

network = NetworkConfig(contact="a@example.org", allow_private_addresses=True, min_interval_s=0.0)
collect("manifest", ["list.jsonl"], Path("store"), config=CrawlConfig(), network=network,
        worth_audio=lambda _ranked: True, progress=SILENT)
"""


def test_after_kill_9_the_same_crawl_asks_for_the_rest_alone(server: Site, tmp_path: Path) -> None:
    wave = np.random.default_rng(3).uniform(-0.5, 0.5, 2 * MIB).astype(np.float32)
    soundfile.write(tmp_path / "sound.wav", wave, 48_000, subtype="PCM_16")
    server.content = (tmp_path / "sound.wav").read_bytes()
    server.parts = tmp_path / "store" / "audio" / ".part"
    told = {
        "title": "Rain",
        "audio": server.url,
        "licence": "CC0-1.0",
        "comments": [{"text": "slow sad piano", "votes": 1}],
    }
    (tmp_path / "list.jsonl").write_text(json.dumps(told) + "\n")
    command = [sys.executable, "-c", CRAWL]
    server.cuts = [2 * MIB + 70_000]
    killed = subprocess.Popen(command, cwd=tmp_path)
    server.kill = killed
    assert killed.wait(timeout=120) == -signal.SIGKILL
    assert re.fullmatch(r"\w{16}\.0", min(path.name for path in server.parts.iterdir()))
    subprocess.run(command, check=True, cwd=tmp_path, timeout=120)
    assert server.ranges[0] is None
    assert server.ranges[1] in (f"bytes={MIB}-", f"bytes={2 * MIB}-")  # as much as it had time to write
    with Store.open(tmp_path / "store", create=False) as store:
        (track,) = store.tracks()
        assert store.audio_path(str(track.audio_sha256)).read_bytes() == server.content
    assert list(server.parts.iterdir()) == []
