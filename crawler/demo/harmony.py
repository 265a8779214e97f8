"""Scales, chord progressions and the pitch of a scale degree.

Degrees are whole numbers counted from the tonic: 0 is the tonic, 7 its octave, -1 the note below it.
"""

from random import Random

_SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
KEY_NAMES = ("C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B")

_DOMINANT = 4
_PROGRESSIONS = {
    "major": (
        (0, 5, 3, 4),
        (0, 4, 5, 3),
        (0, 3, 1, 4),
        (0, 2, 3, 4),
        (0, 3, 0, 4),
        (0, 5, 1, 4),
        (0, 4, 0, 4),
    ),
    "minor": (
        (0, 5, 3, 4),
        (0, 3, 6, 4),
        (0, 5, 2, 6),
        (0, 6, 5, 4),
        (0, 3, 0, 4),
        (0, 2, 3, 4),
        (0, 4, 0, 4),
    ),
}
_APPROACHES = {"major": (3, 1, 5), "minor": (3, 5)}


def progression(mode: str, chords: int, random: Random) -> tuple[int, ...]:
    """Draw the roots of 3, 4 or 6 chords that lead back to the tonic chord, which is not among them."""
    four = random.choice(_PROGRESSIONS[mode])
    if chords == 4:
        return four
    approach = random.choice(_APPROACHES[mode])
    if chords == 3:
        return (0, approach, _DOMINANT)
    return (*four[:3], 0, approach, _DOMINANT)


def semitones(degree: int, mode: str, root: int) -> int:
    """Give a degree's distance from the tonic under a chord on ``root``; minor raises its seventh over V."""
    octave, step = divmod(degree, 7)
    raised = mode == "minor" and root == _DOMINANT and step == 6
    return 12 * octave + _SCALES[mode][step] + int(raised)


def is_chord_tone(degree: int, root: int) -> bool:
    """Tell whether a degree belongs to the triad on ``root``."""
    return (degree - root) % 7 in (0, 2, 4)
