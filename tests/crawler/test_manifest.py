"""Manifests, through their parser and through the command line, with real sound files."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner, Result

from emtool.crawler import commands
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.errors import UsageError
from emtool.crawler.files import sha256_file
from emtool.crawler.manifest_file import parse_csv, parse_jsonl
from emtool.crawler.records import TrackState, VoteKind
from emtool.crawler.store import Store
from emtool.crawler.told import Told
from tests.crawler.making import describes, write_sine

JSONL, CSV = Path("/lists/songs.jsonl"), Path("/lists/songs.csv")


def hashed(author: str) -> str:
    return f"hash of {author}"


def jsonl(*lines: Any) -> list[Told]:
    return parse_jsonl("\n".join(json.dumps(line) for line in lines), JSONL, hashed)


def song(number: int = 1, **more: Any) -> dict[str, Any]:
    comments = [{"text": "a slow sad piano", "votes": 5}, {"text": "nice", "votes": 2}]
    told = {"id": f"s{number}", "title": f"Song {number}", "audio": f"sound/{number}.opus"}
    return told | {"licence": "CC-BY-4.0", "comments": comments} | more


def emtool(workspace: Path, *arguments: str) -> Result:
    app = typer.Typer()
    commands.register(app, worth_audio=describes)
    return CliRunner().invoke(app, [*arguments, "--json", "--workspace", str(workspace)])


def summary(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def write(path: Path, *songs: dict[str, Any]) -> Path:
    path.write_text("\n".join(json.dumps(one) for one in songs) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def sound(tmp_path: Path) -> Path:
    (tmp_path / "sound").mkdir()
    for number in (1, 2, 3):
        write_sine(tmp_path / "sound" / f"{number}.opus", hertz=200.0 * number)
    return tmp_path


def test_a_line_gives_all_fields() -> None:
    (told,) = jsonl(
        {
            "id": 7,
            "title": "Rain",
            "audio": "a b.flac",
            "url": "https://site.test/rain",
            "artist": "Ann",
            "licence": "CC BY 4.0",
            "duration_s": "3:25",
            "work_id": "w",
            "tags": ["quiet"],
            "vote_kind": "score",
            "comments": [
                {
                    "text": "soft",
                    "votes": "1.2k",
                    "id": "c",
                    "author": "bob",
                    "parent_id": "b",
                    "offset_s": 70,
                },
                {"text": "loud", "written_at": "2024-01-02"},
            ],
        }
    )
    track = told.track()
    assert (track.key, track.title, track.artist) == ("manifest:songs/7", "Rain", "Ann")
    assert (track.licence, track.licence_text) == ("CC-BY-4.0", "CC BY 4.0")
    assert (track.audio_url, track.duration_s) == ("file:///lists/a%20b.flac", 205.0)
    first, second = told.comments
    assert (first.votes, first.vote_kind, first.author_hash) == (1200, VoteKind.SCORE, "hash of bob")
    assert (first.parent_id, first.offset_s) == ("b", 70.0)
    assert second.votes is None
    assert second.author_hash is None


def test_rows_of_one_id_are_one_track() -> None:
    text = (
        "id,title,audio,tags,comment,votes,author\n"
        'a,Rain,https://site.test/a.mp3,"quiet; slow","soft, warm",12,bob\n'
        "a,Rain,https://site.test/a.mp3,quiet; slow,loud,,\n"
        "b,Snow,,,,,\n"
    )
    rain, snow = parse_csv(text, CSV, hashed)
    assert [(one.text, one.votes) for one in rain.comments] == [("soft, warm", 12), ("loud", None)]
    assert (rain.source_tags, rain.audio_url) == (("quiet", "slow"), "https://site.test/a.mp3")
    assert (snow.comments, snow.audio_url) == ((), None)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{", "songs.jsonl, line 2: '{': a line of a manifest is one JSON object"),
        ("[" * 100_000, "line 2: '[[["),
        (json.dumps(song(titel="x")), "'titel': no such field (there are: id, title, audio"),
        (json.dumps(song(title=" ")), "' ': every track needs a title"),
        (json.dumps(song(artist=["x"])), "['x']: artist is a text"),
        (json.dumps(song(audio="ftp://x/y")), "'ftp://x/y': audio is a path, or an address"),
        (json.dumps(song(duration_s="long")), "'long': duration_s is seconds"),
        (json.dumps(song(vote_kind="thumbs")), "'thumbs': vote_kind is one of likes, score"),
        (json.dumps(song(tags=[1])), "[1]: tags is a list"),
        (json.dumps(song(comments="x")), "'x': comments is a list of objects"),
        (json.dumps(song(comments=[{"txt": "x"}])), "'txt': no such field (there are: id, text, votes"),
        (json.dumps(song(comments=[{"votes": 1}])), "None: a comment needs a text"),
        (
            json.dumps(song(comments=[{"text": "x", "votes": "many"}])),
            "'many': votes is a whole number such as 12, -3 or 1.2k; leave it out where it is not known",
        ),
        (
            json.dumps(song(comments=[{"id": 1, "text": "x"}, {"id": 1, "text": "y"}])),
            "'1': two comments of this track have this id",
        ),
        (json.dumps(song(9)), "'s9': this id or sound was on a line before"),
    ],
)
def test_a_wrong_line_is_told_with_its_place_value_and_rule(line: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_jsonl(f"{json.dumps(song(9))}\n{line}\n", JSONL, hashed)
    assert told in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("id,name\n", "songs.csv, line 1: 'name': no such field"),
        ("id,title\n1,a,b\n", "line 2: ['b']: more cells than columns"),
        ('id,title\n1,"a"b"\n', "not CSV"),
        ("id,title\n1,a\n1,b\n", "line 3: 'b': this track has other fields on a row before"),
        ("title,comment,votes\na,b,c\n", "line 2: 'c': votes is a whole number"),
    ],
)
def test_a_wrong_row_is_told_with_its_place_value_and_rule(text: str, told: str) -> None:
    with pytest.raises(UsageError) as raised:
        parse_csv(text, CSV, hashed)
    assert told in str(raised.value)


_NAMES = ["id", "title", "audio", "votes", "comments", "text", "tags", "duration_s", "vote_kind", "comment"]
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_NAMES), inner, max_size=4),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(_NAMES), _VALUES) | _VALUES, st.text())
def test_whatever_a_manifest_holds_it_is_read_or_refused_in_one_line(value: object, text: str) -> None:
    cells = io.StringIO()
    if isinstance(value, dict):
        writer = csv.writer(cells)
        writer.writerows([list(value), [str(cell) for cell in value.values()]])
    for parse, content, path in (
        (parse_jsonl, json.dumps(value), JSONL),
        (parse_jsonl, text, JSONL),
        (parse_csv, cells.getvalue(), CSV),
        (parse_csv, text, CSV),
    ):
        refusal = ""
        try:
            assert all(isinstance(one, Told) for one in parse(content, path, hashed))
        except UsageError as error:
            refusal = str(error)
        assert "\n" not in refusal


def test_local_sound_goes_through_the_same_gates(sound: Path) -> None:
    (sound / "sound" / "4.opus").write_text("not a sound")
    listed = write(
        sound / "list.jsonl",
        song(1),
        song(2, licence=None),
        song(3, comments=[{"text": "nice", "votes": 1}]),
        song(4),
        song(5),
        song(6, audio=None),
    )
    told = summary(emtool(sound, "crawl", "manifest", str(listed)))
    assert told["tracks"] == {"found": 0, "voted": 1, "done": 1, "skipped": 2, "failed": 2}
    assert told["reasons"] == {"answer": 2, "licence": 1, "relevance": 1, "text only": 1}
    assert told["requests"] == 0
    with Store.open(sound / "store", create=False) as store:
        stored = {one.track.id: one for one in store.tracks()}
        done = stored["list/s1"]
        assert done.audio_sha256 == sha256_file(sound / "sound" / "1.opus")
        assert store.audio_path(done.audio_sha256).suffix == ".opus"
        assert [one.comment.votes for one in store.top_comments(done.track.key)] == [5, 2]
        assert "4.opus" in str(stored["list/s4"].reason)
        assert "No such file" in str(stored["list/s5"].reason)
        assert len(store.comments("manifest:list/s2")) == 2


def test_a_manifest_that_changed_adds_and_one_that_did_not_is_left_alone(
    sound: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = write(sound / "list.jsonl", song(1))
    assert summary(emtool(sound, "crawl", "manifest", str(listed)))["fetched"] == 1
    with Store.open(sound / "store", create=False) as store:
        before = store.fingerprint()
        fetched_at = [one.fetched_at for one in store.tracks()]
    assert summary(emtool(sound, "crawl", "manifest", str(listed)))["fetched"] == 0
    with Store.open(sound / "store", create=False) as store:
        assert (store.fingerprint(), [one.fetched_at for one in store.tracks()]) == (before, fetched_at)

    more = [*song(1)["comments"], {"text": "piano in the rain", "votes": 9}]
    write(listed, song(1, title="New", comments=more), song(2))
    told = summary(emtool(sound, "crawl", "manifest", str(listed)))
    assert (told["fetched"], told["tracks"]["done"]) == (1, 2)
    with Store.open(sound / "store", create=False) as store:
        first = next(iter(store.tracks()))
        assert (first.track.title, first.state) == ("New", TrackState.DONE)
        assert [one.comment.votes for one in store.top_comments(first.track.key)] == [9, 5, 2]

    write(listed, song(1, audio="sound/3.opus"), song(2))
    assert summary(emtool(sound, "crawl", "manifest", str(listed)))["fetched"] == 1
    with Store.open(sound / "store", create=False) as store:
        assert next(iter(store.tracks())).audio_sha256 == sha256_file(sound / "sound" / "3.opus")


def test_addresses_need_a_contact_and_are_fetched_politely(
    sound: Path, site: DemoSite, catalogue: Path
) -> None:
    address = f"http://127.0.0.1:{site.place[1]}/audio/clip-0.opus"
    listed = write(sound / "list.jsonl", song(1), song(2, audio=address))
    refused = emtool(sound, "crawl", "manifest", str(listed))
    assert refused.exit_code == 2
    assert f"needs a contact for {address}" in refused.stderr
    contact = ["--contact", "me@example.org"]
    guarded = summary(emtool(sound / "other", "crawl", "manifest", str(listed), *contact))
    assert guarded["tracks"]["done"] == 1
    options = [*contact, "--allow-private-addresses", "--min-interval", "0"]
    told = summary(emtool(sound, "crawl", "manifest", str(listed), *options))
    assert told["tracks"]["done"] == 2
    with Store.open(sound / "store", create=False) as store:
        assert any(one.rule == "robots.txt" and one.allowed for one in store.evidence(address))


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ([], "needs a path"),
        (["none.jsonl"], "no such file"),
        (["list.txt"], "its name ends in .jsonl or .csv"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, arguments: list[str], told: str) -> None:
    result = emtool(tmp_path, "crawl", "manifest", *arguments)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert told in result.stderr


def test_a_manifest_that_is_no_utf8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes("title\n雨".encode("gb18030"))
    result = emtool(tmp_path, "crawl", "manifest", str(path))
    assert result.exit_code == 2
    assert "not UTF-8 at byte 6" in result.stderr


def test_many_missing_files_do_not_stop_a_manifest(sound: Path) -> None:
    songs = [song(number) for number in range(4, 16)]
    told = summary(emtool(sound, "crawl", "manifest", str(write(sound / "list.jsonl", *songs, song(1)))))
    assert (told["tracks"]["failed"], told["tracks"]["done"]) == (12, 1)
