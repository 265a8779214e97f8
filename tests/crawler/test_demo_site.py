"""The demo site as a browser and as a crawler see it, over real sockets."""

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from emtool.crawler.demo.clips import SHIPPED, read_catalogue
from emtool.crawler.demo.pages import votes_shown
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.errors import UsageError
from emtool.crawler.quantities import count
from tests.crawler.making import catalogue_entry, write_catalogue


class Browser:
    """One kept-alive connection."""

    def __init__(self, site: DemoSite) -> None:
        self._connection = HTTPConnection(*site.place, timeout=10)

    def get(self, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        self._connection.request(method, path, headers={k.replace("_", "-"): v for k, v in headers.items()})
        response = self._connection.getresponse()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, response.read()

    def page(self, path: str) -> BeautifulSoup:
        status, headers, body = self.get(path)
        assert (status, headers["content-type"]) == (200, "text/html; charset=utf-8")
        return BeautifulSoup(body, "html.parser")

    def json(self, path: str) -> dict[str, Any]:
        status, headers, body = self.get(path)
        assert (status, headers["content-type"]) == (200, "application/json")
        told: dict[str, Any] = json.loads(body)
        return told

    def close(self) -> None:
        self._connection.close()


@pytest.fixture
def browser(site: DemoSite) -> Iterator[Browser]:
    opened = Browser(site)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A site of sixty clips without comments."""
    folder = tmp_path_factory.mktemp("many")
    entries = [catalogue_entry(number, comments=0, file="audio/one.opus") for number in range(60)]
    with DemoSite(write_catalogue(folder, entries)) as running:
        opened = Browser(running)
        yield opened
        opened.close()


def test_the_front_door_leads_to_the_tracks(browser: Browser) -> None:
    status, headers, _ = browser.get("/")
    assert (status, headers["location"]) == (302, "/tracks")


def test_the_listing_has_pages_that_lead_to_each_other(many: Browser) -> None:
    path, seen = "/tracks", []
    while path:
        page = many.page(path)
        seen.append([item["data-id"] for item in page.select("ol.tracks li.track")])
        link = page.select_one("a[rel=next]")
        path = str(link["href"]) if link else ""
    assert [len(ids) for ids in seen] == [24, 24, 12]
    assert len({track_id for ids in seen for track_id in ids}) == 60


def test_a_search_keeps_its_words_over_the_pages(many: Browser) -> None:
    page = many.page("/tracks?q=tag1")
    assert [" ".join(told.get_text().split()) for told in page.select("p.soft")] == ["30 found tag1"]
    link = page.select_one("a[rel=next]")
    assert link is not None
    assert link["href"] == "/tracks?q=tag1&page=2"
    assert len(many.page("/tracks?q=tag1&page=2").select("li.track")) == 6
    assert many.page("/tracks?q=nothing+such").select("li.track") == []


def test_a_track_page_has_player_licence_tags_and_comments(browser: Browser) -> None:
    page = browser.page("/tracks/clip-1")

    def text(css: str) -> str:
        found = page.select_one(css)
        assert found is not None, css
        return found.get_text(strip=True)

    assert text("h1") == "Piece 1 <&>"
    assert text("a[rel=license]") == "CC0-1.0"
    assert [tag.get_text() for tag in page.select(".tags li")] == ["quiet", "tag1"]
    audio, licence = page.select_one("audio"), page.select_one("a[rel=license]")
    assert audio is not None
    assert licence is not None
    assert audio["src"] == "/audio/clip-1.opus"
    assert licence["href"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    newest = page.select("li.comment")[0]
    assert newest["data-id"] == "1.24"
    votes = newest.select_one(".votes")
    assert votes is not None
    assert votes.get_text() == "2.9万"  # 1234 * 24 + 1, rounded down as sites do


def test_comments_have_pages_and_unknown_votes_stay_empty(browser: Browser) -> None:
    ids = []
    for number in (1, 2, 3):
        ids += [
            item["data-id"] for item in browser.page(f"/tracks/clip-1?page={number}").select("li.comment")
        ]
    assert ids == [f"1.{number}" for number in reversed(range(25))]
    last = browser.page("/tracks/clip-1?page=3").select("li.comment")
    assert [item.select(".votes")[0].get_text() for item in last][-3:] == ["", "1.2k", "1"]


def test_the_api_tells_the_same(browser: Browser) -> None:
    tracks = browser.json("/api/tracks?page=1")
    assert (tracks["page"], tracks["pages"], tracks["total"], tracks["next"]) == (1, 1, 4, None)
    one = tracks["tracks"][1]
    assert (one["id"], one["licence"], one["work_id"], one["comments"]) == ("clip-1", "CC0-1.0", "work-1", 25)
    assert one["audio_url"] == "/audio/clip-1.opus"
    comments = browser.json("/api/tracks/clip-1/comments?page=3")
    assert (comments["total"], comments["next"]) == (25, None)
    assert comments["comments"][-1] == {
        "id": "1.0",
        "user": "user0",
        "text": "a slow sad piano 0",
        "votes": 1,
        "time": "2024-01-01T10:00Z",
    }
    assert browser.json("/api/tracks/clip-1/comments")["next"] == 2
    assert browser.json("/api/tracks/clip-0/comments")["comments"][0]["votes"] is None


@pytest.mark.parametrize("path", ["/tracks", "/tracks/clip-1", "/api/tracks", "/api/tracks/clip-1/comments"])
def test_the_truth_is_never_shown(browser: Browser, path: str) -> None:
    body = browser.get(path)[2]
    assert b"clip-1" in body or b"1.24" in body
    assert b"SECRET" not in body
    assert b"truth" not in body


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing", "/tracks/none", "/tracks?page=2", "/tracks?page=0", "/tracks?page=x", "/tracks?page=٣"),
        *("/tracks/clip-1?page=4", "/tracks/clip-1/more", "/api/tracks?page=9", "/api/tracks/none/comments"),
        *("/api/tracks/clip-1/comments?page=9", "/audio/none.opus", "/audio/clip-1.mp3", "/audio/"),
        "/audio/..%2f..%2fcatalogue.jsonl",
    ],
)
def test_what_is_not_there_is_404(browser: Browser, path: str) -> None:
    status, headers, body = browser.get(path.replace("٣", "%D9%A3"))
    assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"<script" not in body


def test_what_a_visitor_typed_is_escaped(browser: Browser) -> None:
    assert b"<script>" not in browser.get("/tracks?q=%3Cscript%3E")[2]
    assert b"<script>" not in browser.get("/%3Cscript%3E")[2]


def test_robots_txt_names_the_private_path_that_the_pages_link_to(browser: Browser) -> None:
    status, headers, body = browser.get("/robots.txt")
    assert (status, headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert b"Disallow: /private/" in body
    assert browser.page("/tracks").select("a[href='/private/']")
    assert browser.get("/private/")[0] == 200


@pytest.fixture
def sound(catalogue: Path) -> bytes:
    return (catalogue / "audio" / "clip-0.opus").read_bytes()


def test_sound_comes_whole_with_its_type(browser: Browser, sound: bytes) -> None:
    status, headers, body = browser.get("/audio/clip-0.opus")
    assert (status, headers["content-type"], headers["accept-ranges"]) == (200, "audio/ogg", "bytes")
    assert body == sound


@pytest.mark.parametrize(
    ("asked", "first", "last"), [("0-99", 0, 99), ("100-", 100, None), ("-50", -50, None)]
)
def test_a_range_comes_as_asked(
    browser: Browser, sound: bytes, asked: str, first: int, last: int | None
) -> None:
    status, headers, body = browser.get("/audio/clip-0.opus", range=f"bytes={asked}")
    assert status == 206
    assert body == sound[first : None if last is None else last + 1]
    start = first % len(sound)
    assert headers["content-range"] == f"bytes {start}-{start + len(body) - 1}/{len(sound)}"


@pytest.mark.parametrize("asked", ["bytes=999999-", "bytes=9-3"])
def test_a_range_outside_is_416(browser: Browser, sound: bytes, asked: str) -> None:
    status, headers, body = browser.get("/audio/clip-0.opus", range=asked)
    assert (status, headers["content-range"], body) == (416, f"bytes */{len(sound)}", b"")


@pytest.mark.parametrize("asked", ["bytes=-", "bytes=0-1,5-6", "lines=1-2"])
def test_other_ranges_give_all(browser: Browser, sound: bytes, asked: str) -> None:
    assert browser.get("/audio/clip-0.opus", range=asked)[::2] == (200, sound)


def test_a_range_is_only_of_the_version_that_the_asker_has(browser: Browser, sound: bytes) -> None:
    tag = browser.get("/audio/clip-0.opus")[1]["etag"]
    assert browser.get("/audio/clip-0.opus", range="bytes=5-", if_range=tag)[::2] == (206, sound[5:])
    assert browser.get("/audio/clip-0.opus", range="bytes=5-", if_range='"old"')[::2] == (200, sound)


def test_head_tells_the_size_without_the_body(site: DemoSite, browser: Browser, sound: bytes) -> None:
    status, headers, _ = browser.get("/audio/clip-0.opus", method="HEAD")
    assert (status, headers["content-length"]) == (200, str(len(sound)))
    with socket.create_connection(site.place, timeout=10) as connection:
        connection.sendall(b"HEAD /audio/clip-0.opus HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        sent = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert sent.endswith(b"\r\n\r\n")


def test_a_clip_whose_file_is_gone_is_404(tmp_path: Path) -> None:
    folder = write_catalogue(tmp_path, [catalogue_entry(0)])
    (folder / "audio" / "clip-0.opus").unlink()
    with DemoSite(folder) as running:
        opened = Browser(running)
        assert opened.get("/audio/clip-0.opus")[0] == 404
        opened.close()


@pytest.mark.parametrize(
    ("votes", "shown"),
    [(None, ""), (0, "0"), (999, "999"), (1000, "1k"), (1299, "1.2k"), (9999, "9.9k"), (12_345, "1.2万")],
)
def test_votes_are_shown_as_sites_do_and_read_again(votes: int | None, shown: str) -> None:
    assert votes_shown(votes) == shown
    read = count(shown)
    assert read == votes or (read is not None and votes is not None and 0 <= votes - read < votes / 10)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "line 1: no clip"),
        ("[]", "line 1: no clip"),
        ('{"id": "x"}', "line 1: no clip: KeyError"),
        (json.dumps(catalogue_entry(0, file="../../etc/passwd")), "outside of the catalogue's folder"),
    ],
)
def test_a_catalogue_that_is_none_is_one_line(tmp_path: Path, line: str, told: str) -> None:
    (tmp_path / "catalogue.jsonl").write_text(line + "\n")
    with pytest.raises(UsageError, match=told):
        read_catalogue(tmp_path)
    with pytest.raises(UsageError, match="no catalogue of a demo site at"):
        read_catalogue(tmp_path / "nowhere")


def test_the_shipped_catalogue_can_be_served() -> None:
    clips = read_catalogue(SHIPPED)
    assert len(clips) >= 400
    assert all(clip.audio.is_file() and clip.comments for clip in clips)


def test_the_command_serves_until_it_is_interrupted(catalogue: Path) -> None:
    command = [sys.executable, "-m", "emtool.crawler.demo.site", "--port", "0", "--catalogue", str(catalogue)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    line = process.stderr.readline()
    assert line.startswith("the demo site is at http://demo.localhost:")
    connection = HTTPConnection("127.0.0.1", int(line.split(":")[2].partition("/")[0]), timeout=10)
    connection.request("GET", "/tracks")
    assert connection.getresponse().status == 200
    connection.close()
    process.send_signal(2)
    assert process.wait(timeout=20) == 0
    assert "GET /tracks" in process.stderr.read()
    process.stderr.close()


def test_the_command_tells_what_is_wrong(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "emtool.crawler.demo.site", "--catalogue", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 1
    assert ran.stderr.startswith("error: no catalogue of a demo site at ")
    assert ran.stderr.count("\n") == 1
