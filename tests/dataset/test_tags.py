import pytest
from hypothesis import given
from hypothesis import strategies as st

from emtool.dataset import tag_choices, tags
from emtool.dataset.tag_choices import Adopted
from emtool.dataset.vocabulary import Facet


def names(text: str) -> list[str]:
    return [tag.name for tag in tags.extract([text])[0]]


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a slow sad cello", {"slow", "sad", "cello"}),
        ("欢快的钢琴独奏，节奏很快", {"happy", "piano", "solo", "fast"}),
        ("電吉他與鋼琴，大調", {"electric guitar", "piano", "major"}),
        ("Piano-guitar duo in a minor key", {"piano", "guitar", "duo", "minor"}),
        ("安静忧伤的长笛", {"calm", "sad", "flute"}),
        ("brass and woodwinds, epic", {"brass", "woodwind", "epic"}),
        ("纯音乐，没有人声", {"instrumental"}),
        ("no vocals, just piano", {"instrumental", "piano"}),
        ("没有鼓，只有钢琴", {"piano"}),
        ("不是钢琴，是大提琴", {"cello"}),
        ("her other song has a better guitar", set()),
        ("要是有小提琴就好了", set()),
        ("at 140 bpm", {"fast"}),
        ("bpm 100 左右", {"medium"}),
        ("每分钟60拍的钢琴", {"slow", "piano"}),
        ("他的声音很温暖", {"warm vocal"}),
        ("温暖的旋律", {"warm"}),
        ("a warm voice", {"warm vocal"}),
        ("副歌的旋律", set()),
        ("《悲伤的吉他》这首歌", set()),
        ("鼓励大家快乐每一天", {"happy"}),
    ],
)
def test_tags_of_a_text(text: str, wanted: set[str]) -> None:
    assert set(names(text)) == wanted


def test_tags_come_best_first_with_their_words() -> None:
    (found,) = tags.extract(["低沉的大提琴，慢板"])
    assert [tag.score for tag in found] == sorted((tag.score for tag in found), reverse=True)
    assert {(tag.name, tag.facet, tag.surface) for tag in found} >= {
        ("cello", "instrument", "大提琴"),
        ("slow", "tempo", "慢板"),
    }
    assert all(tags.MIN_SCORE <= tag.score <= 1 for tag in found)


def test_a_text_has_a_tag_once() -> None:
    assert names("钢琴 piano 钢琴") == ["piano"]


def test_a_person_adopts_and_discards() -> None:
    choices = tag_choices.shipped().changed(
        [Adopted.parse("凡尔赛=boastful:mood"), Adopted.parse("chorus")], ["钢琴", "cello"]
    )
    (found,) = tags.extract(["凡尔赛的旋律，钢琴和大提琴，violin, a big chorus"], choices=choices)
    assert {tag.name for tag in found} == {"boastful", "violin", "chorus"}
    assert Facet.MOOD in {tag.facet for tag in found if tag.name == "boastful"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "😀",
        "\ud800",
        "\u200b\u202e",
        "a" * 100_000,
        "慢" * 50_000,
        "no " * 20_000,
        "《" * 50_000,
        "比起" * 10_000,
    ],
)
def test_bad_input_is_survived(text: str) -> None:
    assert all(tag.score <= 1 for tag in tags.extract([text])[0])


@given(st.text(max_size=200))
def test_any_text_gives_known_tags(text: str) -> None:
    (found,) = tags.extract([text])
    assert len({tag.name for tag in found}) == len(found)


def test_as_many_answers_as_texts() -> None:
    assert len(tags.extract(["piano", "", "鼓"])) == 3
    assert tags.extract([]) == []
