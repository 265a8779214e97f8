"""emtool crawl and emtool status as a person types them, through the real console."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from emtool.crawler import commands
from emtool.crawler.demo.site import DemoSite
from emtool.crawler.recipe import path_of
from emtool.crawler.records import RankedComment
from emtool.crawler.store import Store
from emtool.crawler.workspace import look
from tests.crawler.making import describes

Run = Callable[..., Result]


@pytest.fixture
def emtool(tmp_path: Path) -> Run:
    app = typer.Typer()
    commands.register(app, worth_audio=describes)

    def run(*arguments: str, workspace: Path = tmp_path) -> Result:
        return CliRunner().invoke(app, [*arguments, "--workspace", str(workspace)])

    return run


def summary(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    told: dict[str, Any] = json.loads(result.stdout.splitlines()[-1])
    return told


def test_a_crawl_of_the_demo_site_tells_what_it_did(emtool: Run, catalogue: Path, tmp_path: Path) -> None:
    told = summary(emtool("crawl", "demo", "--catalogue", str(catalogue), "--json"))
    assert told["source"] == "demo"
    assert told["tracks"] == {"found": 0, "voted": 0, "done": 3, "skipped": 1, "failed": 0}
    assert told["reasons"] == {"relevance": 1}
    assert (told["requests"], told["fetched"]) == (14, 3)
    assert told["bytes_per_accepted_pair"] == told["received_bytes"] // 3
    assert told["store"] == str(tmp_path / "store")
    again = summary(emtool("crawl", "demo", "--catalogue", str(catalogue), "--json"))
    assert (again["requests"], again["fetched"]) == (0, 0)
    assert again["bytes_per_accepted_pair"] == told["bytes_per_accepted_pair"]


def test_a_bare_crawl_takes_the_demo_site_and_says_so(emtool: Run, tmp_path: Path) -> None:
    result = emtool("crawl", "--limit", "1")
    assert result.exit_code == 0, result.output
    assert "no source given: crawling the demo site" in result.stderr
    assert "Crawled demo" in result.stdout
    assert "bytes per accepted pair" in result.stdout
    with Store.open(tmp_path / "store", create=False) as store:
        assert (
            sum(store.counts().values()) == 24
        )  # a page of the listing, of which one track was brought to an end


def test_words_to_search_for_and_limits_are_heard(emtool: Run, catalogue: Path) -> None:
    told = summary(emtool("crawl", "demo", "tag0", "--catalogue", str(catalogue), "--limit", "1", "--json"))
    assert sum(told["tracks"].values()) == 1


def test_quiet_says_nothing(emtool: Run, catalogue: Path) -> None:
    result = emtool("crawl", "demo", "--catalogue", str(catalogue), "--limit", "1", "--quiet")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["napster"], "no source 'napster' (there are: audius, bandcamp, ccmixter, demo, "),
        (["my.yaml"], "recipe my.yaml: No such file"),
        (["demo", "--licences", "free"], "licences 'free'"),
        (["demo", "--catalogue", "/nowhere"], "no catalogue of a demo site at /nowhere/catalogue.jsonl"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(emtool: Run, arguments: list[str], told: str) -> None:
    result = emtool("crawl", *arguments)
    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_store_that_is_none_is_one_line_and_exit_code_1(
    emtool: Run, catalogue: Path, tmp_path: Path
) -> None:
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / "emtool.db").write_text("not a database, but a text that is long enough " * 30)
    for arguments in (["crawl", "demo", "--catalogue", str(catalogue)], ["status"]):
        result = emtool(*arguments)
        assert result.exit_code == 1
        assert "this is no emtool store" in result.stderr
        assert result.stderr.count("\n") == 1


@pytest.fixture
def recipe(tmp_path: Path, site: DemoSite) -> Path:
    """A recipe for the demo site by its number, as for a site on one's own network."""
    path = tmp_path / "mine.yaml"
    text = path_of("demo").read_text(encoding="utf-8")
    path.write_text(text.replace("demo.localhost:8765", f"127.0.0.1:{site.place[1]}"), encoding="utf-8")
    return path


def test_a_recipe_of_ones_own_needs_a_contact(emtool: Run, recipe: Path) -> None:
    result = emtool("crawl", str(recipe))
    assert result.exit_code == 2
    assert "needs a contact" in result.stderr
    assert "EMTOOL_CONTACT" in result.stderr


def test_a_site_on_ones_own_network_needs_leave(emtool: Run, recipe: Path) -> None:
    result = emtool("crawl", str(recipe), "--contact", "me@example.org")
    assert result.exit_code == 1
    assert "--allow-private-addresses" in result.stderr


def test_a_recipe_of_ones_own_is_crawled(emtool: Run, recipe: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTOOL_CONTACT", "me@example.org")
    told = summary(emtool("crawl", str(recipe), "--allow-private-addresses", "--min-interval", "0", "--json"))
    assert (told["source"], told["tracks"]["done"]) == ("mine", 3)


def test_a_catalogue_is_only_for_the_demo_source(emtool: Run, recipe: Path, catalogue: Path) -> None:
    result = emtool("crawl", str(recipe), "--catalogue", str(catalogue))
    assert result.exit_code == 2
    assert "only the demo source has one" in result.stderr


def test_an_interrupted_crawl_keeps_what_it_has_and_says_how_to_go_on(
    tmp_path: Path, catalogue: Path, emtool: Run
) -> None:
    judged = 0

    def interrupted(ranked: Sequence[RankedComment]) -> bool:
        nonlocal judged
        judged += 1
        if judged == 2:
            raise KeyboardInterrupt
        return describes(ranked)

    app = typer.Typer()
    commands.register(app, worth_audio=interrupted)
    arguments = ["crawl", "demo", "--catalogue", str(catalogue), "--workspace", str(tmp_path)]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 130
    assert "Continue with: emtool" in result.stderr
    with Store.open(tmp_path / "store", create=False) as store:
        assert {str(state): number for state, number in store.counts().items() if number} == {
            "found": 2,
            "voted": 1,
            "done": 1,
        }
        # robots.txt, tdmrep.json, ai.txt at two places; listing, page and sound, three pages of comments
        assert store.traffic()["demo"][0] == 10
    assert summary(emtool("crawl", "demo", "--catalogue", str(catalogue), "--json"))["tracks"]["done"] == 3


def test_status_of_nothing_is_empty(emtool: Run, tmp_path: Path) -> None:
    assert f"nothing in {tmp_path} yet: emtool crawl begins" in emtool("status").stderr
    assert summary(emtool("status", "--json")) == {
        "store": str(tmp_path / "store"),
        "sources": {},
        "datasets": [],
        "runs": [],
    }
    assert list(tmp_path.iterdir()) == []


def test_status_shows_store_datasets_and_runs(emtool: Run, catalogue: Path, tmp_path: Path) -> None:
    emtool("crawl", "demo", "--catalogue", str(catalogue))
    files = {
        "datasets/one/build.json": '{"splits": {"train": 8, "test": 2}, "format": "tags", "finished_at": "today"}',
        "datasets/broken/build.json": "{",
        "datasets/.part/x": "",
        "runs/first/metrics.jsonl": '{"step": 100, "loss": 1}\n{"step": 200, "loss": 0.5}\n',
        "runs/second/config.yaml": "",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
    found = look(tmp_path)
    assert found.sources["demo"]["done"] == 3
    assert [(f.name, f.state) for f in found.datasets] == [
        ("broken", "unfinished"),
        ("one", "10 clips, tags, finished today"),
    ]
    assert [(f.name, f.state) for f in found.runs] == [("first", "at step 200"), ("second", "begun")]
    shown = emtool("status").stdout
    assert "demo" in shown
    assert "10 clips, tags" in shown
    assert "at step 200" in shown


def test_a_source_that_needs_a_key_says_which_and_where_to_get_it(emtool: Run) -> None:
    result = emtool("crawl", "jamendo", "piano", "--contact", "me@example.org")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: source jamendo needs a key: set EMTOOL_JAMENDO_CLIENT_ID, which you get at "
        "https://devportal.jamendo.com (free)\n"
    )
