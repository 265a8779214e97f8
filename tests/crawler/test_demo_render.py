"""Rendering with the real programs, and what is said where they are missing."""

import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile

from emtool.crawler.demo import encode, render, synth
from emtool.crawler.demo.compose import Piece, compose
from emtool.crawler.demo.encode import write_opus
from emtool.crawler.demo.notes import Note
from emtool.crawler.errors import MissingToolError

mido = pytest.importorskip("mido", reason="the extra `render` is not installed")

CAN_PLAY = bool(shutil.which("fluidsynth")) and any(path.is_file() for path in synth._SOUNDFONTS)
needs_fluidsynth = pytest.mark.skipif(not CAN_PLAY, reason="fluidsynth or FluidR3_GM.sf2 is not installed")


def piece_of(*notes: Note, instruments: tuple[str, ...] = ("flute",)) -> Piece:
    return Piece(
        notes=notes,
        instruments=instruments,
        tempo_bpm=60,
        tempo="slow",
        mode="major",
        key="C major",
        texture="single line",
        work_id="w",
        duration_s=4.0,
    )


def note(start: float, beats: float, pitch: int = 72, part: int = 0) -> Note:
    return Note(part=part, start_beat=start, duration_beats=beats, pitch=pitch, velocity=90)


def test_the_score_puts_each_piece_into_its_slot(tmp_path: Path) -> None:
    duo = piece_of(note(0, 1, 76), note(0, 2, 48, part=1), instruments=("violin", "cello"))
    synth.write_score([piece_of(note(0, 1), note(1, 1, 74)), duo], tmp_path / "score.mid")
    now_s, played, programs = 0.0, [], []
    for message in mido.MidiFile(tmp_path / "score.mid"):
        now_s += message.time
        if message.type == "note_on":
            played.append((round(now_s, 3), message.channel, message.note))
        if message.type == "program_change":
            programs.append((message.channel, message.program))
    assert played == [(0.25, 0, 72), (1.25, 0, 74), (9.25, 0, 76), (9.25, 1, 48)]
    assert programs == [(0, 73), (0, 40), (1, 42)]
    assert now_s == pytest.approx(18.0)


def test_a_key_struck_again_is_let_go_first(tmp_path: Path) -> None:
    """Else its first note's end would silence the second: the sound that a sampler loses most easily."""
    synth.write_score([piece_of(note(0, 1.5), note(1, 1))], tmp_path / "score.mid")
    keys = [m.type for m in mido.MidiFile(tmp_path / "score.mid") if m.type in ("note_on", "note_off")]
    assert keys == ["note_on", "note_off", "note_on", "note_off"]


@needs_fluidsynth
def test_played_pieces_have_the_pitch_the_length_and_the_level_that_was_asked_for() -> None:
    first = piece_of(note(0, 3.5, pitch=69))
    second = piece_of(note(0, 3.5, pitch=81), note(0, 3.5, pitch=45, part=1), instruments=("flute", "cello"))
    high, duo = synth.play([first, second], synth.find_soundfont())
    rate = synth.SAMPLE_RATE_HZ
    for sound in (high, duo):
        assert sound.shape == (4 * rate,)
        assert np.abs(sound).max() < 10 ** (-2.9 / 20)
        assert 20 * np.log10(np.sqrt(np.mean(sound**2))) == pytest.approx(-20.0, abs=0.5)
        assert np.abs(sound[: rate // 20]).max() > 0.02
        assert np.abs(sound[-100:]).max() < 1e-3
    spectrum = np.abs(np.fft.rfft(high[rate : 2 * rate]))
    assert np.argmax(spectrum) % 440 == pytest.approx(0, abs=6)


@needs_fluidsynth
def test_a_clip_of_one_short_stroke_is_levelled_by_its_peak() -> None:
    (stroke,) = synth.play([piece_of(note(0, 0.2), instruments=("marimba",))], synth.find_soundfont())
    assert np.abs(stroke).max() == pytest.approx(10 ** (-3 / 20), rel=0.01)
    assert 20 * np.log10(np.sqrt(np.mean(stroke**2))) < -21.0


@needs_fluidsynth
def test_rendering_continues_and_repeats_to_the_byte(tmp_path: Path) -> None:
    arguments = ["--clips", "3", "--seed", "9", "--out", str(tmp_path)]
    assert render.main(arguments) == 0
    clips = sorted((tmp_path / "audio").iterdir())
    assert [clip.name for clip in clips] == ["s9-0000.opus", "s9-0001.opus", "s9-0002.opus"]
    before = [clip.read_bytes() for clip in clips]
    for index, clip in enumerate(clips):
        sound, rate = soundfile.read(clip)
        assert sound.ndim == 1
        assert len(sound) / rate == pytest.approx(compose(9, index).duration_s, abs=0.03)

    assert render.render(3, 9, tmp_path) == 0
    clips[1].unlink()
    written_at = [clips[0].stat().st_mtime_ns, clips[2].stat().st_mtime_ns]
    assert render.render(3, 9, tmp_path) == 1
    assert [clip.read_bytes() for clip in clips] == before
    assert [clips[0].stat().st_mtime_ns, clips[2].stat().st_mtime_ns] == written_at


@needs_fluidsynth
def test_clips_of_another_composer_are_rendered_anew(tmp_path: Path) -> None:
    render.render(2, 9, tmp_path)
    catalogue = tmp_path / "catalogue.jsonl"
    score = compose_score(catalogue)
    catalogue.write_text(catalogue.read_text(encoding="utf-8").replace(score, "00000000"), encoding="utf-8")
    assert render.render(2, 9, tmp_path) == 1
    assert compose_score(catalogue) == score


def compose_score(catalogue: Path) -> str:
    return catalogue.read_text(encoding="utf-8").split('"score":"')[1].split('"')[0]


@pytest.mark.parametrize("tool", ["fluidsynth", "ffmpeg"])
def test_a_missing_program_is_named_with_the_way_to_get_it(
    tool: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None if name == tool else f"/usr/bin/{name}")
    assert render.main(["--clips", "1", "--out", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert f"{tool} is not on PATH" in said
    assert f"apt install {tool}" in said
    assert said.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_missing_soundfont_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingToolError, match=r"FluidR3_GM.sf2 is not at .*nowhere.sf2.*fluid-soundfont-gm"):
        synth.find_soundfont(tmp_path / "nowhere.sf2")


@needs_fluidsynth
def test_a_file_that_is_no_soundfont_is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.sf2"
    wrong.write_bytes(b"RIFFnothing")
    with pytest.raises(MissingToolError, match=r"could not play .*wrong\.sf2"):
        synth.play([compose(1, 0)], wrong)


def test_an_ffmpeg_that_cannot_write_opus_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "ffmpeg"
    broken.write_text("#!/bin/sh\ncat > /dev/null\necho 'Unknown encoder libopus' >&2\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setattr(encode, "find_ffmpeg", lambda: str(broken))
    with pytest.raises(MissingToolError, match=r"Unknown encoder libopus.*needs the libopus encoder"):
        write_opus(tmp_path / "clip.opus", np.zeros(480, dtype=np.float32), 48000)
    assert not (tmp_path / "clip.opus").exists()
