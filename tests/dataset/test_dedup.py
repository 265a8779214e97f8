from emtool.dataset.dedup import Copies, letters

JOKE = "if this reaches a hundred likes I will buy a piano"


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
