"""``emtool sample`` as a person types it."""

import json
from pathlib import Path
from typing import Any

import pytest
import soundfile
from typer.testing import CliRunner, Result

from emtool.cli import app
from tests.model.making import RATE_HZ, SAMPLES, tone


def typed(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["sample", *map(str, arguments)])


def made(*arguments: object) -> dict[str, Any]:
    done = typed("--steps", "2", "--json", *arguments)
    assert done.exit_code == 0, done.output
    summary: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return summary


@pytest.fixture
def take(tmp_path: Path) -> Path:
    path = tmp_path / "take.wav"
    soundfile.write(path, tone(300.0)[0], RATE_HZ)
    return path


def test_prompts_of_a_file_come_after_those_that_are_typed(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "more.txt").write_text("长笛\na calm cello\n", encoding="utf-8")
    summary = made(
        trained, "flute", "--prompts", tmp_path / "more.txt", "--out", tmp_path / "out", "--as", "flac"
    )
    assert [Path(file).name for file in summary["files"]] == [
        "001-flute.flac",
        "002-长笛.flac",
        "003-a-calm-cello.flac",
    ]


def test_prompts_become_the_tags_that_they_name(trained: Path, tmp_path: Path) -> None:
    made(trained, "这首钢琴曲太悲伤了", "--format", "tags", "--out", tmp_path)
    prompt = json.loads((tmp_path / "samples.json").read_text())["sounds"][0]["prompt"]
    assert set(prompt.split(", ")) == {"piano", "sad"}


def test_a_way_from_one_text_to_another_begins_and_ends_with_them(trained: Path, tmp_path: Path) -> None:
    way = made(trained, "flute", "--morph-to", "cello", "--count", "3", "--out", tmp_path / "way")
    begin, _, end = (soundfile.read(file)[0] for file in way["files"])
    (flute,) = made(trained, "flute", "--out", tmp_path / "a")["files"]
    (cello,) = made(trained, "cello", "--out", tmp_path / "b")["files"]
    assert begin == pytest.approx(soundfile.read(flute)[0], abs=1e-3)
    assert end == pytest.approx(soundfile.read(cello)[0], abs=1e-3)


def test_a_sound_goes_on_and_says_from_what(trained: Path, take: Path, tmp_path: Path) -> None:
    summary = made(trained, "flute", "--continue", take, "--out", tmp_path / "out", "--negative", "cello")
    assert summary["seconds"] == 2 * SAMPLES / RATE_HZ
    with soundfile.SoundFile(summary["files"][0]) as sound:
        assert len(sound) == 2 * SAMPLES
        assert "negative=cello" in sound.comment
        assert "from=take.wav" in sound.comment
    longer = made(trained, "flute", "--continue", take, "--seconds", "1.5", "--out", tmp_path / "longer")
    assert soundfile.info(longer["files"][0]).frames == 6000


def test_a_part_is_made_anew_and_a_variation_stays_close(trained: Path, take: Path, tmp_path: Path) -> None:
    before, _ = soundfile.read(take)
    (part,) = made(trained, "flute", "--infill", take, "--between", "0.2", "0.3", "--out", tmp_path / "a")[
        "files"
    ]
    after, _ = soundfile.read(part)
    assert after[:600] == pytest.approx(before[:600], abs=1e-3)
    assert after[900:1100] != pytest.approx(before[900:1100], abs=0.05)
    (close,) = made(trained, "flute", "--init", take, "--strength", "0.05", "--out", tmp_path / "b")["files"]
    assert soundfile.read(close)[0] == pytest.approx(before, abs=0.1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no TEXT: say what the music should be"),
        (["x", "--as", "mp4"], "--as mp4 is unknown"),
        (["x", "--format", "both"], "--format both is unknown (there are: free-form, tags)"),
        (["qwertz", "--format", "tags"], "no tag in 'qwertz'"),
        (["x", "--morph-to", "y"], "--morph-to with --count 1"),
        (["x", "--init", "take.wav", "--infill", "take.wav"], "--infill and --init contradict each other"),
        (["x", "--strength", "0.5"], "--strength says something about --init SOUND, which is not given"),
        (["x", "--between", "1", "2"], "--between says something about --infill SOUND"),
        (["x", "--infill", "take.wav"], "--infill needs --between FROM TO"),
        (["x", "--infill", "take.wav", "--between", "0.4", "0.9"], "does not lie in the 0.512 s"),
        (["x", "--init", "take.wav", "--seconds", "3"], "--seconds 3 with --init"),
        (["x", "--init", "nowhere.wav"], "nowhere.wav is no file"),
        (["x", "--continue", "take.wav", "--seconds", "0.1"], "ask for more"),
        (["x", "--sampler", "eular"], "plug-in named 'eular'"),
        (["x", "--guidance", "101"], "guidance=101.0 is outside 0 to 100"),
        (["x", "--seconds", "1e12"], "GB of memory"),
        (["   "], "prompt 1 is empty"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(
    trained: Path, take: Path, arguments: list[str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(take.parent)
    done = typed(trained, *arguments)
    assert done.exit_code == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (take.parent / "emtool-data").exists()


@pytest.mark.parametrize("prompt", ["🎻🎻", "word " * 10_000, "\x1b[31m\x00", "-"])
def test_any_prompt_is_sung(trained: Path, tmp_path: Path, prompt: str) -> None:
    summary = made("--out", tmp_path, "--", trained, prompt)
    assert soundfile.info(summary["files"][0]).frames == SAMPLES
    assert len(Path(summary["files"][0]).name) < 60


def test_an_unwritable_folder_is_said(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    done = typed(trained, "x", "--steps", "1", "--out", tmp_path / "file" / "out")
    assert done.exit_code == 1
    assert "Not a directory" in done.stderr
