"""Ways in which people change a comment that they paste elsewhere."""

import random
from collections.abc import Callable
from functools import partial

Way = Callable[[str, str, random.Random], str]

_EMOJI = ("😂", "❤️", "🎹", "👍🏻", "[大哭]", "[em]e400846[/em]", "~", "!!")


def edited(text: str, alphabet: str, chance: random.Random, *, share: float) -> str:
    """Change, put in or take out so large a share of the characters, one at a time."""
    signs = list(text)
    for _ in range(max(1, round(len(text) * share))):
        place = chance.randrange(len(signs))
        match chance.randrange(3):
            case 0:
                signs[place] = chance.choice(alphabet)
            case 1:
                signs.insert(place, chance.choice(alphabet))
            case _ if len(signs) > 1:
                del signs[place]
    return "".join(signs)


def decorated(text: str, _alphabet: str, chance: random.Random) -> str:
    """Put emoji and platform codes between the words."""
    signs = list(text)
    for _ in range(4):
        signs.insert(chance.randrange(len(signs) + 1), chance.choice(_EMOJI))
    return "".join(signs)


def traditional(text: str, _alphabet: str, _chance: random.Random) -> str:
    """Write it in traditional characters."""
    from opencc import OpenCC

    converted: str = OpenCC("s2t").convert(text)
    return converted


WAYS: dict[str, Way] = {
    "5 % of the characters": partial(edited, share=0.05),
    "10 % of the characters": partial(edited, share=0.10),
    "15 % of the characters": partial(edited, share=0.15),
    "emoji and platform codes put in": decorated,
    "traditional characters": traditional,
}
