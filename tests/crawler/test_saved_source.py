"""``emtool crawl saved`` as a person types it, on files of saved answers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from emtool.crawler import commands, told_source
from emtool.crawler.addresses import AddressGuard
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.errors import FetchError
from emtool.crawler.permission import Permission
from emtool.crawler.records import ListState, TrackState
from emtool.crawler.source import FileSource, SourceContext, find
from emtool.crawler.store import Store
from emtool.crawler.web import Web
from tests.crawler import crawling
from tests.crawler.making import describes, loopback_client, track, write_sine
from tests.crawler.saved_answers import ANSWERS

Run = Callable[..., Result]


@pytest.fixture
def emtool(tmp_path: Path) -> Run:
    app = typer.Typer()
    commands.register(app, worth_audio=describes)

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, [*arguments, "--workspace", str(tmp_path)])

    return run


def summary(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def save(folder: Path, name: str, answer: object) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(answer), encoding="utf-8")
    return path


def page(*comments: tuple[int, int], total: int) -> dict[str, Any]:
    """An answer of NetEase's shape."""
    items = [
        {"commentId": number, "content": f"piano {number}", "likedCount": votes} for number, votes in comments
    ]
    return {"code": 200, "total": total, "hotComments": [], "comments": items}


def test_every_file_is_recognised_and_kept_as_text(emtool: Run, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    for name, answer in ANSWERS.items():
        save(folder, f"{name}-77.json", answer)
    (folder / "picture.png").write_bytes(b"\x89PNG")
    result = emtool("crawl", "saved", str(folder), "--licences", "CC0-1.0", "--json")
    told = summary(result)
    assert told["tracks"] == {"found": 0, "voted": 7, "done": 0, "skipped": 1, "failed": 0}
    assert told["reasons"] == {"licence": 1, "text only": 7}
    assert told["requests"] == 0
    assert f"{folder}/netease-77.json: netease, 1 tracks, 3 comments" in result.stderr.replace("\n", "")
    shown = summary(emtool("status", "--json"))["sources"]
    assert (shown["netease"]["voted"], shown["internet-archive"]["skipped"]) == (1, 1)
    with Store.open(tmp_path / "store", create=False) as store:
        assert [one.comment.votes for one in store.top_comments("netease:77")] == [112, 0, None]
        (review,) = store.comments("internet-archive:x")
        assert review.votes == 5
        (video,) = [one for one in store.tracks() if one.track.source == "youtube"]
        assert video.reason == "text only: no address of its audio is known"
    everything = (tmp_path / "store" / "emtool.db").read_bytes()
    assert b"SECRET" not in everything


def test_a_second_run_does_nothing_and_a_new_page_adds(emtool: Run, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    save(folder, "186-1.json", page((1, 5), (2, 3), total=3))
    summary(emtool("crawl", "saved", str(folder), "--json"))
    with Store.open(tmp_path / "store", create=False) as store:
        (first,) = store.tracks()
        assert first.list_state is ListState.PARTIAL
    again = emtool("crawl", "saved", str(folder), "--json")
    assert summary(again)["tracks"]["voted"] == 1
    assert "comments" not in again.stderr
    save(folder, "186-2.json", page((3, 9), total=3))
    summary(emtool("crawl", "saved", str(folder), "--json"))
    with Store.open(tmp_path / "store", create=False) as store:
        (song,) = store.tracks()
        assert (song.state, song.list_state) == (TrackState.VOTED, ListState.COMPLETE)
        assert [one.comment.id for one in store.top_comments(song.track.key)] == ["3", "1", "2"]


def test_other_options_look_at_text_again(emtool: Run, tmp_path: Path) -> None:
    path = save(tmp_path / "answers", "186.json", page((1, 5), (2, 3), total=2))
    summary(emtool("crawl", "saved", str(path), "--json"))
    summary(emtool("crawl", "saved", str(path), "--top", "1", "--json"))
    with Store.open(tmp_path / "store", create=False) as store:
        assert len(store.top_comments("netease:186")) == 1


def test_a_file_that_is_not_known_is_told_after_all_others_were_kept(emtool: Run, tmp_path: Path) -> None:
    folder = tmp_path / "answers"
    save(folder, "186.json", page((1, 5), total=1))
    save(folder, "list.json", {"what": "x" * 300})
    for _ in range(2):
        result = emtool("crawl", "saved", str(folder))
        assert result.exit_code == 1
        assert "list.json: list: this is no answer of bilibili, internet-archive" in result.stderr
        assert "x" * 150 in result.stderr
        assert "x" * 201 not in result.stderr
    with Store.open(tmp_path / "store", create=False) as store:
        assert [one.state for one in store.tracks()] == [TrackState.VOTED]
    (folder / "list.json").unlink()
    assert summary(emtool("crawl", "saved", str(folder), "--json"))["tracks"]["voted"] == 1


def test_a_long_list_goes_on_where_a_run_was_stopped(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(told_source, "_PAGE", 2)
    folder = tmp_path / "answers"
    for number in range(1, 6):
        save(folder, f"{number}.json", page((1, 5), total=1))
    with loopback_client(AddressGuard()) as network:
        judged = crawling.run(store, network, source_name="saved", queries=[str(folder)], limit=3)
        assert judged.tracks[TrackState.VOTED] == 3
        assert sum(store.counts().values()) == 4
        told = crawling.run(store, network, source_name="saved", queries=[str(folder)])
    assert told.tracks[TrackState.VOTED] == 5


def test_free_audio_is_fetched_from_the_address_in_an_answer(
    emtool: Run, tmp_path: Path, site: DemoSite
) -> None:
    answer = json.loads(json.dumps(ANSWERS["jamendo"]))
    for item in answer["results"]:
        item["track_audiodownload"] = f"http://127.0.0.1:{site.place[1]}/audio/clip-0.opus"
        item["track_audiodownload_allowed"] = True
        item["text"] = "warm piano"
    path = save(tmp_path / "answers", "reviews.json", answer)
    network = ["--contact", "me@example.org", "--allow-private-addresses", "--min-interval", "0", "--json"]
    told = summary(emtool("crawl", "saved", str(path), *network))
    assert (told["tracks"]["done"], told["fetched"]) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "needs a path"), (["nowhere"], "no such file or folder"), (["."], "no file in it")],
)
def test_a_path_without_answers_is_refused(
    emtool: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    result = emtool("crawl", "saved", *arguments)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert told in result.stderr


def test_a_local_file_is_never_read_for_a_saved_answer(store: Store, tmp_path: Path) -> None:
    secret = write_sine(tmp_path / "secret.opus")
    with loopback_client(AddressGuard()) as network:
        web = Web(network, Permission(network, store.notes.remember))
        source = find("saved").open(SourceContext(web=web, author_hash=store.author_hash))
        assert isinstance(source, FileSource)
        with pytest.raises(FetchError, match="http"):
            source.fetch_audio(track(audio_url=secret.as_uri()), tmp_path / "part")
    assert not (tmp_path / "part").exists()
