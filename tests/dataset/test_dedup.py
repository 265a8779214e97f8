import random

import numpy as np
import pytest

from emtool.dataset import near
from emtool.dataset.dedup import Copies, kind, letters
from tests.dataset.copying import WAYS

SKETCH = [63167, 16329, 28019, 654]
JOKE = "if this reaches a hundred likes I will buy a piano"


def test_letters_are_alike_in_both_scripts_and_with_codes() -> None:
    assert letters("這首鋼琴曲[大哭]真好聽") == letters("这首钢琴曲，真好听")


def test_letters_are_alike_where_a_person_sees_the_same() -> None:
    assert letters("Ｉf THIS, reaches… a hundred 👍 likes!\ud800") == letters(
        "if this reaches a hundred likes"
    )


def test_works_are_counted_once_each() -> None:
    copies = Copies.count(
        [("w1", JOKE), ("w1", JOKE.upper()), ("w2", f"{JOKE}!!"), ("w3", "another text of some length")]
    )
    assert copies.works(letters(JOKE)) == 2
    assert copies.works(letters("another text of some length")) == 1
    assert copies.works(letters("never seen before anywhere")) == 1


def test_short_texts_are_alike_by_chance() -> None:
    copies = Copies.count([(f"w{n}", "sad piano") for n in range(9)])
    assert copies.works(letters("sad piano")) == 1


def test_no_comments_no_copies() -> None:
    assert Copies.none().works(letters(JOKE)) == 1


STORY = (
    "when I was little my grandfather hummed this on the way to school, and he always forgot the second verse"
)
HAN_STORY = (
    "小时候外公骑着旧自行车送我上学，一路上都在哼这首歌，每次都忘了第二段的歌词，然后我们一起笑，"
    "后来自行车卖掉了，外公也走了，只有手机里的这三分钟还记得回家的路"
)
OTHERS = (
    "my neighbour hates this and yet I caught him whistling it in the lift on a monday morning before work",
    "the shop where I bought this record has been a bakery for ten years now, it still smells of dust to me",
)


@pytest.mark.parametrize("text", [STORY, HAN_STORY])
@pytest.mark.parametrize("way", WAYS)
def test_copies_with_small_edits_are_copies(text: str, way: str) -> None:
    chance = random.Random(7)
    spread = [WAYS[way](text, "abcdefgh某些别的字", chance) for _ in range(5)]
    copies = Copies.count([*enumerate_works([text, *spread, *OTHERS])])
    assert copies.works(letters(text)) == 6
    assert all(copies.works(letters(copy)) == 6 for copy in spread)
    assert all(copies.works(letters(other)) == 1 for other in OTHERS)


def test_descriptions_that_name_other_things_are_no_copies() -> None:
    made = "a slow and sad {} melody over soft strings, at an unhurried pace from the start to the finish"
    described = [made.format(name) for name in ("violin", "flute", "trumpet", "piano")]
    copies = Copies.count(enumerate_works(described))
    assert [copies.works(letters(text)) for text in described] == [1, 1, 1, 1]
    assert len({kind(text) for text in described}) == 4
    assert kind(STORY) == 0


def test_the_order_of_the_comments_changes_nothing() -> None:
    told = [*enumerate_works([STORY, STORY.replace("little", "small"), *OTHERS])]
    counts = [
        [Copies.count(order).works(letters(text)) for _, text in told]
        for order in (told, told[::-1], [*told, *told])
    ]
    assert counts == [[2, 2, 1, 1]] * 3


def test_a_sketch_is_the_same_on_every_machine_and_in_every_batch() -> None:
    """Another sketch would change which comments of published datasets count as copies."""
    alone, together = near.Sketches(), near.Sketches()
    alone.add(letters(STORY), 0)
    for number in range(600):
        together.add(letters(f"{STORY} {number}"), 0)
    together.add(letters(STORY), 0)
    assert alone.table()[0, :4].tolist() == SKETCH
    assert np.array_equal(alone.table()[0], together.table()[-1])
    assert alone.table().nbytes == near.BYTES_PER_TEXT


def test_crowded_buckets_stay_in_groups_of_their_own() -> None:
    sketches = near.Sketches()
    for number in range(40):
        for text in (STORY, *OTHERS):
            sketches.add(letters(f"{text} {number}"), 0)
    groups = near.groups(sketches.table()).reshape(40, 3)
    assert all(len(set(column)) == 1 for column in groups.T)
    assert len(set(groups[0])) == 3


def enumerate_works(texts: list[str]) -> list[tuple[str, str]]:
    return [(f"w{number}", text) for number, text in enumerate(texts)]
