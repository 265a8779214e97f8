"""The eight General MIDI instruments of the demo corpus and the registers that they are written for."""

from dataclasses import dataclass

Range = tuple[int, int]  # lowest and highest MIDI pitch, both allowed


@dataclass(frozen=True, slots=True, kw_only=True)
class Instrument:
    """One instrument as the composer knows it."""

    name: str
    """Canonical English name."""
    program: int
    """General MIDI program, counted from 0."""
    melody: Range
    """Register of a melody on it."""
    bass: Range | None = None
    """Register of a bass line on it; None where it plays none."""
    chords: Range | None = None
    """Register of its accompanying chords; None for an instrument that plays one note at a time."""
    sounding: float = 0.95
    """Part of a written note value that is held, 0 to 1."""
    textures: dict[str, tuple[str, ...]] | None = None
    """Accompaniments that suit it, by tempo; None where it accompanies nobody."""

    @property
    def polyphonic(self) -> bool:
        """Whether it plays melody, bass and chords at once."""
        return self.chords is not None


INSTRUMENTS = {
    instrument.name: instrument
    for instrument in (
        Instrument(
            name="piano",
            program=0,
            melody=(62, 88),
            bass=(36, 50),
            chords=(48, 64),
            textures={
                "slow": ("arpeggios", "block chords"),
                "medium": ("arpeggios", "block chords"),
                "fast": ("arpeggios", "offbeat chords"),
            },
        ),
        Instrument(
            name="guitar",
            program=24,
            melody=(55, 79),
            bass=(40, 52),
            chords=(50, 65),
            textures={
                "slow": ("arpeggios",),
                "medium": ("arpeggios", "strummed chords"),
                "fast": ("arpeggios", "strummed chords"),
            },
        ),
        Instrument(name="violin", program=40, melody=(62, 90), sounding=1.0),
        Instrument(
            name="cello",
            program=42,
            melody=(41, 67),
            bass=(36, 52),
            sounding=1.0,
            textures={"slow": ("bass line",), "medium": ("bass line",), "fast": ("bass line",)},
        ),
        Instrument(name="flute", program=73, melody=(65, 92), sounding=0.97),
        Instrument(name="trumpet", program=56, melody=(57, 82), sounding=0.9),
        Instrument(
            name="organ",
            program=19,
            melody=(60, 86),
            bass=(36, 48),
            chords=(52, 67),
            sounding=0.93,
            textures={
                "slow": ("sustained chords", "block chords"),
                "medium": ("sustained chords", "block chords"),
                "fast": ("sustained chords", "block chords"),
            },
        ),
        Instrument(
            name="marimba",
            program=12,
            melody=(57, 84),
            bass=(43, 55),
            chords=(52, 67),
            textures={
                "slow": ("arpeggios",),
                "medium": ("arpeggios", "offbeat chords"),
                "fast": ("arpeggios", "offbeat chords"),
            },
        ),
    )
}
"""Every instrument of the corpus by its canonical name."""

DUO_LEADS = ("violin", "cello", "flute", "trumpet")
DUO_COMPANIONS = ("piano", "guitar", "organ", "marimba", "cello")
