"""Who plays what: the balanced plan of a corpus of any size.

Clip ``index`` gets its instruments, tempo and mode from decks of cards: a deck holds every combination once
and is shuffled anew when it is used up, so any run of clips covers the combinations as evenly as it can.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from emtool.crawler.demo.instruments import DUO_COMPANIONS, DUO_LEADS, INSTRUMENTS

TEMPO_BANDS_BPM = {"slow": (52, 70), "medium": (96, 116), "fast": (150, 184)}
MODES = ("major", "minor")
FEELS = tuple((tempo, mode) for tempo in TEMPO_BANDS_BPM for mode in MODES)

SOLOS = tuple((name,) for name in INSTRUMENTS)
DUOS = tuple((lead, other) for lead in DUO_LEADS for other in DUO_COMPANIONS if lead != other)

_ROUND = 20  # clips in a round, of which so many are duos:
_DUOS_A_ROUND = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Casting:
    """What is fixed about a clip before a note is written."""

    instruments: tuple[str, ...]
    tempo: str
    mode: str
    work: str
    """Internal name of the composition; it tells too much to be shown."""


def cast(seed: int, index: int) -> Casting:
    """Give the casting of one clip; it depends on the seed and the index only."""
    rounds, place = divmod(index, _ROUND)
    kinds = [True] * _DUOS_A_ROUND + [False] * (_ROUND - _DUOS_A_ROUND)
    Random(f"{seed}/round/{rounds}").shuffle(kinds)
    is_duo = kinds[place]
    a_round = _DUOS_A_ROUND if is_duo else _ROUND - _DUOS_A_ROUND
    number = rounds * a_round + kinds[:place].count(is_duo)
    ensembles: Sequence[tuple[str, ...]] = DUOS if is_duo else SOLOS
    deck_number, card = divmod(number, len(ensembles) * len(FEELS))
    return _deck(seed, "duo" if is_duo else "solo", ensembles, deck_number)[card]


def _deck(seed: int, kind: str, ensembles: Sequence[tuple[str, ...]], number: int) -> list[Casting]:
    """Shuffle every combination once; one pair of ensembles in eight plays the same work."""
    random = Random(f"{seed}/{kind}/{number}")
    deck = []
    for feel_number, (tempo, mode) in enumerate(FEELS):
        order = random.sample(ensembles, len(ensembles))
        pairs = len(order) // 8
        for place, ensemble in enumerate(order):
            work = place // 2 if place < 2 * pairs else place - pairs
            name = f"w{seed}-{kind[0]}{number:02d}{feel_number}{work:02d}"
            deck.append(Casting(instruments=ensemble, tempo=tempo, mode=mode, work=name))
    random.shuffle(deck)
    return deck
