"""The note, the one thing that composer, accompanist and renderer share."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """One sounding note."""

    part: int  # index into the piece's instruments
    start_beat: float
    duration_beats: float
    pitch: int  # MIDI, 60 is middle C
    velocity: int  # MIDI, 1 to 127
