"""The real yt-dlp against pages on loopback: permission, addresses, names, and what of it is off."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from yt_dlp.extractor.openload import PhantomJSwrapper
from yt_dlp.networking import Request
from yt_dlp.networking.exceptions import RequestError

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import FetchError, ForbiddenError, SourceError, UsageError
from emtool.crawler.evidence_view import evidence_of
from emtool.crawler.permission import Permission
from emtool.crawler.records import TrackState
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from emtool.crawler.ytdlp import Downloader, Heard, options
from emtool.crawler.ytdlp_network import Network
from tests.conftest import RunEmtool
from tests.crawler.making import AGENT, client, loopback_client
from tests.crawler.ytdlp_site import CLIP, Answer, Music, SongIE, source_of

PAGE = b'<html><head><title>Slow rain</title></head><body><audio src="/a.opus" type="audio/ogg"></audio></body></html>'


@pytest.fixture
def site(music: Music) -> Music:
    music.routes |= {
        "/songs/1": Answer(PAGE),
        "/a.opus": Answer(CLIP.read_bytes(), Content_Type="audio/ogg"),
    }
    return music


def test_a_page_is_read_and_its_audio_fetched(site: Music, store: Store, tmp_path: Path) -> None:
    url = f"{site.address}/songs/1"
    told = site.crawl(store, url)
    assert (told.tracks[TrackState.SKIPPED], told.reasons) == (1, {"licence": 1})
    assert "/a.opus" not in site.asked
    (one,) = store.tracks()
    with loopback_client(AddressGuard(allow_private=True)) as network:
        download = source_of("yt-dlp", network, store).fetch_audio(one.track, tmp_path / "part")
    assert download.sha256 == hashlib.sha256(CLIP.read_bytes()).hexdigest()
    assert (one.track.title, one.track.url, download.url) == ("Slow rain (1)", url, url)
    assert {headers["User-Agent"] for headers in site.headers} == {AGENT}
    assert not any({"Cookie", "X-Forwarded-For"} & headers.keys() for headers in site.headers)


def test_a_page_that_robots_txt_keeps_back_is_not_asked(site: Music, store: Store) -> None:
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /songs/")
    with pytest.raises(ForbiddenError, match="Disallow"):
        site.crawl(store, f"{site.address}/songs/1")
    assert site.asked == ["/robots.txt"]
    store.flush()
    (kept,) = evidence_of(store, f"{site.address}/songs/1")
    assert (kept["allowed"], kept["rule"], kept["detail"]) == (False, "robots.txt", "Disallow: /songs/")


@pytest.mark.parametrize(
    ("robots", "page"),
    [
        (b"User-agent: *\nDisallow: /songs/", Answer(PAGE)),
        (b"", Answer(PAGE, X_Robots_Tag="noai")),
        (b"", Answer(PAGE.replace(b"<title>", b'<meta name="robots" content="noai"><title>'))),
    ],
)
def test_where_a_page_leads_to_is_asked_for_permission_as_well(
    site: Music, store: Store, robots: bytes, page: Answer
) -> None:
    site.routes |= {
        "/short": Answer(b"", 302, Location="/songs/1"),
        "/songs/1": page,
        "/robots.txt": Answer(robots),
    }
    with pytest.raises(ForbiddenError, match=r"/songs/1: not wanted by the site"):
        site.crawl(store, f"{site.address}/short")
    store.flush()
    (refusal,) = [one for one in store.evidence(f"{site.address}/songs/1") if not one.allowed]
    assert refusal.rule in {"robots.txt", "x-robots-tag", "meta robots"}


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
    site: Music, store: Store, path: str, said: bytes, line: str, asked: list[str]
) -> None:
    site.routes[path] = Answer(said)
    with pytest.raises(ForbiddenError, match=line):
        site.crawl(store, f"{site.address}/songs/1")
    assert [one for one in site.asked if one not in {"/robots.txt", *SIGNAL_FILES}] == asked
    assert list(store.tracks()) == []


def test_a_header_of_the_page_overrules_tdmrep_json(site: Music, store: Store) -> None:
    site.routes |= {
        "/.well-known/tdmrep.json": Answer([{"location": "/songs/", "tdm-reservation": 1}]),
        "/songs/1": Answer(PAGE, tdm_reservation="0"),
    }
    site.crawl(store, f"{site.address}/songs/1")
    assert [one.track.title for one in store.tracks()] == ["Slow rain (1)"]


@pytest.mark.parametrize(
    ("path", "said", "line"),
    [
        ("/robots.txt", b"User-agent: *\nDisallow: /a.opus", "'Disallow: /a.opus'"),
        ("/ai.txt", b"User-Agent: *\nDisallow: *.opus\n", r"'Disallow: \*\.opus'"),
    ],
)
def test_audio_that_the_site_keeps_back_is_not_asked(
    site: Music, store: Store, tmp_path: Path, path: str, said: bytes, line: str
) -> None:
    site.routes[path] = Answer(said)
    site.crawl(store, f"{site.address}/songs/1")
    (one,) = store.tracks()
    with (
        loopback_client(AddressGuard(allow_private=True)) as network,
        pytest.raises(ForbiddenError, match=rf"a\.opus: not wanted .*{line}"),
    ):
        source_of("yt-dlp", network, store).fetch_audio(one.track, tmp_path / "part")
    assert "/a.opus" not in site.asked
    assert list(tmp_path.glob("part*")) == []


def test_a_private_address_is_refused(store: Store) -> None:
    with loopback_client(AddressGuard()) as network, pytest.raises(ForbiddenError, match="private"):
        list(source_of("yt-dlp", network, store).discover("http://127.0.0.1:1/songs/1"))


@pytest.mark.parametrize("place", ["page", "audio"])
def test_a_private_address_behind_an_open_one_is_refused(
    site: Music, store: Store, tmp_path: Path, place: str
) -> None:
    inside = Music()
    port = int(site.address.rpartition(":")[2])
    guard = AddressGuard(routes={("music.test", 80): ("127.0.0.1", port)})
    target = f"{inside.address}/songs/1"
    with inside, loopback_client(guard) as network:
        source = source_of("yt-dlp", network, store)
        if place == "page":
            site.routes["/songs/1"] = Answer(b"", 302, Location=target)
            with pytest.raises(ForbiddenError, match="private address"):
                list(source.discover("http://music.test/songs/1"))
        else:
            site.routes["/songs/1"] = Answer(PAGE.replace(b"/a.opus", f"{target}.opus".encode()))
            ((track,),) = [page.tracks for page in source.discover("http://music.test/songs/1")]
            with pytest.raises(ForbiddenError, match="private address"):
                source.fetch_audio(track, tmp_path / "part")
        assert inside.asked == []


def test_a_page_without_anything_is_told_in_yt_dlps_words(site: Music, store: Store) -> None:
    site.routes["/empty"] = Answer(b"<html><title>x</title></html>")
    with pytest.raises(SourceError, match=rf"{site.address}/empty: .*Unsupported URL") as told:
        site.crawl(store, f"{site.address}/empty")
    assert "report this issue" not in str(told.value)
    with pytest.raises(SourceError, match="HTTP Error 404"):
        site.crawl(store, f"{site.address}/nowhere")


@pytest.mark.parametrize(
    ("source", "query"),
    [
        ("yt-dlp", "piano"),
        ("yt-dlp", "http://[x/"),
        ("yt-dlp", None),
        ("youtube", "https://example.org/x"),
        ("youtube", "https://notyoutube.com/x"),
        ("soundcloud", "piano"),
    ],
)
def test_queries_that_a_source_does_not_read(store: Store, source: str, query: str | None) -> None:
    with loopback_client(AddressGuard()) as network, pytest.raises(UsageError):
        source_of(source, network, store).check_query(query)


def test_configuration_and_plug_ins_of_a_person_are_off(
    run_emtool: RunEmtool, site: Music, tmp_path: Path
) -> None:
    home, touched, loaded = tmp_path / "home", tmp_path / "touched", tmp_path / "loaded"
    for folder in (home / ".config/yt-dlp", home / ".yt-dlp", home / "etc/yt-dlp"):
        folder.mkdir(parents=True)
        (folder / "config").write_text(f"--exec 'touch {touched}'\n")
    plug_ins = home / "plugged/yt_dlp_plugins/extractor"
    plug_ins.mkdir(parents=True)
    (plug_ins / "mine.py").write_text(f"open({str(loaded)!r}, 'w').close()\n")
    environment = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "etc"),
        "PYTHONPATH": os.pathsep.join([str(home / "plugged"), os.environ.get("PYTHONPATH", "")]),
    }
    # the same files do something to yt-dlp's own command line
    url = f"{site.address}/songs/1"
    theirs = [sys.executable, "-m", "yt_dlp", "--output", str(tmp_path / "a.opus"), url]
    ran = subprocess.run(theirs, env=os.environ | environment, check=False, capture_output=True, text=True)
    assert ran.returncode == 0, ran.stderr
    assert touched.exists()
    assert loaded.exists()
    touched.unlink()
    loaded.unlink()
    told = run_emtool(
        *("crawl", "yt-dlp", url, "--contact", "a@example.org", "--min-interval", "0"),
        "--allow-private-addresses",
        **environment,
    )
    assert told.returncode == 0, told.stderr
    assert not touched.exists()
    assert not loaded.exists()


def test_a_browser_that_yt_dlp_would_drive_is_not_run(
    music: Music, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser, ran = tmp_path / "phantomjs", tmp_path / "ran"
    browser.write_text(f"#!/bin/sh\ntouch {ran}\n")
    browser.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    subprocess.run(["phantomjs"], check=True)
    assert ran.exists()
    ran.unlink()

    def drive(self: SongIE, url: str) -> dict[str, Any]:
        PhantomJSwrapper(self).get(url, html="<html>", video_id="x")
        return {"id": "x", "title": "x"}

    monkeypatch.setattr(SongIE, "_real_extract", drive)
    with pytest.raises(SourceError, match="PhantomJS not found"):
        music.crawl(store, music.add_song("rain"))
    assert not ran.exists()


def network_of(handler: Callable[[httpx.Request], httpx.Response]) -> Network:
    """A network whose other side is a function; every address on it may be asked."""

    def reply(request: httpx.Request) -> httpx.Response:
        return httpx.Response(404) if request.url.path == "/robots.txt" else handler(request)

    fetched = client(reply)
    return Network(Web(fetched, Permission(fetched, lambda _evidence: None)), "http://site.test/page")


@pytest.mark.parametrize(
    ("status", "method", "then"),
    [(302, "POST", ("GET", b"")), (307, "POST", ("POST", b"q")), (301, "HEAD", ("HEAD", b""))],
)
def test_a_redirect_takes_no_authorisation_along(status: int, method: str, then: tuple[str, bytes]) -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        moved = {"Location": "http://other.test/x"}
        return (
            httpx.Response(200) if request.url.host == "other.test" else httpx.Response(status, headers=moved)
        )

    body = b"q" if method == "POST" else None
    reply = network_of(handler).send(method, "http://site.test/api", {"Authorization": "secret"}, body)
    assert (reply.url, (seen[1].method, seen[1].content)) == ("http://other.test/x", then)
    assert [request.headers.get("Authorization") for request in seen] == ["secret", None]


def test_redirects_without_an_end() -> None:
    network = network_of(lambda _request: httpx.Response(302, headers={"Location": "/again"}))
    with pytest.raises(FetchError, match="more than 5 redirects"):
        network.send("GET", "http://site.test/api", {}, None)


def test_what_yt_dlp_sends_in_pieces_goes_out_whole_and_without_its_disguise() -> None:
    seen: list[httpx.Request] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, text="fine")

    disguise = {"Cookie": "a=b", "X-Forwarded-For": "1.2.3.4", "User-Agent": "Mozilla/5.0", "X-Own": "1"}
    with Downloader(options("emtool", Heard()), network_of(handler)) as downloader:
        request = Request("http://site.test/api", data=iter([b"a", b"b"]), headers=disguise)
        assert downloader.urlopen(request).read() == b"fine"
        with pytest.raises(RequestError):
            downloader.urlopen("file:///etc/passwd")
    assert (seen[0].content, seen[0].headers["X-Own"]) == (b"ab", "1")
    assert seen[0].headers["User-Agent"] == AGENT
    assert not {"cookie", "x-forwarded-for"} & set(seen[0].headers)
