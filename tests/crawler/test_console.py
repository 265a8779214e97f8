"""Options, output and summary that every command gets."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import pytest
import typer
from typer.testing import CliRunner

from emtool.crawler.console import Console, Summary, command
from emtool.crawler.errors import StoreError, UsageError

Invoke = Callable[..., tuple[int, str, str]]


@pytest.fixture
def invoke(capsys: pytest.CaptureFixture[str]) -> Invoke:
    """Run an application of three commands; gives exit code, standard output, standard error."""
    app = typer.Typer(rich_markup_mode=None)

    @command(app, examples=["emtool greet you --times 2"])
    def greet(
        console: Console,
        whom: Annotated[str, typer.Argument(help="Who is greeted.")] = "world",
        times: Annotated[int, typer.Option(min=1, help="How often.")] = 1,
    ) -> Summary:
        """Greet somebody."""
        console.say(f"in {console.workspace}")
        console.detail("a detail")
        console.progress.say("from a library")
        console.table("Greetings", ["word", "times"], [["[hello]", times], [whom, 12]])
        return {"whom": whom, "times": times, "workspace": console.workspace}

    @command(app, name="break-down", examples=["emtool break-down"])
    def broken(console: Console) -> Summary:
        """Fail in a known way."""
        raise StoreError("the store\nis gone: run `emtool crawl`")

    @command(app, examples=["emtool check"], failed=lambda summary: not summary["well"])
    def check(console: Console) -> Summary:
        """Find something bad."""
        return {"well": False}

    def run(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, list(arguments))
        return result.exit_code, result.stdout, result.stderr

    return run


def test_the_summary_is_the_last_line_of_standard_output_under_json(invoke: Invoke) -> None:
    code, out, err = invoke("greet", "you", "--times", "3", "--json", "-w", "here")
    assert code == 0
    assert json.loads(out) == {"whom": "you", "times": 3, "workspace": "here"}
    assert "Greetings" in err, "the table leaves standard output to the summary"


def test_a_table_goes_to_standard_output_and_words_to_standard_error(invoke: Invoke) -> None:
    code, out, err = invoke("greet")
    assert code == 0
    assert "[hello]" in out, "brackets are text, not markup"
    assert "world" in out
    assert err == "in emtool-data\nfrom a library\n"


def test_numbers_stand_right_and_words_left(invoke: Invoke) -> None:
    _, out, _ = invoke("greet")
    first, second = (line for line in out.splitlines() if "[hello]" in line or "world" in line)
    assert first.rstrip().endswith("      1")
    assert second.rstrip().endswith("     12")
    assert first.index("[hello]") == second.index("world")


def test_quiet_says_nothing(invoke: Invoke) -> None:
    assert invoke("greet", "--quiet") == (0, "", "")


def test_verbose_says_more(invoke: Invoke) -> None:
    assert "a detail" in invoke("greet", "--verbose")[2]


def test_quiet_and_verbose_contradict_each_other(invoke: Invoke) -> None:
    code, _, err = invoke("greet", "--quiet", "--verbose")
    assert code == UsageError.exit_code
    assert "contradict" in err


def test_our_error_is_one_line_even_under_quiet(invoke: Invoke) -> None:
    code, out, err = invoke("break-down", "--quiet", "--json")
    assert (code, out, err) == (1, "", "error: the store is gone: run `emtool crawl`\n")


def test_verbose_shows_where_an_error_came_from(invoke: Invoke) -> None:
    assert "Traceback" in invoke("break-down", "--verbose")[2]


def test_bad_news_in_a_summary_is_exit_code_1(invoke: Invoke) -> None:
    code, out, _ = invoke("check", "--json")
    assert code == 1
    assert json.loads(out) == {"well": False}


def test_the_workspace_comes_from_the_environment(invoke: Invoke, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMTOOL_WORKSPACE", "/elsewhere")
    assert invoke("greet")[2].startswith("in /elsewhere\n")
    assert invoke("greet", "-w", "near")[2].startswith("in near\n"), "the flag wins"


def test_help_shows_defaults_and_examples_line_by_line(invoke: Invoke) -> None:
    _, out, _ = invoke("greet", "--help")
    lines = [line.strip() for line in out.splitlines()]
    assert "Greet somebody." in lines
    assert "emtool greet you --times 2" in lines
    assert "default: 1" in out
    assert "console" not in out


def test_a_command_stays_a_function_for_python() -> None:
    app = typer.Typer()

    @command(app, examples=["emtool double"])
    def double(console: Console, number: int) -> Summary:
        """Double a number."""
        return {"result": 2 * number}

    assert double(Console(workspace=Path("x")), 21) == {"result": 42}


def test_a_command_without_an_example_is_refused() -> None:
    with pytest.raises(AssertionError, match="example"):
        command(typer.Typer(), examples=[])


def test_a_console_of_its_own_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    Console().say("nobody hears this")
    assert capsys.readouterr() == ("", "")


def test_output_that_is_no_terminal_keeps_whole_words(monkeypatch: pytest.MonkeyPatch) -> None:
    wide = "x" * 200
    written = io.StringIO()
    monkeypatch.setattr("sys.stdout", written)
    Console().table("Wide", ["word"], [[wide]])
    assert written.getvalue().count("x") == len(wide), "folded, not cut"
