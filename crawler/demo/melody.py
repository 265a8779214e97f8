"""The sketch of a work: its chords, and a melody grown from one motif, in scale degrees."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, count
from random import Random

from emtool.crawler.demo.harmony import is_chord_tone, progression

LOWEST_DEGREE, HIGHEST_DEGREE = -3, 9

# By tempo: beats of a motif, how often it is stated, beats of a chord.
_FORMS: dict[str, tuple[tuple[int, int, int], ...]] = {
    "slow": ((2, 2, 1),),
    "medium": ((4, 2, 2), (3, 3, 3)),
    "fast": ((4, 3, 2), (4, 3, 4), (3, 4, 3)),
}
# By tempo and beats of a motif: note values. Slow ones breathe, fast ones run: the bands never sound alike.
_RHYTHMS: dict[tuple[str, int], tuple[tuple[float, ...], ...]] = {
    ("slow", 2): ((1, 1), (1.5, 0.5), (1, 0.5, 0.5)),
    ("medium", 4): (
        (1, 1, 1, 1),
        (1, 0.5, 0.5, 1, 1),
        (1.5, 0.5, 1, 1),
        (1, 1, 0.5, 0.5, 1),
        (0.5, 0.5, 1, 1, 1),
    ),
    ("medium", 3): ((1, 1, 1), (1, 0.5, 0.5, 1), (1.5, 0.5, 1), (0.5, 0.5, 1, 1)),
    ("fast", 4): (
        (0.5,) * 8,
        (1, 0.5, 0.5, 1, 0.5, 0.5),
        (0.5, 0.5, 1, 0.5, 0.5, 1),
        (0.5, 0.5, 0.5, 0.5, 0.5, 0.5, 1),
        (0.5, 0.5, 0.5, 0.5, 1, 0.5, 0.5),
    ),
    ("fast", 3): ((0.5,) * 6, (1, 0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 1, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5, 1)),
}
_STEPS = (-2, -1, -1, 1, 1, 2)
_SHAPES = (1, -1)
_THIRD = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Tone:
    """One note of a melody before it has a key."""

    start_beat: float
    duration_beats: float
    degree: int
    root: int  # the chord under it


@dataclass(frozen=True, slots=True, kw_only=True)
class Sketch:
    """A work without instruments, key and tempo."""

    mode: str
    motif_beats: int
    chord_beats: int
    chords: tuple[int, ...]  # roots; the final tonic chord follows them
    melody: tuple[Tone, ...]  # the last one is the final tonic

    @property
    def beats(self) -> int:
        """Beats before the final tonic."""
        return self.chord_beats * len(self.chords)


def sketch(mode: str, tempo: str, random: Random) -> Sketch:
    """Draw a work for a mode and a tempo band, as often as it takes for the melody to tell its mode."""
    drafts = (_draft(mode, tempo, random) for _ in count())
    return next(draft for draft in drafts if _tells_its_mode(draft))


def _tells_its_mode(draft: Sketch) -> bool:
    """A melody alone is major or minor only by its third; and it should have some notes to go by."""
    degrees = {tone.degree for tone in draft.melody}
    return len(degrees) >= 4 and any(degree % 7 == _THIRD for degree in degrees)


def _draft(mode: str, tempo: str, random: Random) -> Sketch:
    motif_beats, statements, chord_beats = random.choice(_FORMS[tempo])
    chords = progression(mode, motif_beats * statements // chord_beats, random)
    rhythm = random.choice(_RHYTHMS[tempo, motif_beats])
    steps = _contour(len(rhythm), random)
    starts = random.choice((0, 2, 4, 7)), random.choice(_SHAPES)
    tones: list[Tone] = []
    for statement in range(statements):
        motif_beat = float(statement * motif_beats)
        position = _towards_chord(
            starts[0] + statement * starts[1], chords[int(motif_beat // chord_beats)], 0
        )
        for beat, value, step in zip(_onsets(motif_beat, rhythm), rhythm, (0, *steps), strict=True):
            root = chords[int(beat // chord_beats)]
            position = _inside(position + step)
            if beat % chord_beats == 0 or value > 1:
                position = _towards_chord(position, root, step)
            tones.append(Tone(start_beat=beat, duration_beats=value, degree=position, root=root))
    return Sketch(
        mode=mode,
        motif_beats=motif_beats,
        chord_beats=chord_beats,
        chords=chords,
        melody=(*tones, _final_tone(tones[-1])),
    )


def _contour(notes: int, random: Random) -> list[int]:
    """Steps inside a motif: one way, then a turn, so that it is heard as a shape and comes back as one."""
    direction = random.choice(_SHAPES)
    turn = random.randint(1, max(1, notes - 1))
    return [
        abs(random.choice(_STEPS)) * (direction if place < turn else -direction) for place in range(notes - 1)
    ]


def _onsets(first_beat: float, rhythm: Sequence[float]) -> Iterator[float]:
    """Beat at which each note value of a rhythm starts."""
    return accumulate(rhythm[:-1], initial=first_beat)


def _inside(degree: int) -> int:
    """Reflect a degree that leaves the range of a singable melody."""
    if degree > HIGHEST_DEGREE:
        return 2 * HIGHEST_DEGREE - degree
    if degree < LOWEST_DEGREE:
        return 2 * LOWEST_DEGREE - degree
    return degree


def _towards_chord(degree: int, root: int, step: int) -> int:
    """The chord tone nearest to a degree; of two equally near ones that in the direction of the last step."""
    direction = -1 if step < 0 else 1
    reach = range(LOWEST_DEGREE, HIGHEST_DEGREE + 1)
    tones = (other for other in reach if is_chord_tone(other, root))
    return min(tones, key=lambda other: (abs(other - degree), direction * (degree - other)))


def _final_tone(last: Tone) -> Tone:
    """The tonic nearest to the last note; it lasts as long as the clip allows."""
    tonic = 0 if last.degree <= 3 else 7
    return Tone(start_beat=last.start_beat + last.duration_beats, duration_beats=0.0, degree=tonic, root=0)
