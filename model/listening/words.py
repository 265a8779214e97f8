"""Tags that a listener can be asked about, and the answer that each stands for."""

# Kinds that sound much alike share an answer. Families such as "strings" are left out: a clip that is tagged
# violin and strings still names one instrument.
_KINDS = {
    "guitar": (
        "acoustic guitar",
        "classical guitar",
        "fingerstyle guitar",
        "guitar solo break",
        "flamenco guitar",
        "twelve-string guitar",
    ),
    "piano": ("grand piano", "upright piano"),
    "saxophone": ("alto saxophone", "baritone saxophone", "soprano saxophone", "tenor saxophone"),
    "trumpet": ("muted trumpet",),
    "violin": ("fiddle",),
}
_INSTRUMENTS = (
    "accordion",
    "bagpipes",
    "banjo",
    "bass guitar",
    "bassoon",
    "cello",
    "clarinet",
    "distorted guitar",
    "dizi",
    "double bass",
    "drums",
    "electric guitar",
    "electric piano",
    "erhu",
    "flute",
    "french horn",
    "glockenspiel",
    "guitar",
    "guqin",
    "guzheng",
    "harmonica",
    "harp",
    "harpsichord",
    "kalimba",
    "mandolin",
    "marimba",
    "music box",
    "oboe",
    "organ",
    "piano",
    "pipa",
    "recorder",
    "saxophone",
    "sitar",
    "suona",
    "synthesizer",
    "trombone",
    "trumpet",
    "tuba",
    "ukulele",
    "vibraphone",
    "viola",
    "violin",
    "xylophone",
)

INSTRUMENTS = {name: name for name in _INSTRUMENTS} | {
    kind: name for name, kinds in _KINDS.items() for kind in kinds
}
TEMPOS = {"very slow": "slow", "slow": "slow", "medium": "medium", "fast": "fast", "very fast": "fast"}
MODES = {"major": "major", "minor": "minor"}
