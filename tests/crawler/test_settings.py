"""emtool.yaml: what it accepts, what it says about the rest, and its template."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
import yaml

from emtool.crawler import settings
from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import UsageError
from emtool.crawler.setting_types import convert, shown


class Colour(StrEnum):
    RED = "red"
    DARK_BLUE = "dark-blue"


@pytest.fixture
def app() -> typer.Typer:
    application = typer.Typer()

    @command(application, examples=["emtool paint wall --colour red"])
    def paint(
        console: Console,
        what: Annotated[list[str] | None, typer.Argument(help="What is painted.")] = None,
        colour: Annotated[Colour, typer.Option(help="Colour of\nthe paint.")] = Colour.DARK_BLUE,
        min_layers: Annotated[int, typer.Option("--layers", "-l", min=1, help="Layers.")] = 2,
        thickness_mm: Annotated[float | None, typer.Option(help="Thickness of a layer in mm.")] = None,
        dry: Annotated[bool, typer.Option("--dry/--wet", help="Wait until it is dry.")] = True,
    ) -> Summary:
        """Paint something."""
        return {}

    @command(application, name="clean-up", examples=["emtool clean-up"])
    def tidy(console: Console) -> Summary:
        """Tidy up."""
        return {}

    @command(application, examples=["emtool init"])
    def init(console: Console, force: Annotated[bool, typer.Option(help="Replace.")] = False) -> Summary:
        """Write the file."""
        return {}

    return application


def _read(app: typer.Typer, folder: Path, text: str) -> settings.Defaults:
    path = folder / settings.FILE_NAME
    path.write_text(text, encoding="utf-8")
    return settings.read(path, app)


def test_values_come_out_by_command_and_parameter(app: typer.Typer, tmp_path: Path) -> None:
    text = """
        workspace: /data/emtool
        quiet: true
        paint: {what: [墙, door], colour: red, layers: 5, thickness-mm: 1e-2, dry: false}
        clean-up:
    """
    common = {"workspace": "/data/emtool", "quiet": True}
    assert _read(app, tmp_path, text) == {
        "paint": common
        | {"what": ["墙", "door"], "colour": "red", "min_layers": 5, "thickness_mm": 0.01, "dry": False},
        "clean-up": common,
    }


def test_no_file_sets_nothing(app: typer.Typer, tmp_path: Path) -> None:
    assert settings.read(tmp_path / "none.yaml", app) == {}


def test_a_key_without_a_value_is_left_at_its_default(app: typer.Typer, tmp_path: Path) -> None:
    assert _read(app, tmp_path, "workspace:\npaint:\n  layers:\n") == {"paint": {}, "clean-up": {}}


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (
            "paint: {layer: 3}",
            ["section 'paint'", "no key 'layer'", "what, colour, layers, thickness-mm, dry"],
        ),
        ("piant: {layers: 3}", ["no key 'piant'", "workspace, store, quiet, verbose, json, paint, clean-up"]),
        ("layers: 3", ["no key 'layers'"]),
        ("init: {force: true}", ["no key 'init'"]),
        ("paint: 3", ["section 'paint'", "3 is no list of keys", "emtool paint --help"]),
        ("paint: {layers: many}", ["section 'paint'", "layers", "'many'", "a whole number"]),
        ("paint: {layers: true}", ["True", "a whole number"]),
        ("paint: {layers: 1.5}", ["1.5", "a whole number"]),
        ("paint: {thickness-mm: thick}", ["'thick'", "a number"]),
        ("paint: {thickness-mm: [1]}", ["[1]", "a number"]),
        ("paint: {dry: 1}", ["dry", "1 is not true or false"]),
        ("paint: {colour: green}", ["'green'", "one of red, dark-blue"]),
        ("paint: {what: door}", ["'door'", "a list"]),
        ("paint: {what: [door, 2]}", ["put it in quotes"]),
        ("workspace: 3", ["workspace", "3 is not a text", "quotes"]),
        ("- paint", ["holds list, not sections"]),
        ("paint: {layers: 3", ["is no YAML", "line 2"]),
    ],
)
def test_what_is_wrong_is_named_with_the_file_and_what_would_be_right(
    app: typer.Typer, tmp_path: Path, text: str, parts: list[str]
) -> None:
    with pytest.raises(UsageError) as caught:
        _read(app, tmp_path, text + "\n")
    for part in [str(tmp_path / "emtool.yaml"), *parts]:
        assert part in str(caught.value)


def test_a_file_that_is_no_text_is_refused(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "emtool.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="is no YAML"):
        settings.read(tmp_path / "emtool.yaml", app)


def test_the_place_comes_from_the_environment(
    app: typer.Typer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.location() == Path("emtool.yaml")
    monkeypatch.setenv("EMTOOL_CONFIG", str(tmp_path / "mine.yaml"))
    assert settings.location() == tmp_path / "mine.yaml"
    with pytest.raises(UsageError, match=r"mine\.yaml"):
        settings.read(settings.location(), app)


def test_the_template_sets_nothing_until_a_key_is_uncommented(app: typer.Typer, tmp_path: Path) -> None:
    assert _read(app, tmp_path, settings.template(app)) == {"paint": {}, "clean-up": {}}


def test_the_uncommented_template_sets_every_key_to_its_default(app: typer.Typer, tmp_path: Path) -> None:
    lines = settings.template(app).splitlines()
    keys = {setting.key for known in settings.commands(app).values() for setting in known}
    live = [line.replace("# ", "", 1) if line.split(":")[0].strip(" #") in keys else line for line in lines]
    common = {"workspace": "emtool-data", "quiet": False, "verbose": False, "json": False}
    assert _read(app, tmp_path, "\n".join(live)) == {
        "paint": common | {"colour": "dark-blue", "min_layers": 2, "dry": True},
        "clean-up": common,
    }


def test_the_template_explains_every_key(app: typer.Typer) -> None:
    text = settings.template(app)
    assert "  # Colour of the paint.\n  # colour: dark-blue\n" in text
    assert "  # Thickness of a layer in mm.\n  # thickness-mm: null\n" in text
    assert "force" not in text


@pytest.mark.parametrize(
    "value", ["plain", "yes", "3", "a: b", "多谢", True, 7, 0.5, 1e-5, ["a", "b"], ("x",)]
)
def test_a_shown_default_reads_back(value: object) -> None:
    kinds: dict[type, Any] = {list: list[str], tuple: list[str]}
    expected = list(value) if isinstance(value, tuple) else value
    assert convert(yaml.safe_load(shown(value)), kinds.get(type(value), type(value))) == expected


def test_a_literal_takes_one_of_its_words() -> None:
    assert convert("low", Literal["low", "high"]) == "low"
    with pytest.raises(ValueError, match="one of low, high"):
        convert("middle", Literal["low", "high"])


def test_the_commands_of_a_group_have_sections_of_their_own(app: typer.Typer, tmp_path: Path) -> None:
    group = typer.Typer()
    app.add_typer(group, name="wall")

    @command(group, examples=["emtool wall review"])
    def review(console: Console, top: Annotated[int, typer.Option(help="How many to show.")] = 4) -> Summary:
        """Look at it."""
        return {}

    read = _read(app, tmp_path, "quiet: true\nwall review:\n  top: 9\n")
    assert read["wall"] == {"review": {"quiet": True, "top": 9}}
    assert "wall review:" in settings.template(app)
    with pytest.raises(UsageError, match="section 'wall review': no key 'tip'"):
        _read(app, tmp_path, "wall review:\n  tip: 9\n")
