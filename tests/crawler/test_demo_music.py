"""The composed pieces, and the corpus that is committed."""

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from emtool.crawler.demo.casting import DUOS, TEMPO_BANDS_BPM
from emtool.crawler.demo.catalogue import CLIPS, SEED, entry
from emtool.crawler.demo.compose import Piece, compose
from emtool.crawler.demo.instruments import INSTRUMENTS

DEMO = Path(__file__).parents[2] / "crawler" / "demo"
SCALES = {"major": {0, 2, 4, 5, 7, 9, 11}, "minor": {0, 2, 3, 5, 7, 8, 10, 11}}
KEYS = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")


@pytest.fixture(scope="module")
def pieces() -> list[Piece]:
    return [compose(SEED, index) for index in range(CLIPS)]


@pytest.fixture(scope="module")
def committed() -> list[dict[str, Any]]:
    return [json.loads(line) for line in (DEMO / "catalogue.jsonl").read_text(encoding="utf-8").splitlines()]


def test_a_piece_depends_on_seed_and_index_alone() -> None:
    assert compose(3, 17) == compose(3, 17)
    assert compose(3, 17).notes != compose(4, 17).notes
    assert compose(3, 17).notes != compose(3, 18).notes


def test_tempi_stay_in_three_bands_that_do_not_touch(pieces: list[Piece]) -> None:
    for piece in pieces:
        low, high = TEMPO_BANDS_BPM[piece.tempo]
        assert low <= piece.tempo_bpm <= high
    assert TEMPO_BANDS_BPM == {"slow": (52, 70), "medium": (96, 116), "fast": (150, 184)}


def test_bands_differ_in_what_is_played_too(pieces: list[Piece]) -> None:
    """Notes a second of the melody: a listener who knows no beat still hears three tempi."""
    rates = defaultdict(list)
    for piece in pieces:
        if piece.texture == "single line":
            rates[piece.tempo].append(len(piece.notes) / piece.duration_s)
    assert max(rates["slow"]) < min(rates["fast"])
    assert np.mean(rates["slow"]) * 1.4 < np.mean(rates["medium"]) < np.mean(rates["fast"]) / 1.4


def test_clips_last_four_to_seven_seconds_and_the_music_fills_them(pieces: list[Piece]) -> None:
    for piece in pieces:
        assert 4.0 <= piece.duration_s <= 7.0
        beat_s = 60 / piece.tempo_bpm
        assert min(note.start_beat for note in piece.notes) == 0.0
        end_s = max(note.start_beat + note.duration_beats for note in piece.notes) * beat_s
        assert piece.duration_s - 0.5 < end_s < piece.duration_s + 0.2


def test_every_note_belongs_to_the_key_and_the_melody_ends_on_the_tonic(pieces: list[Piece]) -> None:
    for piece in pieces:
        tonic = KEYS.index(piece.key.split()[0])
        assert piece.key.split()[1] == piece.mode
        assert {(note.pitch - tonic) % 12 for note in piece.notes} <= SCALES[piece.mode]
        final = max(piece.notes, key=lambda note: (note.start_beat, -note.part, note.pitch))
        assert (final.pitch - tonic) % 12 in {0, 3, 4, 7}
        if piece.texture == "single line":
            assert (final.pitch - tonic) % 12 == 0


def test_the_third_that_tells_the_mode_is_heard_and_the_wrong_one_is_not(pieces: list[Piece]) -> None:
    for piece in pieces:
        tonic = KEYS.index(piece.key.split()[0])
        heard = {(note.pitch - tonic) % 12 for note in piece.notes}
        right, wrong = (4, 3) if piece.mode == "major" else (3, 4)
        assert right in heard
        assert wrong not in heard


def test_instruments_play_in_their_register_and_single_lines_one_note_at_a_time(pieces: list[Piece]) -> None:
    for piece in pieces:
        for part, name in enumerate(piece.instruments):
            instrument = INSTRUMENTS[name]
            notes = [note for note in piece.notes if note.part == part]
            registers = [
                register for register in (instrument.melody, instrument.bass, instrument.chords) if register
            ]
            assert min(low for low, _ in registers) <= min(note.pitch for note in notes)
            assert max(note.pitch for note in notes) <= max(high for _, high in registers)
            assert all(35 <= note.velocity <= 120 for note in notes)
            if not instrument.polyphonic:
                ends = [note.start_beat + note.duration_beats for note in notes]
                assert all(
                    end <= after.start_beat + 1e-9 for end, after in zip(ends, notes[1:], strict=False)
                )


def test_the_motif_comes_back(pieces: list[Piece]) -> None:
    """The rhythm of the first statement is that of the second."""
    for piece in pieces:
        if piece.texture != "single line":
            continue
        starts = [note.start_beat for note in piece.notes]
        last = starts[-1]
        assert any(
            {start for start in starts if start < period}
            == {start - period for start in starts if period <= start < 2 * period}
            for period in (2, 3, 4)
            if 2 * period <= last
        )


def test_instruments_tempo_and_mode_are_balanced(pieces: list[Piece]) -> None:
    solos = [piece for piece in pieces if len(piece.instruments) == 1]
    duos = [piece for piece in pieces if len(piece.instruments) == 2]
    assert len(solos) == 312
    assert len(duos) == 168
    counts = Counter(piece.instruments[0] for piece in solos)
    assert set(counts) == set(INSTRUMENTS)
    assert max(counts.values()) - min(counts.values()) <= 3
    assert {piece.instruments for piece in duos} == set(DUOS)
    feels = Counter((piece.instruments[0], piece.tempo, piece.mode) for piece in solos)
    assert len(feels) == 48
    assert set(feels.values()) == {6, 7}
    for share in Counter((piece.tempo, piece.mode) for piece in pieces).values():
        assert 0.14 < share / len(pieces) < 0.2


def test_clips_of_one_work_are_one_composition_on_other_instruments(pieces: list[Piece]) -> None:
    works = defaultdict(list)
    for piece in pieces:
        works[piece.work_id].append(piece)
    pairs = [members for members in works.values() if len(members) > 1]
    assert 30 <= len(pairs) <= 80
    assert max(map(len, works.values())) == 2
    for first, second in pairs:
        assert first.instruments != second.instruments
        assert (first.tempo, first.mode) == (second.tempo, second.mode)
        assert _plays_the_melody_of(first, second) or _plays_the_melody_of(second, first)


def _plays_the_melody_of(one: Piece, other: Piece) -> bool:
    """Whether ``one`` holds the melody of ``other``, transposed; an accompanied melody cannot be told apart."""
    melody = [(note.start_beat, note.pitch) for note in other.notes if note.part == 0]
    if INSTRUMENTS[other.instruments[0]].polyphonic:
        return bool(INSTRUMENTS[one.instruments[0]].polyphonic)
    played = {(note.start_beat, note.pitch) for note in one.notes if note.part == 0}
    return any(played >= {(beat, pitch + shift) for beat, pitch in melody} for shift in range(-48, 49))


def test_names_say_nothing_about_the_music(committed: list[dict[str, Any]]) -> None:
    telling = {*INSTRUMENTS, "slow", "medium", "fast", "major", "minor", "solo", "duo"}
    for clip in committed:
        shown = " ".join((clip["id"], clip["title"], clip["artist"], clip["work_id"], *clip["tags"])).lower()
        assert not any(word in shown.split() for word in telling)
    assert 35 <= len({clip["artist"] for clip in committed}) <= 45


def test_works_keep_their_title(committed: list[dict[str, Any]]) -> None:
    titles = defaultdict(set)
    for clip in committed:
        titles[clip["work_id"]].add(clip["title"])
    assert all(len(names) == 1 for names in titles.values())
    assert len(set.union(*titles.values())) > 0.8 * len(titles)


@pytest.mark.parametrize("index", [0, 1, 99, 240, CLIPS - 1])
def test_the_committed_catalogue_is_what_the_generator_says(
    index: int, committed: list[dict[str, Any]]
) -> None:
    assert committed[index] == entry(SEED, index)


def test_the_committed_corpus_is_whole_and_small(committed: list[dict[str, Any]]) -> None:
    assert len(committed) == CLIPS
    assert {clip["file"] for clip in committed} == {
        f"audio/{path.name}" for path in (DEMO / "audio").iterdir()
    }
    audio_bytes = sum(path.stat().st_size for path in (DEMO / "audio").iterdir())
    assert audio_bytes < 7_500_000
    assert audio_bytes + (DEMO / "catalogue.jsonl").stat().st_size < 8_000_000


def test_committed_clips_are_levelled_and_start_at_once(committed: list[dict[str, Any]]) -> None:
    for clip in committed[::8]:
        sound, rate = _read(clip)
        assert len(sound) / rate == pytest.approx(clip["duration_s"], abs=0.03)
        assert np.abs(sound).max() < 10 ** (-1 / 20)
        assert 20 * np.log10(_rms(sound)) == pytest.approx(-20.0, abs=1.5)
        assert 20 * np.log10(_rms(sound[rate // 20 : 3 * rate // 20])) > -38.0
        tenths = np.array_split(sound[: -rate // 2], len(sound) * 10 // rate - 5)
        assert min(20 * np.log10(_rms(tenth)) for tenth in tenths) > -55.0
        assert _rms(sound[-rate // 20 :]) < _rms(sound) / 2


def test_committed_clips_sound_the_notes_of_the_catalogue(
    committed: list[dict[str, Any]], pieces: list[Piece]
) -> None:
    """The strongest pitch of each flute note is the composed one: audio and truth were not mixed up."""
    heard = 0
    for clip, piece in zip(committed, pieces, strict=True):
        if piece.instruments != ("flute",) or piece.tempo == "fast":
            continue
        sound, rate = _read(clip)
        for note in piece.notes[:4]:
            start = round((note.start_beat * 60 / piece.tempo_bpm + 0.06) * rate)
            spectrum = np.abs(np.fft.rfft(sound[start : start + rate // 8] * np.hanning(rate // 8), 8 * rate))
            frequency_hz = np.argmax(spectrum) / 8
            semitones = 69 + 12 * np.log2(frequency_hz / 440) - note.pitch
            assert abs(semitones - 12 * round(semitones / 12)) < 0.5 or round(semitones) == 19
            heard += 1
    assert heard > 60


def _read(clip: dict[str, Any]) -> tuple[NDArray[np.float32], int]:
    sound, rate = soundfile.read(DEMO / clip["file"], dtype="float32")
    return sound, rate


def _rms(sound: NDArray[np.float32]) -> float:
    return float(np.sqrt(np.mean(np.square(sound)) + 1e-12))
