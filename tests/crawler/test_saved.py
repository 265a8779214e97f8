"""Saved answers: every service's parser, bytes to records; the answers are written for these tests."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from emtool.crawler import saved, saved_files
from emtool.crawler.errors import SourceError
from emtool.crawler.records import ListState, VoteKind
from emtool.crawler.saved import Origin
from emtool.crawler.told import Told, merge
from tests.crawler.saved_answers import ANSWERS

UNTOLD = ("SECRET-NAME", "SECRET-AVATAR", "SECRET-PLACE")


def hashed(service: str, author: str) -> str:
    return f"{service} {author}"


def origin(name: str = "R_SO_4_77", url: str | None = None) -> Origin:
    return Origin(name=name, url=url, author_hash=hashed)


def read(value: object, name: str = "R_SO_4_77", url: str | None = None) -> Told:
    told = merge(saved_files.parse(json.dumps(value).encode(), origin(name, url)))
    assert len(told) == 1
    return next(iter(told.values()))


def votes(told: Told) -> list[tuple[str, int | None]]:
    return [(one.text, one.votes) for one in told.comments]


def test_netease() -> None:
    told = read(ANSWERS["netease"])
    assert (told.key, told.total, told.list_state) == ("netease:77", 3, ListState.COMPLETE)
    assert votes(told) == [("温柔的钢琴", 112), ("慢", None), ("同意", 0)]
    first, _, reply = told.comments
    assert (first.id, first.written_at, first.author_hash) == (
        "1",
        "2015-05-05T22:26:41+00:00",
        "netease 900",
    )
    assert (first.parent_id, reply.parent_id) == (None, "1")
    assert first.vote_kind is VoteKind.LIKES
    wrapped = {"code": 200, "data": {"totalCount": 9, "comments": ANSWERS["netease"]["comments"]}}
    assert read(wrapped).list_state is ListState.PARTIAL
    by_address = read(ANSWERS["netease"], name="x", url="https://m.test/R_SO_4_5?limit=2")
    assert by_address.key == "netease:5"
    named = saved_files.parse(
        b'{"code":200,"songs":[{"id":77,"name":"Rain","ar":[{"name":"Ann"},{"name":null}],"dt":"61000"}]}',
        origin(),
    )
    track = merge([*named, told])["netease:77"].track()
    assert (track.title, track.artist, track.duration_s) == ("Rain", "Ann", 61.0)


def test_qq_music() -> None:
    told = read(ANSWERS["qq_music"], name="97773-page1")
    assert (told.key, told.total, told.list_state) == ("qq-music:97773", 21, ListState.PARTIAL)
    assert votes(told) == [("电吉他[em]e400846[/em]", 41), ("对", None), ("鼓", 7)]
    assert told.comments[1].parent_id == told.comments[0].id == "91001"
    assert told.comments[2].written_at == "2023-11-14T22:13:22+00:00"
    body = b"MusicJsonCallback(" + json.dumps(ANSWERS["qq_music"]).encode() + b");"
    by_address = saved_files.parse(body, origin("x", "https://c.test/?topid=5&pagenum=0"))
    assert by_address[0].key == "qq-music:5"
    newer = read({"req": {"data": {"L": [{"CmId": "a", "Content": "笛", "PraiseNum": "3", "PubTime": 5}]}}})
    assert votes(newer) == [("笛", 3)]


def test_bilibili() -> None:
    told = read(ANSWERS["bilibili"])
    assert (told.key, told.list_state) == ("bilibili:2", ListState.COMPLETE)
    assert votes(told) == [("后摇的墙", 31), ("是的", None), ("吉他", 4)]
    assert [one.parent_id for one in told.comments] == [None, "1", None]
    assert told.comments[0].author_hash == "bilibili 7"
    closed = read({"code": 12002, "message": "closed", "data": None})
    assert closed.list_state is ListState.DISABLED
    video = read({"code": 0, "data": {"aid": 2, "title": "Live", "owner": {"name": "B"}, "duration": 60}})
    assert (video.title, video.artist, video.duration_s) == ("Live", "B", 60.0)


def test_reddit() -> None:
    told = read(ANSWERS["reddit"])
    assert (told.key, told.title, told.list_state) == ("reddit:p", "A song", ListState.PARTIAL)
    assert votes(told) == [("dreamy wall", -2), ("yes", None)]
    assert [one.parent_id for one in told.comments] == [None, "c"]
    assert [one.author_hash for one in told.comments] == ["reddit t2_a", None]
    assert told.comments[0].vote_kind is VoteKind.SCORE
    assert told.url == "https://www.reddit.com/r/x/comments/p/"


def test_youtube_api() -> None:
    told = read(ANSWERS["youtube"])
    assert (told.key, told.list_state) == ("youtube:abc", ListState.PARTIAL)
    assert votes(told) == [("that sax & solo", 1200), ("yes", None)]
    assert [one.parent_id for one in told.comments] == [None, "U1"]
    assert told.comments[0].author_hash == "youtube UC1"


def test_youtube_through_yt_dlp() -> None:
    told = read(ANSWERS["yt_dlp"])
    assert (told.key, told.list_state) == ("youtube:abc", ListState.COMPLETE)
    assert votes(told) == [("that sax solo", 1200), ("yes", None)]
    assert [one.parent_id for one in told.comments] == [None, "U1"]
    assert told.audio_url is None
    cut = ANSWERS["yt_dlp"] | {"comment_count": None}
    assert read(cut).list_state is ListState.PARTIAL
    cloud = {"id": "5", "extractor_key": "Soundcloud", "title": "T", "comments": [{"id": "1", "text": "x"}]}
    assert [one.vote_kind for one in read(cloud).comments] == [VoteKind.NONE]


def test_internet_archive() -> None:
    told = read(ANSWERS["internet_archive"])
    track = told.track()
    assert (track.key, track.licence, track.duration_s) == ("internet-archive:x", "CC-BY-SA-4.0", 181.2)
    assert track.audio_url == "https://archive.org/download/x/disc%201/01.flac"
    (review,) = told.comments
    assert (review.text, review.votes, review.vote_kind) == ("Lush\nSlow pads", 5, VoteKind.STARS)
    assert review.written_at == "2020-01-02T03:04:05"
    two = json.loads(json.dumps(ANSWERS["internet_archive"]))
    two["files"].append({"name": "02.flac", "source": "original"})
    assert read(two).audio_url is None


def test_jamendo() -> None:
    told = read(ANSWERS["jamendo"])
    assert (told.key, told.track().licence) == ("jamendo:1000001", "CC-BY-3.0")
    assert votes(told) == [("Soft rain\nWarm piano.", 7), ("cold", None)]
    assert told.comments[0].vote_kind is VoteKind.AGREEMENTS
    assert told.audio_url is None
    free = json.loads(json.dumps(ANSWERS["jamendo"]))
    for item in free["results"]:
        item |= {"track_audiodownload": "https://j.test/d", "track_audiodownload_allowed": True}
    assert read(free).audio_url == "https://j.test/d"
    free["results"][0]["track_audiodownload"] = free["results"][1]["track_audiodownload"] = "file:///etc/x"
    assert read(free).audio_url is None


def test_soundcloud() -> None:
    told = read(ANSWERS["soundcloud"])
    assert (told.key, told.list_state) == ("soundcloud:5", ListState.PARTIAL)
    assert [(one.text, one.votes, one.offset_s) for one in told.comments] == [
        ("drop", None, 61.5),
        ("wow", None, None),
    ]
    assert told.comments[0].vote_kind is VoteKind.NONE
    assert told.comments[0].author_hash == "soundcloud 3"


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_no_name_avatar_or_place_of_a_writer_is_kept(name: str) -> None:
    body = json.dumps(ANSWERS[name])
    assert any(secret in body for secret in UNTOLD)
    assert not [secret for secret in UNTOLD if secret in repr(read(ANSWERS[name]))]


@pytest.mark.parametrize(
    "body", [b"", b"<html>no</html>", b"[1]", b"{}", b'{"code":0}', b"\xff\xfe", b"[" * 99999]
)
def test_an_answer_that_is_not_known_is_refused_with_its_beginning(body: bytes) -> None:
    with pytest.raises(SourceError) as raised:
        saved_files.parse(body, origin())
    shown = body[:200].decode("utf-8", "replace")
    assert repr(shown) in str(raised.value)
    assert len(str(raised.value)) < 600


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ({"code": -460, "msg": "Cheating"}, "NetEase refused this request"),
        ({"code": "-352", "message": "x"}, "Bilibili refused this request"),
    ],
)
def test_a_refusal_is_told_as_one(value: object, told: str) -> None:
    with pytest.raises(SourceError, match=told):
        saved_files.parse(json.dumps(value).encode(), origin())


@pytest.mark.parametrize("name", ["netease", "qq_music"])
def test_an_answer_that_names_no_track_is_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(SourceError, match=r"of which song\? Name the file"):
        saved_files.parse(json.dumps(ANSWERS[name]).encode(), origin("answer"))


def har(*answers: tuple[str, bytes, bool]) -> bytes:
    entries: list[Any] = [{}, None]
    for url, body, packed in answers:
        content = (
            {"text": base64.b64encode(body).decode(), "encoding": "base64"}
            if packed
            else {"text": body.decode()}
        )
        entries.append({"request": {"url": url}, "response": {"content": content}})
    return json.dumps({"log": {"entries": entries}}).encode()


def test_an_archive_of_requests_gives_what_is_known_in_it() -> None:
    song, other = json.dumps(ANSWERS["netease"]).encode(), json.dumps(ANSWERS["yt_dlp"]).encode()
    body = har(
        ("https://m.test/R_SO_4_5", song, True),
        ("https://m.test/logo", b"\x89PNG", True),
        ("https://m.test/x", b'{"code":-460}', False),
        ("https://y.test/", other, False),
    )
    assert sorted(merge(saved_files.parse(body, origin("session")))) == ["netease:5", "youtube:abc"]
    with pytest.raises(SourceError, match=r"without one answer that is known: '\{"):
        saved_files.parse(har(("https://m.test/", b"{}", False)), origin())
    with pytest.raises(SourceError, match="refused this request"):
        saved_files.parse(har(("https://m.test/", b'{"code":-460}', False)), origin())


def test_a_comment_that_comes_twice_keeps_its_most_votes() -> None:
    older, newer = ANSWERS["netease"], json.loads(json.dumps(ANSWERS["netease"]))
    newer["comments"][0]["likedCount"] = 500
    for pages in ([older, newer], [newer, older]):
        told = merge(one for page in pages for one in saved_files.parse(json.dumps(page).encode(), origin()))
        assert [one.votes for one in told["netease:77"].comments] == [112, 500, 0]


_KEYS = sorted(
    {
        key
        for answer in ANSWERS.values()
        for part in json.dumps(answer).split('"')
        if (key := part).replace("_", "").isalnum()
    }
)
_LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([10**400, -1, 1e308, float("inf"), float("nan"), "\ud800", "0", "1.2万", "9" * 50])
    | st.floats()
    | st.text(max_size=8)
)
_JSON = st.recursive(
    _LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS), inner, max_size=6),
    max_leaves=12,
)


@st.composite
def spoiled(draw: st.DrawFn) -> object:
    """An answer with one or several of its values put out of place."""
    answer = json.loads(json.dumps(ANSWERS[draw(st.sampled_from(sorted(ANSWERS)))]))
    for _ in range(draw(st.integers(1, 4))):
        place = answer
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and draw(st.booleans()):
                place = place[key]
                continue
            place[key] = draw(_JSON)
            break
    return answer


def check(told: list[Told]) -> None:
    for one in merge(told).values():
        track = one.track()
        assert track.to_json()
        assert track.audio_url is None or track.audio_url.startswith(("http://", "https://"))
        for comment in one.comments:
            assert comment.text
            assert comment.votes is None or abs(comment.votes) < 2**63
            json.dumps(comment.to_json(), ensure_ascii=False).encode()


@settings(max_examples=400)
@given(spoiled() | _JSON)
def test_whatever_an_answer_holds_it_is_read_or_refused(value: object) -> None:
    try:
        told = saved_files.parse(json.dumps(value).encode(), origin())
    except SourceError:
        return
    check(told)


@settings(max_examples=400)
@given(spoiled() | _JSON)
def test_no_service_falls_over_an_answer_that_is_not_its_own(value: object) -> None:
    for service in saved.services():
        service.knows(value)
        try:
            told = service.read(value, origin())
        except SourceError:
            continue
        check(told)


@given(st.binary(max_size=200))
def test_whatever_a_file_holds_it_is_read_or_refused(body: bytes) -> None:
    with pytest.raises(SourceError):
        saved_files.parse(body, origin())


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"gone\.json: No such file"):
        saved_files.read(tmp_path / "gone.json", hashed)


def test_audio_that_may_not_be_downloaded_has_no_address() -> None:
    held = json.loads(json.dumps(ANSWERS["jamendo"]))
    for item in held["results"]:
        item |= {"track_audiodownload": "https://j.test/d", "track_audiodownload_allowed": False}
    assert read(held).audio_url is None


def test_numbers_and_letters_that_nothing_can_hold_are_no_error() -> None:
    info = ANSWERS["yt_dlp"] | {"duration": 10**400, "title": "a\ud800b", "comment_count": 10**400}
    told = read(info)
    assert (told.duration_s, told.title, told.total) == (None, "a?b", None)
