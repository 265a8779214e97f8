from pathlib import Path

import pytest

from emtool.crawler.errors import UsageError
from emtool.dataset import tag_choices, vocabulary
from emtool.dataset.tag_choices import Adopted
from emtool.dataset.vocabulary import Facet


def test_shipped_lists_name_tags_of_the_lexicon() -> None:
    assert tag_choices.shipped().discarded <= vocabulary.entries().keys()


@pytest.mark.parametrize(
    ("written", "adopted"),
    [
        ("治愈=healing:mood", Adopted(word="治愈", tag="healing", facet=Facet.MOOD)),
        ("電音 = Electronic", Adopted(word="电音", tag="electronic", facet=Facet.GENRE)),
        ("chorus", Adopted(word="chorus", tag="chorus", facet=Facet.STRUCTURE)),
        ("凡尔赛", Adopted(word="凡尔赛", tag="凡尔赛", facet=Facet.MOOD)),
    ],
)
def test_ways_to_adopt(written: str, adopted: Adopted) -> None:
    assert Adopted.parse(written) == adopted
    assert Adopted.parse(str(adopted)) == adopted


@pytest.mark.parametrize(
    ("written", "told"), [("x=y:colour", "instrument, genre"), ("=y", "WORD=TAG"), (" ", "WORD=TAG")]
)
def test_a_choice_that_cannot_be_read(written: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Adopted.parse(written)


def test_choices_of_a_workspace_win_over_the_shipped_ones(tmp_path: Path) -> None:
    tag_choices.save(tmp_path, adopt=["chorus"], discard=["Piano"])
    choices = tag_choices.load(tmp_path)
    assert "chorus" not in choices.discarded
    assert {"piano", "melody"} <= choices.discarded
    assert choices.status("chorus", ["chorus"]) == "adopted"
    assert choices.status("钢琴", ["piano"]) == "discarded"
    assert choices.status("陌生", []) == "open"


def test_without_a_file_the_shipped_lists_hold(tmp_path: Path) -> None:
    assert tag_choices.load(tmp_path) == tag_choices.shipped()


def test_a_word_moves_between_the_lists_and_stays_once(tmp_path: Path) -> None:
    tag_choices.save(tmp_path, adopt=["治愈=healing:mood"], discard=[])
    tag_choices.save(tmp_path, adopt=["治愈=healing:mood"], discard=["piano"])
    tag_choices.save(tmp_path, adopt=[], discard=["治愈"])
    path = tag_choices.save(tmp_path, adopt=["piano"], discard=[])
    text = path.read_text(encoding="utf-8")
    assert text.count("治愈") == 1
    choices = tag_choices.load(tmp_path)
    assert "治愈" in choices.discarded
    assert "piano" not in choices.discarded


def test_a_wrong_choice_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        tag_choices.save(tmp_path, adopt=["good", "x=y:colour"], discard=[])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", ["- a list", "adopt: word", "keep: [a]", "adopt: [", "\ufffe:"])
def test_a_file_that_cannot_be_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "tags.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=r"tags\.yaml.*adopt:"):
        tag_choices.load(tmp_path)


def test_an_empty_file_is_no_choice(tmp_path: Path) -> None:
    (tmp_path / "tags.yaml").write_text("# nothing yet\n", encoding="utf-8")
    assert tag_choices.load(tmp_path) == tag_choices.shipped()
