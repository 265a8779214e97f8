"""The real yt-dlp against pages on loopback: permission, addresses, names, and what of it is off."""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import ForbiddenError, SourceError, UsageError
from emtool.crawler.evidence_view import evidence_of
from emtool.crawler.records import TrackState
from emtool.crawler.store import Store
from tests.conftest import RunEmtool
from tests.crawler.making import AGENT, loopback_client
from tests.crawler.ytdlp_site import CLIP, Answer, Music, source_of

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


def test_audio_that_robots_txt_keeps_back_is_not_asked(site: Music, store: Store, tmp_path: Path) -> None:
    site.routes["/robots.txt"] = Answer(b"User-agent: *\nDisallow: /a.opus")
    site.crawl(store, f"{site.address}/songs/1")
    (one,) = store.tracks()
    with loopback_client(AddressGuard(allow_private=True)) as network, pytest.raises(ForbiddenError):
        source_of("yt-dlp", network, store).fetch_audio(one.track, tmp_path / "part")
    assert "/a.opus" not in site.asked


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
