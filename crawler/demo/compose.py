"""The composer: seed and index in, a short piece out.

A piece is a motif stated over a chord progression, repeated in sequence as the chords move on, and led into a
final tonic. Clips that share a work share motif, rhythm and chords, and differ in instruments, tempo and key.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from emtool.crawler.demo.accompany import accompany
from emtool.crawler.demo.casting import TEMPO_BANDS_BPM, cast
from emtool.crawler.demo.harmony import KEY_NAMES, semitones
from emtool.crawler.demo.instruments import INSTRUMENTS, Instrument
from emtool.crawler.demo.melody import Sketch, sketch
from emtool.crawler.demo.notes import Note
from emtool.crawler.files import fingerprint

RING_S = 0.35
"""Time after the last written beat in which the sound dies away."""
_LONG_S = 4.9

_DUO_DISTANCE, _SOLO_DISTANCE = 10, 18  # how much softer, in velocity, an accompaniment is
_LOUDNESS = {"slow": 76, "medium": 86, "fast": 96}  # velocity of a melody


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One composed clip: what is played, and the truth about it."""

    notes: tuple[Note, ...]
    instruments: tuple[str, ...]
    tempo_bpm: int
    tempo: str
    mode: str
    key: str
    texture: str
    work_id: str
    duration_s: float


def compose(seed: int, index: int) -> Piece:
    """Write the piece of one clip; the same seed and index give the same piece on every machine."""
    casting = cast(seed, index)
    plan = sketch(casting.mode, casting.tempo, Random(f"{seed}/work/{casting.work}"))
    random = Random(f"{seed}/clip/{index}")
    tempo_bpm = random.randint(*TEMPO_BANDS_BPM[casting.tempo])
    final_beats = _final_beats(plan, tempo_bpm)
    lead = INSTRUMENTS[casting.instruments[0]]
    tonic = random.choice(_possible_tonics(plan, lead))
    loudness = _LOUDNESS[casting.tempo]
    notes = list(_melody(plan, lead, tonic=tonic, final_beats=final_beats, loudness=loudness, random=random))
    companion = INSTRUMENTS[casting.instruments[-1]]
    texture = "single line"
    if len(casting.instruments) > 1 or companion.polyphonic:
        assert companion.textures is not None
        texture = random.choice(companion.textures[casting.tempo])
        part = len(casting.instruments) - 1
        notes += accompany(
            plan,
            companion,
            texture,
            tonic=tonic,
            final_beats=final_beats,
            loudness=loudness - (_DUO_DISTANCE if part else _SOLO_DISTANCE),
            part=part,
            random=random,
        )
    return Piece(
        notes=tuple(sorted(notes, key=lambda note: (note.start_beat, note.part, note.pitch))),
        instruments=casting.instruments,
        tempo_bpm=tempo_bpm,
        tempo=casting.tempo,
        mode=casting.mode,
        key=f"{KEY_NAMES[tonic % 12]} {casting.mode}",
        texture=texture,
        work_id=f"w{fingerprint(casting.work)}",
        duration_s=round((plan.beats + final_beats) * 60 / tempo_bpm + RING_S, 3),
    )


def _final_beats(plan: Sketch, tempo_bpm: int) -> int:
    """Length of the final tonic: two beats, or one where two would make a long clip."""
    return 2 if (plan.beats + 2) * 60 / tempo_bpm <= _LONG_S else 1


def _possible_tonics(plan: Sketch, lead: Instrument) -> list[int]:
    """Every tonic pitch that keeps the whole melody inside the instrument's register."""
    offsets = [semitones(tone.degree, plan.mode, tone.root) for tone in plan.melody]
    low, high = lead.melody
    tonics = [tonic for tonic in range(128) if low <= tonic + min(offsets) and tonic + max(offsets) <= high]
    assert tonics, f"no key lets {lead.name} play a melody that spans {max(offsets) - min(offsets)} semitones"
    return tonics


def _melody(
    plan: Sketch, lead: Instrument, *, tonic: int, final_beats: int, loudness: int, random: Random
) -> Iterator[Note]:
    """Play the sketched melody: accents on the beats, a swell towards the middle, the last tonic held."""
    for tone in plan.melody:
        is_last = tone is plan.melody[-1]
        swell = 8 - round(16 * abs(tone.start_beat / plan.beats - 0.5))
        accent = 6 if tone.start_beat % plan.motif_beats == 0 else 2 if tone.start_beat % 1 == 0 else -4
        yield Note(
            part=0,
            start_beat=tone.start_beat,
            duration_beats=final_beats * 1.0 if is_last else tone.duration_beats * lead.sounding,
            pitch=tonic + semitones(tone.degree, plan.mode, tone.root),
            velocity=min(120, max(40, loudness + swell + accent + random.randint(-3, 3))),
        )
