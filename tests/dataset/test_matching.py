from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.dataset import matching, vocabulary
from emtool.dataset.matching import Matcher, plural
from emtool.dataset.vocabulary import Entry, Facet, Form, Needs


def entry(name: str, *forms: str, facet: Facet = Facet.INSTRUMENT) -> Entry:
    return Entry(
        name=name, facet=facet, parent=None, forms=tuple(Form(text=f, needs=Needs.NOTHING) for f in forms)
    )


def found(text: str, matcher: Matcher | None = None) -> list[tuple[str, str]]:
    text = vocabulary.normalise(text)
    hits = (matcher or matching.shipped()).find(text)
    return [(text[hit.start : hit.end], meaning.entry.name) for hit in hits for meaning in hit.meanings]


SMALL = Matcher(
    [
        entry("drums", "鼓", "drum"),
        entry("drum machine", "鼓机", "drum machine"),
        entry("lo-fi", "lo-fi", facet=Facet.PRODUCTION),
        entry("sad", "sad", "blue", facet=Facet.MOOD),
        entry("brass", "brass"),
        entry("house", "dj版"),
    ],
    ["鼓励", "drum up"],
)


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("鼓机和鼓", [("鼓机", "drum machine"), ("鼓", "drums")]),
        ("鼓励大家", []),
        ("drum machines, drums", [("drum machines", "drum machine"), ("drums", "drums")]),
        ("drum up support", []),
        ("drumstick humdrum", []),
        ("a drum-machine", [("drum-machine", "drum machine")]),
        ("drum, machine", [("drum", "drums")]),
        ("lo fi lo-fi lofi", [("lo fi", "lo-fi"), ("lo-fi", "lo-fi")]),
        ("brasses", [("brasses", "brass")]),
        ("the blues sads", []),
        ("好听的drum啊", [("drum", "drums")]),
        ("dj版 adj版", [("dj版", "house")]),
        ("鼓", [("鼓", "drums")]),
    ],
)
def test_longest_whole_match_wins(text: str, hits: list[tuple[str, str]]) -> None:
    assert found(text, SMALL) == hits


@pytest.mark.parametrize(
    ("text", "absent"),
    [
        ("鼓励我前进", "drums"),
        ("快乐大本营", "fast"),
        ("快要毕业了", "fast"),
        ("慢慢地走", "slow"),
        ("风筝", "guzheng"),
        ("well organised, organic, organize", "organ"),
        ("he is an organ donor", "organ"),
        ("the base of it, database", "bass guitar"),
        ("the key to success", "major"),
        ("a major label", "major"),
        ("rock bottom", "rock"),
        ("trapped", "trap"),
        ("I live in Ohio", "live"),
        ("wildlife", "wild"),
    ],
)
def test_look_alikes_are_no_hits(text: str, absent: str) -> None:
    assert absent not in {name for _, name in found(text)}


def test_a_guard_is_no_hit() -> None:
    assert SMALL.find("鼓励 drum up") == []


def test_every_form_finds_its_tag() -> None:
    dead = [
        (one.name, form.text)
        for one in vocabulary.entries().values()
        for form in one.forms
        if (form.text, one.name) not in found(form.text)
    ]
    assert dead == []


@given(
    st.lists(
        st.sampled_from(["钢琴", "电吉他", "slow", "sad", "吉他", "drums", "，", " ", "x", "慢"]), max_size=30
    )
)
def test_hits_are_ordered_and_never_overlap(pieces: list[str]) -> None:
    hits = matching.shipped().find("".join(pieces))
    assert all(first.end <= second.start for first, second in pairwise(hits))


def test_plurals() -> None:
    assert [plural(w) for w in ("drum", "brass", "melody", "key", "chorus")] == [
        "drums",
        "brasses",
        "melodies",
        "keys",
        "choruses",
    ]
