"""Lists through the real yt-dlp: more than one page, gaps, lists that break off."""

from typing import Any

import pytest

from emtool.crawler import ytdlp_source
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.errors import BlockedError, SourceError
from emtool.crawler.source import SourceContext
from emtool.crawler.sources.youtube import YouTube
from emtool.crawler.store import Store
from emtool.crawler.web import NoWeb
from tests.crawler.making import loopback_client
from tests.crawler.ytdlp_site import Answer, Music, SongIE, said, source_of


@pytest.fixture(autouse=True)
def pages_of_three(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ytdlp_source, "_PAGE", 3)


def listed(music: Music, store: Store, url: str, resume_from: str | None = None) -> list[list[str]]:
    with loopback_client(AddressGuard(allow_private=True)) as network:
        pages = source_of("yt-dlp", network, store).discover(url, resume_from=resume_from)
        return [[track.key.removeprefix("yt-dlp:song-") for track in page.tracks] for page in pages]


def songs(music: Music, names: str) -> list[str | None]:
    return [None if name == "-" else music.add_song(name, [said(1)]) for name in names]


@pytest.mark.parametrize(
    ("names", "pages"),
    [
        ("abcdefg", [["a", "b", "c"], ["d", "e", "f"], ["g"]]),
        ("a-cd", [["a", "c"], ["d"]]),
        ("---d", [[], ["d"]]),
        ("ab", [["a", "b"]]),
        ("abc", [["a", "b", "c"], []]),
    ],
)
def test_a_list_goes_on_over_what_cannot_be_had(
    music: Music, store: Store, names: str, pages: list[list[str]]
) -> None:
    assert listed(music, store, music.add_list("all", *songs(music, names))) == pages


def test_a_list_goes_on_where_a_run_has_ended(music: Music, store: Store) -> None:
    url = music.add_list("all", *songs(music, "abcde"))
    assert listed(music, store, url, resume_from="4") == [["d", "e"]]


def test_each_entry_is_named_as_its_own_page_names_it(music: Music, store: Store) -> None:
    told = music.crawl(store, music.add_list("all", *songs(music, "ab")))
    assert sum(told.tracks.values()) == 2
    assert [(one.track.key, one.track.title) for one in store.tracks()] == [
        ("yt-dlp:song-a", "Song a"),
        ("yt-dlp:song-b", "Song b"),
    ]


def test_an_entry_that_is_only_an_address_keeps_the_name_that_it_got(music: Music, store: Store) -> None:
    url = music.add_song("a", [said(1)])
    music.routes["/v/all"] = Answer({"_type": "playlist", "entries": [{"_type": "url", "url": url}]})
    music.crawl(store, f"{music.address}/v/all")
    (one,) = store.tracks()
    assert one.track.key.startswith("yt-dlp:generic-")
    assert (one.track.title, one.track.url, one.audio_sha256 is not None) == ("Song a", url, True)


def test_a_list_that_breaks_off_is_not_called_finished(
    music: Music, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = music.add_list("all", *songs(music, "abcdef"))
    extract = SongIE._real_extract

    def in_steps(self: SongIE, address: str) -> dict[str, Any]:
        told = extract(self, address)
        entries = told.get("entries")
        return {**told, "entries": steps(self, entries)} if entries else told

    def steps(self: SongIE, entries: list[Any]) -> Any:
        for number, entry in enumerate(entries):
            if number == 4:
                self._download_webpage(f"{music.address}/more", None)
            yield entry

    with monkeypatch.context() as patched:
        patched.setattr(SongIE, "_real_extract", in_steps)
        music.routes["/more"] = Answer({}, 500)
        with pytest.raises(SourceError, match=r"/v/all: .*HTTP Error 500"):
            music.crawl(store, url)
        assert [one.track.id for one in store.tracks()] == ["song-a", "song-b", "song-c", "song-d"]
        music.routes["/more"] = Answer({}, 429)
        with pytest.raises(BlockedError, match="/more: answers 429"):
            music.crawl(store, url)
        music.routes["/more"] = Answer({})
        music.crawl(store, url)
    assert [one.track.id for one in store.tracks()] == [f"song-{name}" for name in "abcdef"]


@pytest.mark.parametrize(
    ("query", "target", "page"),
    [
        ("slow cello", "ytsearch20:slow cello", "https://www.youtube.com/results?search_query=slow+cello"),
        ("ytsearch5:cello", "ytsearch5:cello", "https://www.youtube.com/results?search_query=cello"),
        ("https://www.youtube.com/@ann/", "https://www.youtube.com/@ann/videos", None),
        ("https://www.youtube.com/channel/UC1", "https://www.youtube.com/channel/UC1/videos", None),
        ("https://www.youtube.com/@ann/playlists", "https://www.youtube.com/@ann/playlists", None),
        ("https://youtu.be/abc", "https://youtu.be/abc", None),
    ],
)
def test_what_youtube_is_asked_for(store: Store, query: str, target: str, page: str | None) -> None:
    source = YouTube(SourceContext(web=NoWeb("youtube"), author_hash=store.author_hash))
    source.check_query(query)
    assert (source.target(query), source.page(query)) == (target, page or target)
