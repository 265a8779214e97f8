"""English templates of comments that describe the music.

Slots: ``inst`` the instrument, or both of a duo; ``lead`` and ``other`` of a duo; ``tempo``, ``pace`` and
``speed`` the tempo as attribute, predicate and adverb; ``mood`` and ``mood2`` two words for the mood;
``mode``, ``key``, ``bpm``; ``texture``; ``one`` instrument of those that play; ``timbre`` its sound.
"""

# Instrument, tempo and mood, of a solo or a duo.
FULL = (
    "a {tempo}, {mood} {inst} piece",
    "{tempo} and {mood} {inst} music",
    "{mood} {inst}, played {speed}",
    "{mood} {inst} melody {speed}, {mood2} from start to finish",
    "love this {tempo} {inst} tune, so {mood}",
    "{inst}, {tempo}, {mood}. That's all it needs.",
    "such a {mood} little {inst} sketch, and so {pace}",
    "the {inst} sound here is {mood} and the tempo is {pace}",
    "a {mood} {mode}-key {inst} piece {speed}",
    "{tempo} {inst} in a {mode} key, very {mood}",
    "short {inst} instrumental, {pace} tempo, {mood} mood",
    "what a {mood} {inst} phrase, taken {speed}",
    "{mood}, {mood2} and {pace}: {inst} done right",
    "just {inst} {speed}, with a {mood} colour",
    "{mood} mood, {pace} tempo, nothing but {inst}",
    "this is {mood} {inst} music {speed}, around {bpm} bpm",
    "if you like {mood} {inst} pieces {speed}, this one is for you",
    "one of those {tempo} {inst} miniatures that sound {mood} right away",
    "a {mood} melody on {inst}, and the pace is {pace}",
    "the {pace} pace and the {inst} make it sound {mood}",
    "{tempo} {inst} with a {mood}, {mood2} character",
    "{inst} only, {pace} and {mood}, in {key}",
    "pure {mood} {inst}; it moves {speed}",
    "sounds like a {mood} {inst} etude, {tempo} too",
    "I hear {inst}, a {pace} tempo and a very {mood} tune",
    "{mood} {tempo} {inst} track",
    "the {mood} {inst} theme goes by {speed}",
    "a {tempo} instrumental for {inst} with a {mood} tone",
)

SOLO = (
    "solo {inst}, {tempo} and {mood}",
    "a {inst} playing alone {speed}, {mood} and {mood2}",
    "just one {inst}, {pace} and {mood}",
    "the {inst} takes it {speed} and keeps it {mood}",
    "a {inst} on its own: {mood}, {pace}",
    "this {inst} solo is {mood} and {pace}",
    "nobody but a {inst}, moving {speed}, sounding {mood}",
    "{mood} solo {inst} {speed}, in a {mode} key",
    "the {inst} sounds so {mood} when it is played {speed} like this",
    "{tempo} solo for {inst}. {mood} without a single word",
)

DUO = (
    "{lead} and {other} duet, {tempo} and {mood}",
    "a {mood} {lead} melody over {other}, {pace} tempo",
    "the {lead} moves {speed} while the {other} supports it, very {mood}",
    "{tempo} duo for {lead} and {other}, {mood} all the way",
    "{mood} {lead} with {other} underneath, played {speed}",
    "a duet: {lead} on top, {other} below, {pace} and {mood}",
    "the {other} carries the {mood} {lead} line {speed}",
    "{lead} plus {other} and it is so {mood}. {tempo} too.",
    "love how {lead} and {other} answer each other in this {tempo}, {mood} piece",
    "{lead} leads, {other} follows; a {mood} duet {speed}",
    "the mix of {lead} and {other} is {mood}, and the tempo is {pace}",
    "{mood}, {mood2} duet of {lead} and {other} in a {mode} key, {pace}",
)

# One or two properties.
PARTIAL = (
    "that {one} sound is so {mood}",
    "the {one} sounds wonderful here",
    "{one} in a {mode} key",
    "{mood} melody, {pace} tempo",
    "such a {mood} tune",
    "a very {mood} melody in {key}",
    "I love the {one} in this one",
    "the tempo is {pace} and it works",
    "this moves {speed} and stays {mood}",
    "{tempo} instrumental, {mood2} and {mood}",
    "listen to the {timbre}!",
    "it's the {timbre} that does it for me",
    "{texture} all the way through, {mood} mood",
    "{timbre} with {texture}",
    "around {bpm} bpm, {mode} key, {mood} colour",
    "a {mood} theme that repeats, and a cadence at the end",
    "{mode} key, {pace} tempo, short phrases",
    "is it {key}? sounds {mode} and {mood} to me",
    "the melody sounds {mood} and {mood2}",
    "no vocals at all, just {inst}",
    "the {pace} tempo makes the melody sound {mood}",
    "a {tempo} little {mode} tune",
    "I came for the {one}, what a tone",
    "this {one} part at {bpm} bpm is so clean",
    "{mood} {inst}. Nothing else to say",
    "the harmony is plain {mode}, the tune is {mood}",
    "{inst} and nothing more, {pace} tempo",
    "{texture}, {pace} tempo",
)
