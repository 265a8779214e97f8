import re
from collections import Counter

import opencc
import pytest

from emtool.dataset import vocabulary
from emtool.dataset.vocabulary import Entry, Facet, Form, Needs

ENTRIES = list(vocabulary.entries().values())
FORMS = [(entry, form) for entry in ENTRIES for form in entry.forms]


def test_lexicon_is_large_enough() -> None:
    assert len(ENTRIES) >= 600
    assert len({(entry.facet, form.text) for entry, form in FORMS}) >= 3000
    assert {entry.facet for entry in ENTRIES} == set(Facet)


def test_every_tag_can_be_named_in_chinese_and_in_english() -> None:
    lacking = [
        e.name for e in ENTRIES if not any(f.chinese for f in e.forms) or all(f.chinese for f in e.forms)
    ]
    assert not lacking


def test_a_form_names_one_tag_of_a_facet() -> None:
    counts = Counter((entry.facet, form.text) for entry, form in FORMS)
    assert [where for where, count in counts.items() if count > 1] == []


def test_names_are_unique_over_all_facets() -> None:
    rows = [entry for facet in Facet for entry in vocabulary.parse(facet, _table(facet))]
    assert len(rows) == len(ENTRIES)


def _table(facet: Facet) -> str:
    from importlib import resources

    return resources.files("emtool.dataset.lexicon").joinpath(f"{facet}.tsv").read_text(encoding="utf-8")


def test_parents_exist_and_have_no_cycle() -> None:
    for entry in ENTRIES:
        seen = {entry.name}
        parent = entry.parent
        while parent is not None:
            assert parent in vocabulary.entries(), f"{entry.name} has the parent {parent}, which is no tag"
            assert parent not in seen, f"{entry.name} is its own ancestor"
            seen.add(parent)
            parent = vocabulary.entries()[parent].parent


def test_forms_and_names_are_normalised() -> None:
    simplify = opencc.OpenCC("t2s").convert
    for entry, form in FORMS:
        assert form.text == vocabulary.normalise(form.text) == simplify(form.text), (entry.name, form.text)
        assert form.text == form.text.strip(), (entry.name, form.text)
        assert not re.search(r"[|?~\t]|\s{2}", form.text), (entry.name, form.text)
    assert all(entry.name == vocabulary.normalise(entry.name) for entry in ENTRIES)


def test_guards_are_normalised_and_no_form() -> None:
    forms = {form.text for _, form in FORMS}
    guards = vocabulary.guards()
    assert len(set(guards)) == len(guards)
    assert [guard for guard in guards if guard != vocabulary.normalise(guard)] == []
    assert [guard for guard in guards if guard in forms] == []


def test_contract_with_the_demo_site() -> None:
    names = vocabulary.entries().keys()
    assert {"piano", "guitar", "violin", "cello", "flute", "trumpet", "organ", "marimba"} <= names
    assert {"slow", "medium", "fast", "major", "minor", "happy", "sad", "calm"} <= names


def test_marks_are_read() -> None:
    (entry,) = vocabulary.parse(Facet.MOOD, "tag\tparent\tzh\ten\nwarm\t\t温暖~|暖\twarm?\n")
    assert entry == Entry(
        name="warm",
        facet=Facet.MOOD,
        parent=None,
        forms=(
            Form(text="温暖", needs=Needs.VOICE),
            Form(text="暖", needs=Needs.NOTHING),
            Form(text="warm", needs=Needs.MUSIC),
        ),
    )


@pytest.mark.parametrize(
    ("text", "shape"),
    [
        ("電吉他與鋼琴", "电吉他与钢琴"),
        ("Ｐｉａｎｏ ＳＯＬＯ", "piano solo"),
        ("Don’t", "don't"),
        ("\ud800鋼琴", "?钢琴"),
        ("", ""),
    ],
)
def test_normal_shape(text: str, shape: str) -> None:
    assert vocabulary.normalise(text) == shape


def test_ancestors_come_nearest_first() -> None:
    assert vocabulary.ancestors("acoustic guitar") == ("guitar", "plucked strings")
    assert vocabulary.ancestors("no such tag") == ()


def test_narrowest_leaves_parents_out() -> None:
    assert vocabulary.narrowest(["guitar", "acoustic guitar", "piano"]) == {"acoustic guitar", "piano"}
