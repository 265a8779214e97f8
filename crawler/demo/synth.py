"""From composed pieces to levelled waveforms: a MIDI file, FluidSynth, and the cut into clips.

Loading the soundfont takes longer than playing a clip, so pieces are played one after the other in one MIDI
file, each in a slot of its own, long enough that nothing rings into the next.
"""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryDirectory

import mido
import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.crawler.demo.compose import Piece
from emtool.crawler.demo.instruments import INSTRUMENTS
from emtool.crawler.demo.notes import Note
from emtool.crawler.errors import MissingToolError

SAMPLE_RATE_HZ = 48000
TARGET_RMS_DBFS = -20.0
PEAK_CEILING_DBFS = -3.0  # leaves room for what lossy coding and true peaks add

_SLOT_S = 9.0
_LEAD_IN_S = 0.25  # silence at the start of a slot, in which the program change takes effect
_SILENCE_DB = -26.0  # below the clip's peak: where a slow attack is taken to begin
_FADE_S = 0.2
_SOUNDFONTS = (
    Path("/usr/share/sounds/sf2/FluidR3_GM.sf2"),
    Path("/usr/share/soundfonts/FluidR3_GM.sf2"),
    Path("/opt/homebrew/share/soundfonts/FluidR3_GM.sf2"),
    Path("/usr/local/share/soundfonts/FluidR3_GM.sf2"),
)
_SYNTH_OPTIONS = {
    "synth.gain": 0.5,
    "synth.chorus.active": 0,
    "synth.reverb.active": 1,
    "synth.reverb.room-size": 0.3,
    "synth.reverb.damp": 0.4,
    "synth.reverb.width": 0.5,
    "synth.reverb.level": 0.25,
}


def find_fluidsynth() -> str:
    """Give the path of the ``fluidsynth`` program, or raise MissingToolError."""
    found = shutil.which("fluidsynth")
    if found is None:
        raise MissingToolError(
            "fluidsynth is not on PATH, and rendering needs it: "
            "apt install fluidsynth (or brew install fluid-synth)"
        )
    return found


def find_soundfont(wanted: Path | None = None) -> Path:
    """Give the FluidR3 soundfont: the wanted file, or the first of the usual places, or MissingToolError."""
    for path in (wanted,) if wanted else _SOUNDFONTS:
        if path.is_file():
            return path
    place = str(wanted) if wanted else " or ".join(str(path.parent) for path in _SOUNDFONTS)
    raise MissingToolError(
        f"FluidR3_GM.sf2 is not at {place}, and rendering needs it: apt install fluid-soundfont-gm, "
        "or name the file with --soundfont"
    )


def play(pieces: Sequence[Piece], soundfont: Path) -> list[NDArray[np.float32]]:
    """Render pieces to mono float32 waveforms [T] at 48 kHz, each exactly ``duration_s`` long and levelled.

    Raises:
        MissingToolError: FluidSynth is absent, or it could not read the soundfont.
    """
    with TemporaryDirectory(prefix="emtool-render-") as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        write_score(pieces, score)
        _run_fluidsynth(score, sound, soundfont)
        samples, rate = soundfile.read(sound, dtype="float32", always_2d=True)
    assert rate == SAMPLE_RATE_HZ
    mono = samples.mean(axis=1)
    slot = round(_SLOT_S * SAMPLE_RATE_HZ)
    return [
        _cut(mono[place * slot : (place + 1) * slot], piece.duration_s) for place, piece in enumerate(pieces)
    ]


def write_score(pieces: Sequence[Piece], path: Path) -> None:
    """Write pieces into one Standard MIDI File whose tick is a millisecond, one slot after the other."""
    events: list[tuple[int, int, mido.Message]] = []  # milliseconds, order within a millisecond, message
    for place, piece in enumerate(pieces):
        slot_ms = round(place * _SLOT_S * 1000)
        for part, name in enumerate(piece.instruments):
            quiet = mido.Message("control_change", channel=part, control=120, value=0)
            program = mido.Message("program_change", channel=part, program=INSTRUMENTS[name].program)
            events += [(slot_ms, 0, quiet), (slot_ms, 1, program)]
        first_ms = slot_ms + round(_LEAD_IN_S * 1000)
        for start_ms, end_ms, note in _keystrokes(piece):
            key = {"channel": note.part, "note": note.pitch}
            events.append((first_ms + end_ms, 2, mido.Message("note_off", **key)))
            events.append((first_ms + start_ms, 3, mido.Message("note_on", velocity=note.velocity, **key)))
    end_ms = round(len(pieces) * _SLOT_S * 1000)
    track = mido.MidiTrack([mido.MetaMessage("set_tempo", tempo=1_000_000)])
    now_ms = 0
    for time_ms, _, message in sorted(events, key=lambda event: event[:2]):
        track.append(message.copy(time=time_ms - now_ms))
        now_ms = time_ms
    track.append(mido.MetaMessage("end_of_track", time=end_ms - now_ms))
    mido.MidiFile(type=0, ticks_per_beat=1000, tracks=[track]).save(path)


def _keystrokes(piece: Piece) -> Iterator[tuple[int, int, Note]]:
    """Give start, end (milliseconds) and note; a key that is struck again is let go first, as a real one."""
    beat_ms = 60_000 / piece.tempo_bpm
    notes = sorted(piece.notes, key=lambda note: (note.part, note.pitch, note.start_beat))
    for note, following in zip_longest(notes, notes[1:]):
        end_beat = note.start_beat + note.duration_beats
        if following and (following.part, following.pitch) == (note.part, note.pitch):
            end_beat = min(end_beat, following.start_beat)
        yield round(note.start_beat * beat_ms), round(end_beat * beat_ms), note


def _run_fluidsynth(score: Path, sound: Path, soundfont: Path) -> None:
    options = [part for key, value in _SYNTH_OPTIONS.items() for part in ("-o", f"{key}={value}")]
    command = [find_fluidsynth(), "-n", "-i", "-q", "-r", str(SAMPLE_RATE_HZ), *options]
    command += ["-O", "float", "-T", "wav", "-F", str(sound), str(soundfont), str(score)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    complaints = [text for text in done.stderr.splitlines() if "error" in text]  # it exits 0 all the same
    if done.returncode != 0 or complaints:
        said = (complaints or ["no message"])[0]
        raise MissingToolError(
            f"fluidsynth could not play {soundfont} ({said}): reinstall fluid-soundfont-gm"
        )


def _cut(slot: NDArray[np.float32], duration_s: float) -> NDArray[np.float32]:
    """Take the clip out of its slot from the first audible sample on, level it, and let its end die away."""
    loud = np.abs(slot) > np.abs(slot).max() * 10 ** (_SILENCE_DB / 20)
    start = int(np.argmax(loud))
    length = round(duration_s * SAMPLE_RATE_HZ)
    clip = np.zeros(length, dtype=np.float32)
    taken = slot[start : start + length]
    clip[: len(taken)] = taken
    fade = round(_FADE_S * SAMPLE_RATE_HZ)
    clip[-fade:] *= np.cos(np.linspace(0.0, np.pi / 2, fade, dtype=np.float32)) ** 2
    return _level(clip)


def _level(clip: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bring a clip to the target loudness, or as near as its peaks allow."""
    rms = float(np.sqrt(np.mean(np.square(clip, dtype=np.float64))))
    peak = float(np.abs(clip).max())
    assert rms > 0.0, "FluidSynth played silence"
    gain = min(10 ** (TARGET_RMS_DBFS / 20) / rms, 10 ** (PEAK_CEILING_DBFS / 20) / peak)
    return (clip * np.float32(gain)).astype(np.float32)
