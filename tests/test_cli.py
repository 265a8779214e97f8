"""The commands that span the stages, and the settings file, through the real command line."""

import importlib.metadata
import json
from pathlib import Path

import pytest
import yaml

from emtool.cli import worth_audio
from emtool.crawler.records import Comment, RankedComment
from tests.conftest import RunEmtool


def test_version(run_emtool: RunEmtool) -> None:
    assert run_emtool("--version").stdout == f"emtool {importlib.metadata.version('emtool')}\n"


@pytest.mark.parametrize(
    ("arguments", "value"), [(["crwl"], "'crwl'"), (["train", "--minutes", "soon"], "'soon'")]
)
def test_wrong_usage_is_one_line(run_emtool: RunEmtool, arguments: list[str], value: str) -> None:
    ran = run_emtool(*arguments)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert value in ran.stderr


def test_init_writes_a_file_that_every_command_reads(run_emtool: RunEmtool, tmp_path: Path) -> None:
    made = run_emtool("init", "--json")
    assert (made.returncode, json.loads(made.stdout)) == (0, {"settings": "emtool.yaml"})
    text = (tmp_path / "emtool.yaml").read_text(encoding="utf-8")
    assert {"crawl", "build-dataset", "train", "sample", "evaluate"} <= set(yaml.safe_load(text))
    assert run_emtool("status", "--help").returncode == 0


def test_output_that_a_terminal_cannot_show_is_no_error(run_emtool: RunEmtool) -> None:
    made = run_emtool("init", "--json", EMTOOL_CONFIG="设置.yaml", PYTHONIOENCODING="latin-1")
    assert (made.returncode, made.stdout) == (0, '{"settings": "\\u8bbe\\u7f6e.yaml"}\n')


def test_init_keeps_what_is_there_unless_forced(run_emtool: RunEmtool, tmp_path: Path) -> None:
    mine = tmp_path / "emtool.yaml"
    mine.write_text("this is: [broken", encoding="utf-8")
    refused = run_emtool("init")
    assert refused.returncode == 1
    assert "--force" in refused.stderr
    assert mine.read_text(encoding="utf-8") == "this is: [broken"
    assert run_emtool("init", "--force").returncode == 0
    assert "train:" in mine.read_text(encoding="utf-8")


def test_a_wrong_settings_file_stops_every_other_command(run_emtool: RunEmtool, tmp_path: Path) -> None:
    (tmp_path / "emtool.yaml").write_text("train:\n  stepps: 3\n", encoding="utf-8")
    ran = run_emtool("status")
    assert ran.returncode == 2
    assert len(ran.stderr.splitlines()) == 1
    assert "emtool.yaml, section 'train': no key 'stepps' (there are: " in ran.stderr


def test_the_settings_file_wins_over_a_default_and_a_flag_over_the_file(
    run_emtool: RunEmtool, tmp_path: Path
) -> None:
    (tmp_path / "emtool.yaml").write_text("workspace: from-file\n", encoding="utf-8")
    assert "from-file" in run_emtool("status").stderr
    assert "from-flag" in run_emtool("status", "-w", "from-flag").stderr
    assert "from-env" in run_emtool("status", EMTOOL_WORKSPACE="from-env").stderr


def test_the_settings_file_reaches_the_commands_of_a_group(run_emtool: RunEmtool, tmp_path: Path) -> None:
    (tmp_path / "emtool.yaml").write_text("tags review:\n  adopt: [治愈=rock:mode]\n", encoding="utf-8")
    ran = run_emtool("tags", "review")
    assert ran.returncode == 2
    assert "no facet 'mode'" in ran.stderr


def test_the_doctor_reports_every_check_and_fails_where_ffmpeg_is_missing(
    run_emtool: RunEmtool, tmp_path: Path
) -> None:
    ran = run_emtool("doctor", "--json", PATH=str(tmp_path))
    assert ran.returncode == 1
    assert "ffmpeg is missing: sudo apt-get install ffmpeg" in ran.stderr
    report = json.loads(ran.stdout.splitlines()[-1])
    states = {check["name"]: check["state"] for check in report["checks"]}
    assert report["healthy"] is False
    assert states["ffmpeg"] == "missing"
    assert states["torch"] == states["device"] == states["Python"] == "ok"


@pytest.mark.parametrize(
    ("text", "worth"),
    [("A slow, sad cello melody over soft piano chords", True), ("first! who is here in 2024", False)],
)
def test_audio_is_worth_fetching_where_a_comment_describes_the_music(text: str, worth: bool) -> None:
    comment = Comment(id="1", text=text, votes=3)
    assert worth_audio([RankedComment(comment=comment, rank=1, share=1.0)]) is worth
    assert worth_audio([]) is False


@pytest.mark.parametrize(
    ("said", "worth"),
    [
        ("", True),
        ("build-dataset:\n  languages: zh\n", False),
        ("build-dataset:\n  min-votes: 5\n", False),
        ("build-dataset:\n  format: tags\n  name: mine\n", True),
    ],
)
def test_audio_is_fetched_for_what_the_settings_file_lets_a_build_accept(
    said: str, worth: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "emtool.yaml").write_text(said, encoding="utf-8")
    comment = Comment(id="1", text="A slow, sad cello melody over soft piano chords", votes=3)
    assert worth_audio([RankedComment(comment=comment, rank=1, share=1.0)]) is worth


def test_the_papers_rule_wants_the_audio_of_any_comment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    chatter = [RankedComment(comment=Comment(id="1", text="first!", votes=3), rank=1, share=1.0)]
    assert not worth_audio(chatter)
    (tmp_path / "emtool.yaml").write_text("build-dataset:\n  select: votes\n", encoding="utf-8")
    assert worth_audio(chatter)
