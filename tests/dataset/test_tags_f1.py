"""The tags against labels made by hand, where they are; the counting itself on made labels everywhere."""

import json
from pathlib import Path

import pytest

from emtool.dataset import tags, vocabulary
from tests.benchmarks import gold_tags
from tests.conftest import CHECKOUT

GOLD = CHECKOUT / "../shared/data/text/gold_dev.jsonl"


@pytest.mark.skipif(not GOLD.exists(), reason="needs ../shared/data, which is not part of the project")
def test_micro_f1_on_labels_that_nothing_was_tuned_on() -> None:
    rows = gold_tags.read(GOLD)
    given = [{tag.name for tag in found} for found in tags.extract([row.text for row in rows])]
    assert gold_tags.score(rows, given).f1 >= 0.65


def test_the_table_names_tags_of_the_lexicon() -> None:
    table = [line.split("\t") for line in gold_tags.TABLE.read_text(encoding="utf-8").splitlines()]
    assert {tag for _, tags in table for tag in tags.split("|") if tag} <= vocabulary.entries().keys()


def test_a_tag_meets_one_thing_only() -> None:
    row = gold_tags.Row(
        text="a", language="zh", unsure=False, asked=(frozenset({"calm", "gentle"}), frozenset({"calm"}))
    )
    counted = gold_tags.score([row], [["calm"]])
    assert (counted.right, counted.wrong, counted.missed) == (1, 0, 1)


def test_counting(tmp_path: Path) -> None:
    labels = [
        {"tag": "slow song", "tag_zh": "慢歌", "kind": "tempo"},
        {"tag": "soft female vocal", "tag_zh": "柔和女声", "kind": "vocal"},
        {"tag": "nothing we know", "tag_zh": "某物", "kind": "other"},
    ]
    rows = [
        {"label": "describes", "text": "a", "lang": "zh", "unsure": False, "tags": labels},
        {"label": "chatter", "text": "b", "lang": "zh", "unsure": False, "tags": []},
    ]
    path = tmp_path / "gold.jsonl"
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    (row,) = gold_tags.read(path, strict=True)
    assert row.asked == (
        frozenset({"slow"}),
        frozenset({"female vocal"}),
        frozenset({"soft vocal"}),
        frozenset(),
    )
    counted = gold_tags.score([row], [["slow", "female vocal", "piano"]])
    assert (counted.right, counted.wrong, counted.missed) == (2, 1, 2)
    assert counted.f1 == pytest.approx(4 / 7)
