"""Comments through the real yt-dlp: whole, switched off, capped, cut by the site, cut by Ctrl-C."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import httpx
import pytest
import typer
from typer.testing import CliRunner
from yt_dlp import globals as yt_dlp_globals

from emtool.crawler import commands, ytdlp
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import BlockedError, ForbiddenError, SourceError
from emtool.crawler.evidence_view import evidence_of
from emtool.crawler.records import ListState, TrackState, VoteKind
from emtool.crawler.rests import Rests
from emtool.crawler.store import Store, StoredTrack
from tests.crawler.making import SIGNAL_FILES, client, describes, loopback_client
from tests.crawler.ytdlp_site import CLIP, LICENCE, Answer, Music, SongIE, said, source_of

TDMREP = "/.well-known/tdmrep.json"


def only(store: Store) -> StoredTrack:
    (one,) = store.tracks()
    return one


def texts(store: Store) -> list[str]:
    return [comment.text for comment in store.comments(only(store).track.key)]


def test_a_song_with_comments_becomes_a_stored_pair(music: Music, tmp_path: Path) -> None:
    url = music.add_song(
        "rain",
        [said(1), said(2, parent="c1", text="agreed")],
        [said(3, like_count=None, start_time=12.5)],
        artist="Ann",
        duration=5.5,
        tags=["calm"],
    )
    app = typer.Typer()
    commands.register(app, worth_audio=describes)
    arguments = ["crawl", "yt-dlp", url, "--contact", "a@example.org", "--min-interval", "0"]
    arguments += ["--allow-private-addresses", "--json", "--workspace", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout.splitlines()[-1])["tracks"]["done"] == 1
    asked = list(music.asked)
    again = CliRunner().invoke(app, arguments)
    assert (again.exit_code, music.asked) == (0, asked)
    with Store.open(tmp_path / "store", create=False) as store:
        kept = only(store)
        first, second, third = store.comments(kept.track.key)
        assert kept.audio_sha256 is not None
        audio = store.audio_path(kept.audio_sha256).read_bytes()
        noted = evidence_of(store, kept.track.key)
        assert [one.allowed for one in store.evidence(f"{music.address}/rain.opus")] == [True]
    track = kept.track
    assert (track.key, track.title, track.artist) == ("yt-dlp:song-rain", "Song rain", "Ann")
    assert (track.licence, track.licence_text) == ("CC-BY-4.0", LICENCE)
    assert (track.url, track.audio_url, track.source_tags) == (url, url, ("calm",))
    assert (kept.state, kept.list_state, audio) == (TrackState.DONE, ListState.COMPLETE, CLIP.read_bytes())
    assert (first.votes, first.vote_kind, first.parent_id) == (10, VoteKind.LIKES, None)
    assert first.written_at == "2023-11-14T22:13:20+00:00"
    assert first.author_hash not in {None, second.author_hash}
    assert (second.parent_id, third.votes, third.offset_s) == ("c1", None, 12.5)
    assert {(one["rule"], one["allowed"]) for one in noted} == {
        ("robots.txt", True),
        ("tdmrep.json", True),
        ("ai.txt", True),
        ("licence", True),
    }


def test_comments_that_are_switched_off(music: Music, store: Store) -> None:
    music.crawl(store, music.add_song("rain", Answer({"comments": None})))
    assert (only(store).list_state, texts(store)) == (ListState.DISABLED, [])


def test_a_page_that_breaks_down_leaves_a_partial_list(music: Music, store: Store) -> None:
    told = music.crawl(store, music.add_song("rain", [said(1)], Answer({}, 500)))
    assert (only(store).list_state, texts(store)) == (ListState.PARTIAL, ["slow piano 1"])
    assert told.tracks[TrackState.DONE] == 1


def block(how: str) -> Answer:
    if how == "challenge":
        return Answer({}, 403, cf_mitigated="challenge")
    return Answer({"code": -352}) if how == "code" else Answer({}, int(how), Retry_After="7200")


@pytest.mark.parametrize("how", ["412", "429", "code", "challenge"])
def test_a_site_that_has_had_enough_rests_and_what_came_is_kept(music: Music, store: Store, how: str) -> None:
    url = music.add_song("rain", [said(1)], block(how), [said(2)])
    with pytest.raises(BlockedError, match="yt-dlp rests until"):
        music.crawl(store, url)
    assert (only(store).list_state, texts(store)) == (ListState.PARTIAL, ["slow piano 1"])
    with pytest.raises(BlockedError):
        Rests(store, "yt-dlp").check()
    music.add_song("rain", [said(1, like_count=11)], [said(2)])  # the site answers again
    music.crawl(store, url)
    assert (only(store).list_state, texts(store)) == (ListState.COMPLETE, ["slow piano 1", "slow piano 2"])
    assert store.comments(only(store).track.key)[0].votes == 11


def test_the_pause_that_a_site_asks_for_counts(music: Music, store: Store) -> None:
    url = music.add_song("rain", [said(1)], Answer({}, 429, Retry_After=str(9 * 3600)))
    with pytest.raises(BlockedError, match=r"rests until .*answers 429"):
        music.crawl(store, url)
    with pytest.raises(BlockedError, match="rests until"):
        Rests(store, "yt-dlp").check()


def test_a_site_that_refuses_before_anything_came(music: Music, store: Store) -> None:
    url = music.add_song("rain", [said(1)])
    music.routes["/v/rain"] = Answer({}, 429)
    with pytest.raises(BlockedError, match="answers 429"):
        music.crawl(store, url)
    assert list(store.tracks()) == []


def test_one_page_of_comments_at_most_does_not_hide_that_a_site_has_had_enough(
    music: Music, store: Store
) -> None:
    first = music.add_song("rain", [said(1)], Answer({}, 429))
    second = music.add_song("snow", [said(1)])
    with pytest.raises(BlockedError):
        music.crawl(store, first, second, max_pages=1)
    assert "/v/snow" not in music.asked


def test_three_lists_cut_by_a_403_are_one_signal(music: Music, store: Store) -> None:
    urls = [music.add_song(name, [said(1)], Answer({}, 403)) for name in ("a", "b", "c", "d")]
    with pytest.raises(BlockedError, match="answers 403"):
        music.crawl(store, music.add_list("all", *urls))
    asked = [path for path in music.asked if path.endswith("/2")]
    assert asked == ["/v/a/comments/2", "/v/b/comments/2", "/v/c/comments/2"]
    assert [len(store.comments(one.track.key)) for one in store.tracks()] == [1, 1, 1, 0]


def test_a_403_that_yt_dlp_can_do_without_does_not_matter(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    extract = SongIE._real_extract

    def with_lyrics(self: SongIE, url: str) -> dict[str, Any]:
        self._download_webpage(f"{url}/lyrics", None, fatal=False)
        return extract(self, url)

    monkeypatch.setattr(SongIE, "_real_extract", with_lyrics)
    urls = [music.add_song(name, [said(1)]) for name in ("a", "b", "c", "d")]
    for name in "abcd":
        music.routes[f"/v/{name}/lyrics"] = Answer({}, 403)
    told = music.crawl(store, *urls)
    assert told.tracks[TrackState.DONE] == 4
    assert music.asked.count("/v/a/lyrics") == 2


@pytest.mark.parametrize(
    ("line", "is_enough"),
    [
        ("ERROR: [youtube] x: This content isn\u2019t available, try again later. Your account", True),
        ("ERROR: [youtube] Sign in to confirm you\u2019re not a bot. Use --cookies", True),
        ("WARNING: [youtube] x: Incomplete data received. Giving up after 1 retries", True),
        ("WARNING: [youtube] x: Incomplete data received. Retrying (1/1)...", False),
        ("ERROR: [youtube] x: Video unavailable", False),
    ],
)
def test_lines_by_which_a_site_has_had_enough(line: str, is_enough: bool) -> None:
    heard = ytdlp.Heard()
    heard.warning(line)
    assert bool(heard.enough) is is_enough


def test_a_line_by_which_a_site_has_had_enough_sends_the_source_to_rest(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def comments(self: SongIE, _url: str, _song: str) -> Iterator[dict[str, Any]]:
        yield said(1)
        self.report_warning("Incomplete data received. Giving up after 1 retries")
        yield said(2)

    monkeypatch.setattr(SongIE, "_get_comments", comments)
    with pytest.raises(BlockedError, match=r"rests until .*Incomplete data received"):
        music.crawl(store, music.add_song("rain"))
    assert (only(store).list_state, len(texts(store))) == (ListState.PARTIAL, 2)


def test_ctrl_c_keeps_the_comments_that_came(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def comments(_self: SongIE, _url: str, _song: str) -> Iterator[dict[str, Any]]:
        yield said(1)
        raise KeyboardInterrupt

    url = music.add_song("rain", [said(1)], [said(2)])
    with monkeypatch.context() as patched:
        patched.setattr(SongIE, "_get_comments", comments)
        with pytest.raises(KeyboardInterrupt):
            music.crawl(store, url)
    assert (only(store).state, only(store).list_state) == (TrackState.FOUND, ListState.PARTIAL)
    assert texts(store) == ["slow piano 1"]
    music.crawl(store, url)
    assert (only(store).state, only(store).list_state) == (TrackState.DONE, ListState.COMPLETE)
    assert texts(store) == ["slow piano 1", "slow piano 2"]


def test_comments_without_an_end_come_to_one(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ytdlp, "_MAX_REQUESTS", 4)
    url = music.add_song("rain", *([said(number)] for number in range(1, 9)))
    music.crawl(store, url)
    assert (only(store).list_state, len(texts(store))) == (ListState.PARTIAL, 3)
    assert "/v/rain/comments/4" not in music.asked


class YoutubeIE(SongIE):
    """Takes the place of yt-dlp's own, and tells what that tells, in its shape; asked for what it is asked for."""

    IE_NAME = "youtube"
    _VALID_URL = r"https://www\.youtube\.com/watch\?v=(?P<id>\w+)"
    asked: ClassVar[dict[str, Any]] = {}
    comments = 3

    def _real_extract(self, url: str) -> dict[str, Any]:
        video = self._match_id(url)
        self._download_webpage(url, video)
        return {
            "id": video,
            "title": "Piano at night",
            "uploader": "Ann",
            "license": "Creative Commons Attribution license (reuse allowed)",
            "tags": ["piano"],
            "duration": 6,
            "formats": [{"url": "https://media.test/a.opus?ip=192.0.2.7", "vcodec": "none", "ext": "opus"}],
            "webpage_url": f"https://www.youtube.com/watch?v={video}",
            "__post_extractor": self.extract_comments(url, video),
        }

    def _get_comments(self, url: str, song: str) -> Any:
        for name in ("comment_sort", "max_comments"):
            self.asked[name] = self._configuration_arg(name)
        yield from (said(number, is_favorited=False) for number in range(self.comments))


def site_of_youtube(request: httpx.Request) -> httpx.Response:
    if request.url.path == "/robots.txt":
        return httpx.Response(404)
    is_audio = request.url.host == "media.test"
    return httpx.Response(200, content=CLIP.read_bytes()) if is_audio else httpx.Response(200, text="<html>")


@pytest.mark.parametrize(("number", "state"), [(3, ListState.COMPLETE), (400, ListState.PARTIAL)])
def test_youtube_is_asked_for_the_top_with_five_numbers(
    store: Store,
    tmp_path: Path,
    music: Music,
    monkeypatch: pytest.MonkeyPatch,
    number: int,
    state: ListState,
) -> None:
    monkeypatch.setitem(yt_dlp_globals.extractors.value, "YoutubeIE", YoutubeIE)
    monkeypatch.setattr(YoutubeIE, "comments", number)
    address = "https://www.youtube.com/watch?v=abc"
    with client(site_of_youtube) as network:
        source = source_of("youtube", network, store)
        ((track,),) = [page.tracks for page in source.discover(address)]
        (page,) = source.comments(track)
        download = source.fetch_audio(page.tracks[0], tmp_path / "part")
    assert YoutubeIE.asked == {"comment_sort": ["top"], "max_comments": ["400", "300", "100", "5", "2"]}
    assert (page.list_state, len(page.comments)) == (state, number)
    assert (track.key, track.licence, track.artist) == ("youtube:abc", "CC-BY-3.0", "Ann")
    assert (download.url, (tmp_path / "part").read_bytes()) == (address, CLIP.read_bytes())


TRACK = {
    "kind": "track",
    "id": 77,
    "title": "Night",
    "license": "cc-by",
    "permalink_url": "https://soundcloud.com/ann/night",
    "user": {"id": 5, "username": "ann", "permalink_url": "https://soundcloud.com/ann"},
    "duration": 5500,
    "tag_list": "",
    "media": {
        "transcodings": [
            {
                "url": "https://api-v2.soundcloud.com/media/77/stream/progressive",
                "preset": "mp3_1_0",
                "format": {"protocol": "progressive", "mime_type": "audio/mpeg"},
            }
        ]
    },
}
REMARK = {
    "id": 1,
    "body": "slow piano",
    "timestamp": 1500,
    "created_at": "2024-01-01T10:00:00Z",
    "user": {"id": 9, "username": "bo", "permalink_url": "https://soundcloud.com/bo"},
}


def site_of_soundcloud(request: httpx.Request) -> httpx.Response:
    answers: dict[str, Any] = {
        "/": '<script src="https://a-v2.sndcdn.com/app.js"></script>',
        "/app.js": f'client_id:"{"k" * 32}"',
        "/resolve": TRACK,
        "/media/77/stream/progressive": {"url": "https://cf-media.sndcdn.com/a.mp3"},
        "/tracks/77/comments": {"collection": [REMARK], "next_href": None},
    }
    told = answers.get(request.url.path)
    if told is None:
        return httpx.Response(404)
    return httpx.Response(200, text=told) if isinstance(told, str) else httpx.Response(200, json=told)


def test_soundcloud_through_its_own_extractor(store: Store) -> None:
    with client(site_of_soundcloud) as network:
        source = source_of("soundcloud", network, store)
        ((track,),) = [page.tracks for page in source.discover("https://soundcloud.com/ann/night")]
        (page,) = source.comments(track)
    (comment,) = page.comments
    assert (comment.text, comment.votes, comment.offset_s) == ("slow piano", None, 1.5)
    assert (comment.vote_kind, page.list_state) == (VoteKind.NONE, ListState.COMPLETE)
    assert (track.key, track.audio_url) == ("soundcloud:77", "https://soundcloud.com/ann/night")
    assert (track.licence, track.licence_text) == (None, "cc-by")  # which version is not stated


@pytest.mark.parametrize(
    ("path", "wish", "line"),
    [
        ("/robots.txt", "User-agent: *\nDisallow: /ann", "Disallow: /ann"),
        (TDMREP, '[{"location": "/ann/*", "tdm-reservation": 1}]', '"location": "/ann/\\*"'),
    ],
)
def test_a_page_that_yt_dlp_reads_by_other_addresses_is_asked_for_permission(
    store: Store, path: str, wish: str, line: str
) -> None:
    asked: list[str] = []

    def site(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, text=wish) if asked[-1] == path else httpx.Response(404)

    with client(site, has_signal_files=True) as network, pytest.raises(ForbiddenError, match=line):
        list(source_of("soundcloud", network, store).discover("https://soundcloud.com/ann/night"))
    assert asked == ["/robots.txt", *(SIGNAL_FILES if path == TDMREP else ())]


def test_a_page_that_is_not_wanted_is_not_read_by_other_addresses(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def extract(self: SongIE, url: str) -> dict[str, Any]:
        for address in (url, f"{music.address}/api"):
            self._download_webpage(address, None, fatal=False)
        return {"id": "rain", "title": "Rain"}

    monkeypatch.setattr(SongIE, "_real_extract", extract)
    music.routes["/v/rain"] = Answer(b"<html>", X_Robots_Tag="noai")
    with pytest.raises(ForbiddenError, match="/v/rain: not wanted by the site"):
        music.crawl(store, f"{music.address}/v/rain")
    assert "/v/rain" in music.asked
    assert "/api" not in music.asked


def test_a_page_that_tells_of_another_track_by_now(music: Music, store: Store) -> None:
    url = music.add_song("rain", [said(1)])
    with loopback_client(AddressGuard(allow_private=True)) as network:
        source = source_of("yt-dlp", network, store)
        ((track,),) = [page.tracks for page in source.discover(url)]
        entries = [{"id": name, "title": name, "url": f"{music.address}/x.opus"} for name in ("a", "b")]
        music.routes["/v/rain"] = Answer({"_type": "playlist", "entries": entries})
        with pytest.raises(SourceError, match="does not tell of yt-dlp:song-rain any more"):
            list(source.comments(track))
