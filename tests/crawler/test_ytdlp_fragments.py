"""Audio in fragments (HLS, DASH), made by ffmpeg and brought by the real yt-dlp through our own client."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from emtool.crawler import ytdlp_fragments
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import EmtoolError, FetchError, ForbiddenError, RefusedError, SourceError
from emtool.crawler.http import Client
from emtool.crawler.http_config import HttpConfig
from emtool.crawler.media import Sound, probe
from emtool.crawler.records import Track, TrackState
from emtool.crawler.store import Store
from tests.crawler.making import AGENT, Hands, loopback_client
from tests.crawler.ytdlp_site import CLIP, Answer, Music, said, source_of

AAC = ("-c:a", "aac", "-b:a", "48k")
HLS = ("-hls_playlist_type", "vod", "-hls_time")
MP4 = ("-hls_segment_type", "fmp4")
KINDS = {
    "fmp4": ("list.m3u8", *AAC, *HLS, "2", *MP4),
    "one large": ("list.m3u8", "-c:a", "flac", "-strict", "-2", *HLS, "9", *MP4),
    "one file": ("list.m3u8", *AAC, *HLS, "2", *MP4, "-hls_flags", "single_file"),
    "ts": ("list.m3u8", *AAC, *HLS, "2"),
    "dash": ("list.mpd", *AAC, "-seg_duration", "2"),
}


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A folder for each kind, with the list and its fragments."""
    folders = {kind: tmp_path_factory.mktemp("fragments") for kind in KINDS}
    for kind, (name, *how) in KINDS.items():
        command = ["ffmpeg", "-v", "error", "-i", str(CLIP), *how, name]
        subprocess.run(command, cwd=folders[kind], check=True)
    return folders


def put(music: Music, folder: Path) -> str:
    """Let the site serve the files of a folder, and a page that is one of their lists; give its address."""
    for path in folder.iterdir():
        music.routes[f"/f/{path.name}"] = Answer(path.read_bytes(), Content_Type="application/octet-stream")
    return f"{music.address}/f/{next(folder.glob('list.*')).name}"


def fetch(music: Music, store: Store, path: Path, url: str, **config: Any) -> Sound:
    with loopback_client(AddressGuard(allow_private=True), **config) as network:
        source = source_of("yt-dlp", network, store)
        ((track,),) = [page.tracks for page in source.discover(url)]
        assert track.audio_url == url
        music.asked.clear()
        source.fetch_audio(track, path)
    return probe(path)


@pytest.mark.parametrize(
    ("kind", "suffix", "codec"),
    [
        ("fmp4", ".m4a", "aac"),
        ("one large", ".m4a", "flac"),
        ("one file", ".m4a", "aac"),
        ("ts", ".ts", "aac"),
        ("dash", ".m4a", "aac"),
    ],
)
def test_fragments_become_one_file(
    music: Music, store: Store, made: dict[str, Path], tmp_path: Path, kind: str, suffix: str, codec: str
) -> None:
    sound = fetch(music, store, tmp_path / "part", put(music, made[kind]))
    assert (sound.suffix, sound.codec, sound.sample_rate_hz) == (suffix, codec, 48_000)
    assert sound.duration_s == pytest.approx(5.55, abs=0.3)
    pieces = [path for path in made[kind].iterdir() if path.suffix not in {".m3u8", ".mpd"}]
    in_order = sorted(pieces, key=lambda path: (not path.name.startswith("init"), path.name))
    assert (tmp_path / "part").read_bytes() == b"".join(path.read_bytes() for path in in_order)
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["part"]
    assert {headers["User-Agent"] for headers in music.headers} == {AGENT}


def test_a_crawl_takes_them_into_the_store(music: Music, store: Store, made: dict[str, Path]) -> None:
    url = put(music, made["fmp4"])
    song = music.add_song("rain", [said(1)], url=url, ext="mp4", protocol="m3u8_native")
    told = music.crawl(store, song)
    assert told.tracks[TrackState.DONE] == 1
    (one,) = store.tracks()
    assert one.audio_sha256 is not None
    assert store.audio_path(one.audio_sha256).suffix == ".m4a"
    assert not list((store.folder / "audio/.part").iterdir())
    assert [kept.allowed for kept in store.evidence(f"{music.address}/f/list0.m4s")] == [True]


@pytest.mark.parametrize(
    ("path", "answer", "error", "words"),
    [
        ("/f/list1.m4s", Answer(b"", 404), SourceError, "HTTP Error 404"),
        ("/f/list1.m4s", Answer(b"", 429), RefusedError, "list1.m4s: answers 429"),
        ("/f/list1.m4s", Answer(b"", 302, Location="http://10.0.0.1/x"), ForbiddenError, "private address"),
        ("/f/list1.m4s", Answer(b""), SourceError, "."),
        ("/robots.txt", Answer(b"User-agent: *\nDisallow: /f/list1"), ForbiddenError, "Disallow: /f/list1"),
    ],
)
def test_a_missing_fragment_leaves_nothing(  # one hole would be heard
    music: Music,
    store: Store,
    made: dict[str, Path],
    tmp_path: Path,
    path: str,
    answer: Answer,
    error: type[EmtoolError],
    words: str,
) -> None:
    url = put(music, made["fmp4"])
    music.routes[path] = answer
    guard = AddressGuard(routes={("music.test", 80): ("127.0.0.1", int(music.address.rpartition(":")[2]))})
    track = Track(source="yt-dlp", id="x", title="x", url=url.replace(music.address, "http://music.test"))
    with loopback_client(guard) as network, pytest.raises(error, match=words):
        source_of("yt-dlp", network, store).fetch_audio(track, tmp_path / "part")
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == []
    assert "/f/list2.m4s" not in music.asked


def test_all_fragments_together_may_be_too_large(
    music: Music, store: Store, made: dict[str, Path], tmp_path: Path
) -> None:
    with pytest.raises(FetchError, match="larger than 20000 bytes"):
        fetch(music, store, tmp_path / "part", put(music, made["fmp4"]), max_audio_bytes=20_000)
    assert "/f/list2.m4s" not in music.asked


def test_fragments_without_an_end_come_to_one(
    music: Music, store: Store, made: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ytdlp_fragments, "_MAX_REQUESTS", 3)
    with pytest.raises(FetchError, match=r"list1\.m4s: not asked, 3 requests are enough"):
        fetch(music, store, tmp_path / "part", put(music, made["fmp4"]))
    assert "/f/list1.m4s" not in music.asked
    assert not (tmp_path / "part").exists()


def test_a_fragment_has_a_deadline(music: Music, store: Store, made: dict[str, Path], tmp_path: Path) -> None:
    url = put(music, made["fmp4"])
    late = music.routes["/f/list1.m4s"]
    hands = Hands()

    def slowly() -> Answer:
        hands.now_s += 200.0
        assert isinstance(late, Answer)
        return late

    music.routes["/f/list1.m4s"] = slowly
    track = Track(source="yt-dlp", id="x", title="x", url=url)
    config = HttpConfig(user_agent=AGENT, min_interval_s=0.0)
    with (
        Client(config, guard=AddressGuard(allow_private=True), clock=hands.clock) as network,
        pytest.raises(FetchError, match=r"list1\.m4s: not all of it came within 120 s"),
    ):
        source_of("yt-dlp", network, store).fetch_audio(track, tmp_path / "part")
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize(
    "line", ['#EXT-X-KEY:METHOD=AES-128,URI="/key"', '#EXT-X-KEY:METHOD=SAMPLE-AES,URI="skd://x"']
)
def test_encrypted_audio_is_left_alone(  # neither opened by us, nor given to ffmpeg
    music: Music, store: Store, made: dict[str, Path], tmp_path: Path, line: str
) -> None:
    url = put(music, made["fmp4"])
    text = (made["fmp4"] / "list.m3u8").read_text().replace("#EXT-X-MAP", f"{line}\n#EXT-X-MAP")
    music.routes["/f/list.m3u8"] = Answer(text.encode(), Content_Type="application/vnd.apple.mpegurl")
    song = music.add_song("rain", url=url, ext="mp4", protocol="m3u8_native")
    track = Track(source="yt-dlp", id="song-rain", title="x", url=song)
    with (
        loopback_client(AddressGuard(allow_private=True)) as network,
        pytest.raises(SourceError, match="encrypted or live"),
    ):
        source_of("yt-dlp", network, store).fetch_audio(track, tmp_path / "part")
    assert not {"/key", "/f/init.mp4"} & set(music.asked)


@pytest.mark.parametrize("fields", [{"protocol": "rtmp"}, {"is_live": True}])
def test_other_audio_is_none(music: Music, store: Store, fields: dict[str, object], tmp_path: Path) -> None:
    url = music.add_song("rain", [said(1)], **fields)
    told = music.crawl(store, url)
    assert told.reasons == {"audio": 1}
    (one,) = store.tracks()
    with (
        loopback_client(AddressGuard(allow_private=True)) as network,
        pytest.raises(SourceError, match="which is not fetched"),
    ):
        source_of("yt-dlp", network, store).fetch_audio(one.track, tmp_path / "part")
