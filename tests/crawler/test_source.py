import sys
from pathlib import Path

import pytest

import emtool.crawler.sources
from emtool.crawler import recipe, source
from emtool.crawler.errors import UsageError
from emtool.crawler.source import SourceContext, find
from emtool.crawler.sources.html import HtmlSource
from emtool.crawler.web import Web

CONTEXT = SourceContext(
    web=Web(client=None, permission=None),  # type: ignore[arg-type]  # opening a source asks nothing
    author_hash=lambda _source, author: author,
)


def test_a_shipped_recipe_is_found_by_its_name() -> None:
    entry = find("demo")
    assert (entry.name, entry.min_interval_s) == ("demo", 0.0)
    opened = entry.open(CONTEXT)
    assert isinstance(opened, HtmlSource)
    assert opened.name == "demo"


def test_a_recipe_of_ones_own_is_found_by_its_path(tmp_path: Path) -> None:
    path = tmp_path / "mine.yml"
    text = Path(recipe.path_of("demo")).read_text()
    path.write_text(text.replace("min_interval_s: 0\n", ""))
    entry = find(str(path))
    assert (entry.name, entry.min_interval_s) == ("mine", None)
    assert entry.open(CONTEXT).name == "mine"


def test_an_unknown_source_is_one_line_with_all_names() -> None:
    with pytest.raises(UsageError, match=r"no source 'napster' \(there are: .*demo.*or the path of a recipe"):
        find("napster")


def test_what_only_reads_recipes_is_no_source_by_itself() -> None:
    assert "html" not in source.known()
    with pytest.raises(UsageError, match="no source 'html'"):
        find("html")


@pytest.mark.parametrize("kind", ["kind: gopher\n", ""])
def test_a_recipe_of_an_unknown_kind_is_one_line_with_all_kinds(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(f"{kind}about: x\n")
    with pytest.raises(UsageError, match=r"kind .* is not known \(there are: html"):
        find(str(path))


def test_a_plug_in_is_a_source_by_the_name_of_its_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "my_site.py").write_text(
        "class MySite:\n    name = 'my-site'\n\ndef open_source(context):\n    return MySite()\n"
    )
    package = emtool.crawler.sources
    monkeypatch.setattr(package, "__path__", [*package.__path__, str(tmp_path)])
    try:
        assert "my-site" in source.known()
        entry = find("my-site")
        assert (entry.name, entry.min_interval_s, entry.open(CONTEXT).name) == ("my-site", None, "my-site")
    finally:
        sys.modules.pop("emtool.crawler.sources.my_site", None)
