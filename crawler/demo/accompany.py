"""Bass and chords under a melody, in the textures that the instruments of the corpus are known for."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from emtool.crawler.demo.harmony import semitones
from emtool.crawler.demo.instruments import Instrument, Range
from emtool.crawler.demo.melody import Sketch
from emtool.crawler.demo.notes import Note

_STRUM_BEATS = 0.04  # delay from string to string


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    """One chord with its place in the piece and its pitches on the instrument."""

    start_beat: float
    beats: int
    bass: int
    fifth: int
    chord: tuple[int, ...]
    is_final: bool


Stroke = tuple[float, float, tuple[int, ...], int]  # start beat, beats, pitches, velocity offset


def accompany(
    plan: Sketch,
    instrument: Instrument,
    texture: str,
    *,
    tonic: int,
    final_beats: int,
    loudness: int,
    part: int,
    random: Random,
) -> list[Note]:
    """Write the accompaniment of a whole piece.

    Args:
        plan: The work.
        instrument: Who plays.
        texture: One of the instrument's textures.
        tonic: MIDI pitch of the melody's tonic.
        final_beats: Length of the last chord.
        loudness: MIDI velocity around which the part is played.
        part: The instrument's place in the piece.
        random: Source of the small differences between strokes.
    """
    notes = []
    for span in _spans(plan, instrument, tonic, final_beats):
        pattern = _PATTERNS[texture]
        if span.is_final and texture not in _SELF_ENDING:
            pattern = _last
        for start, beats, pitches, offset in pattern(span):
            stagger = _STRUM_BEATS if texture == "strummed chords" else 0.0
            for string, pitch in enumerate(pitches):
                notes.append(
                    Note(
                        part=part,
                        start_beat=start + string * stagger,
                        duration_beats=beats * (1.0 if span.is_final else instrument.sounding),
                        pitch=pitch,
                        velocity=min(115, max(35, loudness + offset + random.randint(-3, 3))),
                    )
                )
    return notes


def _spans(plan: Sketch, instrument: Instrument, tonic: int, final_beats: int) -> Iterator[_Span]:
    assert instrument.bass is not None
    for place, root in enumerate((*plan.chords, 0)):
        triad = [tonic + semitones(root + third, plan.mode, root) for third in (0, 2, 4)]
        bass = _into(triad[0], instrument.bass)
        chords = instrument.chords or instrument.bass
        yield _Span(
            start_beat=float(place * plan.chord_beats),
            beats=final_beats if place == len(plan.chords) else plan.chord_beats,
            bass=bass,
            fifth=_into(triad[2], instrument.bass),
            chord=tuple(sorted({_into(pitch, chords) for pitch in triad} - {bass})),
            is_final=place == len(plan.chords),
        )


def _into(pitch: int, register: Range) -> int:
    """Move a pitch by octaves to where it lies nearest to the middle of a register, and never outside it."""
    low, high = register
    middle = (low + high) / 2
    places = [candidate for candidate in range(pitch % 12, 128, 12) if low <= candidate <= high]
    return min(places, key=lambda candidate: (abs(candidate - middle), candidate))


def _arpeggios(span: _Span) -> Iterator[Stroke]:
    order = (span.bass, span.chord[0], span.chord[-1], span.chord[len(span.chord) // 2])
    for eighth in range(span.beats * 2):
        pitch = order[eighth % 4]
        yield span.start_beat + eighth / 2, 0.95, (pitch,), 4 if eighth == 0 else 0


def _block_chords(span: _Span) -> Iterator[Stroke]:
    yield span.start_beat, span.beats, (span.bass,), 4
    for beat in range(span.beats):
        yield span.start_beat + beat, 0.9, span.chord, 0 if beat else 2


def _strummed_chords(span: _Span) -> Iterator[Stroke]:
    for beat in range(span.beats):
        pitches = (span.bass, *span.chord) if beat == 0 else span.chord
        yield span.start_beat + beat, 0.95, pitches, 0 if beat else 4


def _sustained_chords(span: _Span) -> Iterator[Stroke]:
    yield span.start_beat, span.beats, (span.bass, *span.chord), 0


def _offbeat_chords(span: _Span) -> Iterator[Stroke]:
    for beat in range(span.beats):
        yield span.start_beat + beat, 0.6, (span.fifth if beat % 2 else span.bass,), 4
        yield span.start_beat + beat + 0.5, 0.45, span.chord, -4


def _bass_line(span: _Span) -> Iterator[Stroke]:
    if span.beats < 3 or span.is_final:
        yield span.start_beat, span.beats, (span.bass,), 6
        return
    yield span.start_beat, span.beats - 1, (span.bass,), 6
    yield span.start_beat + span.beats - 1, 1, (span.fifth,), 0


def _last(span: _Span) -> Iterator[Stroke]:
    yield span.start_beat, span.beats, (span.bass, *span.chord), 2


_PATTERNS: dict[str, Callable[[_Span], Iterator[Stroke]]] = {
    "arpeggios": _arpeggios,
    "block chords": _block_chords,
    "strummed chords": _strummed_chords,
    "sustained chords": _sustained_chords,
    "offbeat chords": _offbeat_chords,
    "bass line": _bass_line,
}
_SELF_ENDING = ("arpeggios", "bass line")  # textures that end the way they went on
