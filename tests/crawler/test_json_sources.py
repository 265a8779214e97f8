"""The shipped recipes of JSON interfaces, through the real crawl, against answers of the shapes that sites give."""

from collections.abc import Iterator
from typing import Any

import pytest

from emtool.crawler.errors import SourceError, UsageError
from emtool.crawler.records import Comment, ListState, TrackState, VoteKind
from emtool.crawler.signal_files import PATHS as SIGNAL_FILES
from emtool.crawler.store import Store, StoredTrack
from tests.crawler.json_site import JsonSite, Query, part
from tests.crawler.making import write_sine

SECRET = "s3cr3t-key/0815"
BY = "http://creativecommons.org/licenses/by/3.0/"
WARM = "Warm piano over brushed drums."


@pytest.fixture(autouse=True)
def _keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTOOL_JAMENDO_CLIENT_ID", SECRET)
    monkeypatch.setenv("EMTOOL_FREESOUND_API_KEY", SECRET)


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return write_sine(tmp_path_factory.mktemp("sound") / "a.opus").read_bytes()


@pytest.fixture
def site() -> Iterator[JsonSite]:
    with JsonSite({}) as running:
        yield running


def tracks(store: Store) -> dict[str, StoredTrack]:
    return {stored.track.id: stored for stored in store.tracks()}


def comments(store: Store, key: str) -> dict[str, Comment]:
    return {comment.id: comment for comment in store.comments(key)}


def in_files(store: Store, text: str) -> bool:
    store.close()
    return any(text.encode() in path.read_bytes() for path in store.folder.rglob("*") if path.is_file())


# Jamendo


def jamendo_track(track_id: int | str, **more: Any) -> dict[str, Any]:
    return {
        "id": track_id,
        "name": f"Song {track_id}",
        "duration": "185",
        "artist_name": "Ann",
        "license_ccurl": BY,
        "audiodownload": f"http://files.jamendo.test/{track_id}",
        "audiodownload_allowed": True,
        "musicinfo": {"tags": {"genres": ["jazz"], "instruments": ["piano"], "vartags": []}},
    } | more


def jamendo_review(number: int, votes: Any, **more: Any) -> dict[str, Any]:
    told = {"id": number, "title": "Soft rain", "text": WARM, "dateadded": "2019-03-02", "user_id": "w-11"}
    return told | {"agreecnt": votes, "user_name": "Nick Name", "score": "9"} | more


def jamendo(results: list[Any]) -> dict[str, Any]:
    return {"headers": {"status": "success", "code": 0, "results_count": len(results)}, "results": results}


def open_jamendo(site: JsonSite, listed: list[Any], reviews: list[Any], sound: bytes) -> None:
    site.routes |= {
        "api.jamendo.com/v3.0/tracks/": lambda q: jamendo(part(listed, q)),
        "api.jamendo.com/v3.0/reviews/tracks/": lambda q: jamendo(part(reviews, q)),
        "files.jamendo.test/1": lambda q: sound,
    }


def test_jamendo_gives_reviews_ranked_by_agreements(site: JsonSite, store: Store, sound: bytes) -> None:
    reviews = [
        jamendo_review(1, "7"),
        jamendo_review(2, 12, title=None, text="slow piano"),
        jamendo_review(3, None),
        jamendo_review(4, "", text=" ", title=""),
        *(jamendo_review(number, "0") for number in range(5, 230)),
    ]
    open_jamendo(site, [jamendo_track(1)], reviews, sound)
    summary = site.crawl(store, "jamendo")
    assert summary.tracks[TrackState.DONE] == 1
    (one,) = tracks(store).values()
    assert (one.track.key, one.track.url) == ("jamendo:1", "http://www.jamendo.com/track/1")
    assert (one.track.licence, one.track.licence_text, one.track.duration_s) == ("CC-BY-3.0", BY, 185.0)
    assert (one.track.source_tags, one.list_state) == (("jazz", "piano"), ListState.COMPLETE)
    read = comments(store, "jamendo:1")
    assert len(read) == 228  # 229, of which one says nothing
    assert [read[one].votes for one in ("1", "2", "3", "5")] == [7, 12, None, 0]
    assert (read["1"].text, read["2"].text) == (f"Soft rain\n{WARM}", "slow piano")
    assert (read["1"].vote_kind, read["1"].written_at) == (VoteKind.AGREEMENTS, "2019-03-02")
    assert [top.comment.id for top in store.top_comments("jamendo:1")][:2] == ["2", "1"]
    assert site.count("api.jamendo.com/v3.0/reviews/") == 2


def test_a_track_that_may_not_be_downloaded_has_no_sound(site: JsonSite, store: Store, sound: bytes) -> None:
    listed = [
        jamendo_track(1, audiodownload=""),
        jamendo_track("2", audiodownload_allowed=False),
        jamendo_track(3, audiodownload_allowed="false"),
        jamendo_track(4, audiodownload_allowed=0),
    ]
    open_jamendo(site, listed, [jamendo_review(1, 1)], sound)
    summary = site.crawl(store, "jamendo")
    assert (summary.tracks[TrackState.SKIPPED], summary.reasons) == (4, {"audio": 4})
    assert site.count("files.jamendo.test/") == 0


def test_a_key_goes_to_its_site_and_stays_nowhere(
    site: JsonSite, store: Store, sound: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    echo = f"http://files.jamendo.test/1?from=app-{SECRET}"
    open_jamendo(site, [jamendo_track(1, audiodownload=echo)], [jamendo_review(1, 1)], sound)
    with caplog.at_level("DEBUG"):
        site.crawl(store, "jamendo")
    asked = [one for one in site.asked if "/v3.0/" in one]
    assert all("client_id=s3cr3t-key%2F0815" in one for one in asked)
    assert tracks(store)["1"].track.audio_url == "http://files.jamendo.test/1?from=app-***"
    assert not any("s3cr3t" in one for one in site.asked if one.startswith("files."))
    assert caplog.text
    assert "s3cr3t" not in caplog.text
    assert not in_files(store, "s3cr3t")


def test_an_error_that_jamendo_dresses_as_an_answer_is_shown_without_the_key(
    site: JsonSite, store: Store
) -> None:
    told = {"headers": {"status": "failed", "code": 5, "error_message": f"bad {SECRET} " + "x" * 500}}
    site.routes["api.jamendo.com/v3.0/tracks/"] = lambda q: told | {"results": []}
    with pytest.raises(SourceError, match=r"the site says that something is wrong: .*bad \*\*\* x") as caught:
        site.crawl(store, "jamendo")
    assert "s3cr3t" not in str(caught.value)
    assert str(caught.value).count("x") < 200


@pytest.mark.parametrize(("name", "variable"), [("jamendo", "CLIENT_ID"), ("freesound", "API_KEY")])
def test_a_missing_key_is_named_with_the_place_to_get_it(
    site: JsonSite, store: Store, monkeypatch: pytest.MonkeyPatch, name: str, variable: str
) -> None:
    variable = f"EMTOOL_{name.upper()}_{variable}"
    monkeypatch.delenv(variable)
    with pytest.raises(UsageError, match=rf"{name} needs a key: set {variable}, which you get at http.*free"):
        site.crawl(store, name)
    assert site.asked == []


# Audius


def audius_track(track_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": track_id,
        "title": f"Song {track_id}",
        "permalink": f"/ann/song-{track_id}",
        "user": {"name": "Ann", "handle": "ann"},
        "license": "CC BY 4.0",
        "duration": 200,
        "genre": "Jazz",
        "mood": None,
        "tags": "piano,calm",
        "is_downloadable": False,
        "is_stream_gated": False,
    } | more


def test_audius_gives_timed_comments_with_replies(site: JsonSite, store: Store, sound: bytes) -> None:
    reply = {"id": "cD3", "user_id": "zZ9", "message": "agree", "react_count": 0}
    found: list[dict[str, Any]] = [
        {"id": "aB1", "user_id": "xY2", "message": "that piano at 1:10", "track_timestamp_s": 70}
        | {"react_count": 12, "reply_count": 1, "created_at": "2025-02-01 10:00:00", "replies": [reply]},
        {"id": "gone", "message": "[removed]", "is_tombstone": True, "replies": [reply | {"id": "cD4"}]},
        {"id": "mute", "message": "spam", "is_muted": True, "reply_count": 0},
    ]
    listed = [audius_track("D7"), audius_track("G8", is_stream_gated=True)]
    site.routes |= {
        "api.audius.co/": lambda q: {"data": ["http://node.test/", "http://other.test"]},
        "node.test/v1/full/tracks/search": lambda q: {"data": part(listed, q)},
        "node.test/v1/full/tracks/D7": lambda q: {"data": listed[0]},
        "node.test/v1/tracks/D7/comments": lambda q: {"data": part(found, q, most=2)},
        "node.test/v1/tracks/D7/stream": lambda q: sound,
    }
    site.crawl(store, "audius")
    assert list(tracks(store)) == ["D7"]
    one = tracks(store)["D7"]
    assert (one.state, one.list_state) == (TrackState.DONE, ListState.COMPLETE)
    assert (one.track.url, one.track.licence) == ("http://audius.co/ann/song-D7", "CC-BY-4.0")
    assert one.track.audio_url == "http://node.test/v1/tracks/D7/stream"
    assert one.track.source_tags == ("Jazz", "piano,calm")
    read = comments(store, "audius:D7")
    assert set(read) == {"aB1", "cD3", "cD4"}
    assert (read["aB1"].votes, read["aB1"].offset_s) == (12, 70.0)
    assert read["aB1"].written_at == "2025-02-01T10:00:00"
    assert (read["cD3"].parent_id, read["cD4"].parent_id, read["cD3"].votes) == ("aB1", "gone", 0)
    assert site.count("api.audius.co/") == 2 + len(SIGNAL_FILES)  # robots.txt, and once for the host
    assert "sort_method=top" in next(one for one in site.asked if "/comments" in one)


def test_replies_that_are_elsewhere_make_the_list_partial(site: JsonSite, store: Store, sound: bytes) -> None:
    many = {"id": "a", "message": WARM, "react_count": 1, "reply_count": 5, "replies": None}
    found = [many, {"id": "b", "message": "nice"}]
    downloadable = audius_track("D7", is_downloadable=True)
    site.routes |= {
        "api.audius.co/": lambda q: {"data": ["http://node.test"]},
        "node.test/v1/full/tracks/search": lambda q: {"data": part([downloadable], q)},
        "node.test/v1/full/tracks/D7": lambda q: {"data": downloadable},
        "node.test/v1/tracks/D7/comments": lambda q: {"data": part(found, q, most=1)},
        "node.test/v1/tracks/D7/download": lambda q: sound,
    }
    site.crawl(store, "audius")
    assert (tracks(store)["D7"].state, tracks(store)["D7"].list_state) == (TrackState.DONE, ListState.PARTIAL)
    assert comments(store, "audius:D7")["b"].votes is None


# Internet Archive


def archive_item(files: int, **metadata: Any) -> dict[str, Any]:
    one = {"source": "original", "format": "Flac", "length": "181.2"}
    return {
        "metadata": {"identifier": "x", "title": "Lake", "creator": ["Ann", "Bo"], "subject": "ambient; lake"}
        | {"licenseurl": "http://creativecommons.org/licenses/by-sa/4.0/"}
        | metadata,
        "files": [{"name": "x_meta.xml", "source": "original"}]
        + [one | {"name": f"0{number} a#b.flac"} for number in range(files)]
        + [{"name": "01.mp3", "source": "derivative", "length": "181"}],
        "reviews": [
            {"reviewtitle": "Lush", "reviewbody": "Slow piano pads.", "reviewer": "r", "stars": "5"}
            | {"reviewer_itemname": "@r", "createdate": "2020-01-02 03:04:05"},
            {"reviewtitle": "Hm", "stars": None},
        ],
    }


def open_archive(site: JsonSite, item: Any, sound: bytes) -> None:
    def search(query: Query) -> Any:
        assert "AND (piano)" in query["q"]
        if query.get("cursor") == "c 2":
            return {"items": [{"identifier": "y", "title": 7}]}
        return {"items": [{"identifier": "x", "title": ["Lake"]}, {"title": "no id"}], "cursor": "c 2"}

    site.routes |= {
        "archive.org/services/search/v1/scrape": search,
        "archive.org/metadata/x": lambda q: item,
        "archive.org/metadata/y": lambda q: {},
        "archive.org/download/x/00%20a%23b.flac": lambda q: sound,
    }


def test_internet_archive_gives_stars_and_goes_on_by_cursor(
    site: JsonSite, store: Store, sound: bytes
) -> None:
    open_archive(site, archive_item(1), sound)
    site.crawl(store, "internet-archive")
    one = tracks(store)["x"]
    assert (one.state, one.track.artist, one.track.licence) == (TrackState.DONE, "Ann, Bo", "CC-BY-SA-4.0")
    assert (one.track.duration_s, one.track.source_tags) == (181.2, ("ambient", "lake"))
    read = sorted(store.comments("internet-archive:x"), key=lambda comment: comment.text)
    assert [(comment.text, comment.votes) for comment in read] == [
        ("Hm", None),
        ("Lush\nSlow piano pads.", 5),
    ]
    assert (read[1].vote_kind, read[1].written_at) == (VoteKind.STARS, "2020-01-02T03:04:05")
    missing = tracks(store)["y"]
    assert (missing.state, missing.track.title) == (TrackState.FAILED, "7")
    assert "no list at" in (missing.reason or "")
    assert "'{}'" in (missing.reason or "")


@pytest.mark.parametrize("item", [archive_item(2), archive_item(1, **{"access-restricted-item": "true"})])
def test_an_item_of_many_recordings_or_behind_a_door_gives_no_sound(
    site: JsonSite, store: Store, sound: bytes, item: Any
) -> None:
    open_archive(site, item, sound)
    site.crawl(store, "internet-archive")
    assert tracks(store)["x"].reason == "audio: the site offers none"


def test_an_item_without_reviews_and_licence_is_read_and_left_out(
    site: JsonSite, store: Store, sound: bytes
) -> None:
    open_archive(site, {"metadata": {"identifier": "x"}, "files": []}, sound)
    site.crawl(store, "internet-archive")
    assert tracks(store)["x"].reason == "licence: none stated"


# ccMixter


def test_ccmixter_leaves_out_what_is_empty_and_caps_its_answers(
    site: JsonSite, store: Store, sound: bytes
) -> None:
    listed = [
        {"upload_id": 5, "upload_name": "Groove", "user_name": "u", "license_url": BY, "upload_tags": "a,b"}
        | {"file_page_url": "http://ccmixter.org/files/u/5", "license_name": "Attribution (3.0)"}
        | {"files": [{"download_url": "http://ccmixter.org/c/stems.zip"}, {}]}
        | {"upload_num_scores": 3},
    ]
    listed[0]["files"] += [{"download_url": "http://ccmixter.org/c/a.mp3"}]  # type: ignore[operator]  # a list
    reviews = [
        {"topic_id": str(number), "topic_text": f"{WARM} {number}", "user_name": "Nick Name"}
        | {"topic_date": "2012-01-01 00:00:00"}
        for number in range(5)
    ]
    site.routes |= {
        "ccmixter.org/api/query": lambda q: part(reviews if q["dataview"] == "topics" else listed, q, most=2),
        "ccmixter.org/c/a.mp3": lambda q: sound,
    }
    site.crawl(store, "ccmixter")
    one = tracks(store)["5"]
    assert (one.state, one.track.licence, one.track.artist) == (TrackState.DONE, "CC-BY-3.0", "u")
    assert one.track.licence_text == f"Attribution (3.0), {BY}"
    assert one.track.source_tags == ("a", "b")
    read = comments(store, "ccmixter:5")
    assert len(read) == 5
    assert {(comment.votes, comment.vote_kind) for comment in read.values()} == {(None, VoteKind.NONE)}
    assert not in_files(store, "Nick Name")


# Freesound


def freesound_sound(sound_id: int, **more: Any) -> dict[str, Any]:
    return {
        "id": sound_id,
        "url": f"http://freesound.org/people/u/sounds/{sound_id}/",
        "name": "Pad",
        "username": "u",
        "license": BY,
        "duration": 4.5,
        "tags": ["pad"],
        "previews": {"preview-hq-ogg": f"http://cdn.freesound.test/{sound_id}.ogg"},
        "gen_ai_preference": "no-additional-preferences",
    } | more


def open_freesound(site: JsonSite, listed: list[Any], sound: bytes) -> None:
    def said(query: Query) -> Any:
        told = {"username": "u", "comment": "nice warm piano pad", "created": "2014-03-15T14:06:48"}
        if query.get("page") == "2":
            return {"count": 2, "next": None, "results": [told | {"comment": "again"}]}
        address = f"?page=2&token={SECRET}"
        return {"count": 2, "next": address, "results": [told]}

    robots = "User-agent: *\nDisallow: /apiv2/\n"
    site.routes |= {
        "freesound.org/robots.txt": lambda q: robots.encode(),
        "freesound.org/apiv2/search/text/": lambda q: {"count": 1, "next": None, "results": listed},
        "cdn.freesound.test/1.ogg": lambda q: sound,
    }
    site.routes |= {f"freesound.org/apiv2/sounds/{number}/comments/": said for number in range(1, 5)}


def test_freesound_is_asked_with_its_key_under_its_terms(site: JsonSite, store: Store, sound: bytes) -> None:
    open_freesound(site, [freesound_sound(1)], sound)
    site.crawl(store, "freesound")
    assert tracks(store)["1"].state is TrackState.DONE
    assert [comment.votes for comment in store.comments("freesound:1")] == [None, None]
    for asked, headers in zip(site.asked, site.headers, strict=True):
        expected = f"Token {SECRET}" if "/apiv2/" in asked else None
        assert headers.get("Authorization") == expected
    (why,) = {(e.rule, e.detail) for e in store.evidence() if "/apiv2/" in e.url}
    assert why == (
        "terms of the key",
        "http://freesound.org/help/tos_api/ (robots.txt: Disallow: /apiv2/)",
    )
    assert not in_files(store, "s3cr3t")


@pytest.mark.parametrize(
    "robots",
    [
        "User-agent: emtool\nDisallow: /apiv2/\n",
        "User-agent: *\nDisallow: /apiv2/\nContent-Signal: search=yes, ai-train=no\n",
    ],
)
def test_a_line_for_emtool_or_against_training_stands_above_the_terms(
    site: JsonSite, store: Store, sound: bytes, robots: str
) -> None:
    open_freesound(site, [freesound_sound(1)], sound)
    site.routes["freesound.org/robots.txt"] = lambda q: robots.encode()
    with pytest.raises(Exception, match=r"not wanted by the site \(robots\.txt"):
        site.crawl(store, "freesound")
    assert site.count("freesound.org/apiv2") == 0


def test_a_wish_about_generative_ai_is_heard_before_anything_is_asked(
    site: JsonSite, store: Store, sound: bytes
) -> None:
    wishes = ["no-gen-ai", "open-source-models", "noncommercial-open-source-models"]
    listed = [freesound_sound(number, gen_ai_preference=wish) for number, wish in enumerate(wishes, start=1)]
    open_freesound(site, [*listed, freesound_sound(4, license=None, gen_ai_preference=None)], sound)
    summary = site.crawl(store, "freesound")
    assert summary.reasons == {"licence": 4}
    assert tracks(store)["1"].reason == f"licence: {BY}, no-gen-ai"
    assert [site.count(f"freesound.org/apiv2/sounds/{n}/") for n in (1, 2, 3)] == [0, 0, 0]
    store_of_any = Store.open(store.folder / "any", create=True)
    with store_of_any:
        site.crawl(store_of_any, "freesound", licences="any", limit=1)
        assert tracks(store_of_any)["1"].reason == "audio: the site offers none"
