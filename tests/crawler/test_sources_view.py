"""emtool sources: every source says what it is, and a recipe of one's own as well."""

import json
from pathlib import Path

import pytest

from emtool.crawler.about import NOT_TOLD, About
from emtool.crawler.errors import UsageError
from emtool.crawler.recipe import path_of
from emtool.crawler.sources_view import describe, listed
from tests.conftest import RunEmtool


def test_every_source_tells_everything_of_itself() -> None:
    every = listed()
    assert {"demo", "html"} <= {one.name for one in every}
    for one in every:
        assert NOT_TOLD not in one.about.to_json().values(), one.name
        assert all(len(text) < 200 for text in one.about.to_json().values()), one.name


def test_the_table_and_one_source_as_a_person_sees_them(run_emtool: RunEmtool) -> None:
    table = run_emtool("sources")
    assert (table.returncode, table.stderr) == (0, "")
    assert "CC0-1.0" in table.stdout
    told = json.loads(run_emtool("sources", "demo", "--json").stdout.splitlines()[-1])
    assert told["licence"] == "CC0-1.0, all of it."
    assert told["options"]["recipe"] == str(path_of("demo"))
    assert told["options"]["pace"].startswith("0 s")
    unknown = run_emtool("sources", "napster")
    assert (unknown.returncode, unknown.stdout) == (2, "")
    assert "no source 'napster' (there are: " in unknown.stderr


@pytest.mark.parametrize(
    ("about", "what", "votes"),
    [
        ("about: my own\n  site\n", "my own site", NOT_TOLD),
        ("about: {what: mine, votes: stars}\n", "mine", "stars"),
    ],
)
def test_a_recipe_of_ones_own_is_described_by_what_it_says(
    tmp_path: Path, about: str, what: str, votes: str
) -> None:
    path = tmp_path / "mine.yaml"
    text = path_of("demo").read_text(encoding="utf-8")
    before, after = text.split("about:")[0], text.partition("min_interval_s: 0\n")[2]
    path.write_text(f"{before}{about}{after}", encoding="utf-8")
    told = describe(str(path))
    assert (told.about.what, told.about.votes) == (what, votes)
    assert told.options["how to use it"] == f"emtool crawl {path}"
    assert told.options["pace"].startswith("1 s")


@pytest.mark.parametrize(
    "told", [{"votes": "likes"}, {"what": "x", "colour": "red"}, {"what": 3}, ["x"], None]
)
def test_what_says_too_little_or_too_much_is_refused_with_its_place(told: object) -> None:
    with pytest.raises(UsageError, match="source x: about"):
        About.read("source x", told)
