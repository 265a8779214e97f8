import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner, Result

from emtool.dataset.commands import register
from emtool.dataset.config import BuildConfig
from emtool.dataset.flags import config_from
from emtool.dataset.load import open_dataset


@pytest.fixture(scope="module")
def app() -> typer.Typer:
    app = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    register(app)
    return app


def run(app: typer.Typer, *arguments: str) -> Result:
    return CliRunner().invoke(app, list(arguments), catch_exceptions=False)


def test_bare_it_builds_what_was_crawled(app: typer.Typer, workspace: Path) -> None:
    ran = run(app, "build-dataset", "-w", str(workspace), "--json", "--workers", "1")
    assert ran.exit_code == 0, ran.stderr
    summary = json.loads(ran.stdout.splitlines()[-1])
    assert summary["folder"] == str(workspace / "datasets" / "free-form")
    assert summary["load"] == f"datasets.load_dataset({summary['folder']!r})"
    assert summary["load"] in ran.stderr
    assert len(open_dataset(summary["folder"]).split("test")) == 2
    again = run(app, "build-dataset", "-w", str(workspace))
    assert "nothing to do" in again.stderr


def test_flags_reach_the_config(app: typer.Typer, workspace: Path) -> None:
    chosen = (
        "--format",
        "tags",
        "--sample-rate",
        "8000",
        "--seconds",
        "2",
        "--splits",
        "0,0,100",
        "--name",
        "mine",
    )
    assert run(app, "build-dataset", "-w", str(workspace), "--workers", "1", *chosen).exit_code == 0
    info = open_dataset(workspace / "datasets" / "mine").info
    assert (info.format, info.sample_rate_hz, info.samples, list(info.splits)) == (
        "tags",
        8000,
        16_000,
        ["test"],
    )


def test_defaults_of_the_flags_are_the_config() -> None:
    assert config_from({"languages": "en, zh", "splits": "80,10,10"}) == BuildConfig()


def test_every_field_is_a_flag(app: typer.Typer) -> None:
    told = run(app, "build-dataset", "--help").stdout
    for name in BuildConfig.__dataclass_fields__:
        renamed = {"sample_rate_hz": "--sample-rate", "normalise_lufs": "--normalise"}
        flag = renamed.get(name, f"--{name.replace('_', '-')}")
        assert f"{flag} " in told


@pytest.mark.parametrize(
    ("arguments", "exit_code", "wanted"),
    [
        (["--format", "poem"], 2, "there are: both, free-form, tags"),
        (["--splits", "a,b"], 2, "whole numbers"),
        (["--out", "x", "--name", "y"], 2, "give one of them"),
        (["--name", "../x"], 2, "use --out"),
        (["--explain", "nothing"], 2, "no track 'nothing'"),
        (["--min-votes", "99999"], 1, "no pair is left"),
    ],
)
def test_errors_are_one_line(
    app: typer.Typer, workspace: Path, arguments: list[str], exit_code: int, wanted: str
) -> None:
    ran = run(app, "build-dataset", "-w", str(workspace), "--workers", "1", *arguments)
    assert ran.exit_code == exit_code
    assert wanted in ran.stderr.splitlines()[-1]


def test_without_a_store(app: typer.Typer, tmp_path: Path) -> None:
    ran = run(app, "build-dataset", "-w", str(tmp_path))
    assert ran.exit_code == 1
    assert "emtool crawl" in ran.stderr


def test_explain_a_track(app: typer.Typer, workspace: Path) -> None:
    ran = run(app, "build-dataset", "-w", str(workspace), "--explain", "site:2", "--json")
    found = json.loads(ran.stdout.splitlines()[-1])
    assert (found["verdict"], found["split"], found["work"]) == ("kept", "test", "site:work-2")
    verdicts = [comment["verdict"] for comment in found["comments"]]
    assert verdicts[0] == "chatter: a formula of comment sections"
    assert verdicts[1] == "kept"
    assert found["captions"][0].startswith("slow and sad piano")
    assert found["clips"][0]["verdict"] == "kept"
    assert not (workspace / "datasets").exists()
    told = run(app, "build-dataset", "-w", str(workspace), "--explain", "https://site.test/silent").stdout
    assert "silent:" in told


@pytest.mark.parametrize(
    ("track", "wanted"), [("short", "brief: "), ("no-derivatives", "licence: "), ("voted", "no-audio: ")]
)
def test_explain_says_why_a_track_went(app: typer.Typer, workspace: Path, track: str, wanted: str) -> None:
    ran = run(app, "build-dataset", "-w", str(workspace), "--explain", track, "--json")
    assert json.loads(ran.stdout.splitlines()[-1])["verdict"].startswith(wanted)


def test_explain_a_comment(app: typer.Typer) -> None:
    ran = run(app, "explain", "a slow and sad piano, mail me@example.org", "--json")
    found = json.loads(ran.stdout.splitlines()[-1])
    assert "piano" in found["tags"]
    assert found["verdict"].startswith("advert: holds a contact (email)")
    assert found["reasons"][0] == {"filter": "advert", "reason": "holds a contact (email)"}
    assert {(one["name"], one["facet"], one["words"]) for one in found["tags_found"]} >= {
        ("piano", "instrument", "piano"),
        ("slow", "tempo", "slow"),
    }
    assert 0 <= found["relevance"] <= 1
    assert "me@example.org" not in ran.stdout + ran.stderr
    assert "kept" in run(app, "explain", "a slow and sad piano melody with soft violin chords").stdout


def test_explain_lays_everything_out_for_a_reader(app: typer.Typer) -> None:
    told = run(app, "explain", "first! 钢琴很温柔 @someone_else 加我微信abc_12345").stdout
    lines = [" ".join(line.split()) for line in told.splitlines()]
    for wanted in (
        "language zh",
        "tags piano (instrument,",
        "private data handle, 1 times",
        "verdict dropped",
    ):
        assert any(line.startswith(wanted) for line in lines), wanted
    assert "instrument: 钢琴" in told
    assert "advert: holds a contact (handle)" in told
    assert "abc_12345" not in told


def test_explain_heeds_the_tags_of_the_workspace(app: typer.Typer, tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text("discard: [piano]\n", encoding="utf-8")
    ran = run(app, "explain", "a slow and sad piano", "-w", str(tmp_path), "--json")
    assert "piano" not in json.loads(ran.stdout.splitlines()[-1])["tags"]


@pytest.mark.parametrize("text", ["", "😀", "\u200b\u202e", "a" * 100_000, "\ud800"])
def test_explain_takes_any_comment(text: str) -> None:
    from emtool.dataset.explain import explain_comment

    found = explain_comment(text, BuildConfig())
    assert found["verdict"] != "kept"
    json.dumps(found).encode()
