"""How a real process ends: exit code and the one line that says why."""

import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import typer

from emtool.crawler.errors import StoreError
from emtool.crawler.exits import exit_codes

PROGRAM = """
    import signal, sys, time
    from pathlib import Path
    import typer
    from emtool.crawler.console import Console, Summary, command
    from emtool.crawler.exits import usage_errors

    signal.signal(signal.SIGINT, signal.default_int_handler)  # a background job may have inherited "ignore"
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)

    @app.callback()
    def start(context: typer.Context) -> None:
        context.default_map = {"pause": {"steps": 0}}

    @command(app, examples=["emtool wait"])
    def wait(console: Console) -> Summary:
        "Wait until something happens."
        try:
            console.say("ready")
            time.sleep(60)
        finally:
            console.say("saved")
        return {}

    @command(app, examples=["emtool write FILE"])
    def write(console: Console, path: Path, text: str = "x" * 100_000) -> Summary:
        "Write a file."
        path.write_text(text)
        return {}

    @command(app, examples=["emtool talk"])
    def talk(console: Console) -> Summary:
        "Write more than a pipe holds."
        for _ in range(10_000):
            print("x" * 1000)
        return {}

    @command(app, examples=["emtool fail"])
    def fail(console: Console) -> Summary:
        "Run into a bug."
        raise ZeroDivisionError("a bug")

    @command(app, examples=["emtool pause"])
    def pause(console: Console, steps: int = typer.Option(3, min=1, envvar="EMTOOL_STEPS")) -> Summary:
        "Do nothing."
        return {"steps": steps}

    with usage_errors():
        sys.exit(app(standalone_mode=False))
"""


@pytest.fixture
def start(tmp_path: Path) -> "Start":
    """Start the program above with arguments."""
    program = tmp_path / "program.py"
    program.write_text(textwrap.dedent(PROGRAM), encoding="utf-8")
    return Start(program)


class Start:
    """A command line in a process of its own."""

    def __init__(self, program: Path) -> None:
        self.program = program

    def __call__(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, str(self.program), *arguments],
            env=os.environ | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Exit code and standard error."""
        with self(*arguments, **environment) as process:
            _, err = process.communicate(timeout=60)
        return process.returncode, err


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_command_saves_and_names_the_command_to_continue(
    start: Start, number: signal.Signals
) -> None:
    with start("wait", "--workspace", "my data") as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "ready\n"
        process.send_signal(number)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert err.splitlines() == [
        "saved",
        "interrupted: what was finished is saved. Continue with: emtool wait --workspace 'my data'",
    ]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_one_line(start: Start) -> None:
    code, err = start.run("write", "/dev/full")
    assert code == 1
    assert err == (
        "error: No space left on device "
        "(free some space or choose another place with --workspace; the same command continues)\n"
    )


def test_a_path_that_cannot_be_written_is_named(start: Start, tmp_path: Path) -> None:
    code, err = start.run("write", str(tmp_path / "none" / "file"))
    assert code == 1
    assert err.startswith("error: No such file or directory: ")
    assert str(tmp_path / "none" / "file") in err
    assert len(err.splitlines()) == 1


def test_a_reader_that_leaves_ends_the_command_without_a_word(start: Start) -> None:
    with start("talk") as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("xxx")
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
    assert process.returncode == 1


def test_a_bug_shows_its_traceback(start: Start) -> None:
    code, err = start.run("fail")
    assert code == 1
    assert "Traceback" in err
    assert err.splitlines()[-1] == "ZeroDivisionError: a bug"


def test_a_traceback_hides_passwords_and_what_a_terminal_obeys(capsys: pytest.CaptureFixture[str]) -> None:
    told = StoreError("store postgresql://me:secret@host/x: \x1b[2J")
    with pytest.raises(typer.Exit), exit_codes(verbose=True):
        raise told
    shown = capsys.readouterr().err
    assert shown.startswith("Traceback")
    assert shown.count("store postgresql://me:***@host/x: \\x1b[2J") == 2
    assert "secret" not in shown


@pytest.mark.parametrize(
    ("arguments", "environment", "parts"),
    [
        (["pause", "--steps", "many"], {}, ["'--steps'", "'many'", "program.py pause --help"]),
        (["pause", "--steps=-1"], {}, ["'--steps'", "'-1'"]),
        (["pause"], {}, ["'--steps'", "given 0 in the settings file"]),
        (["pause"], {"EMTOOL_STEPS": "none"}, ["'--steps'", "given in the environment as EMTOOL_STEPS"]),
        (["pause", "--stepps", "3"], {}, ["--stepps", "--steps"]),
        (["pasue"], {}, ["'pasue'", "--help"]),
        (["write"], {}, ["PATH"]),
    ],
)
def test_wrong_usage_is_one_line_with_the_value_and_where_it_came_from(
    start: Start, arguments: list[str], environment: dict[str, str], parts: list[str]
) -> None:
    code, err = start.run(*arguments, **environment)
    assert code == 2
    assert len(err.splitlines()) == 1
    for part in parts:
        assert part.lower() in err.lower()
