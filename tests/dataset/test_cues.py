import pytest

from emtool.dataset import cues, vocabulary
from emtool.dataset.cues import Cue, Reading


def ruling(text: str, word: str) -> Cue | None:
    text = vocabulary.normalise(text)
    start = text.index(word)
    return Reading(text).ruling(start, start + len(word))


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("没有鼓", "鼓"),
        ("这首歌没有一点鼓", "鼓"),
        ("没有吉他、鼓和贝斯", "贝斯"),
        ("不是钢琴", "钢琴"),
        ("并不悲伤", "悲伤"),
        ("不悲伤", "悲伤"),
        ("不太燃", "燃"),
        ("鼓都没有", "鼓"),
        ("鼓去哪了", "鼓"),
        ("no drums", "drums"),
        ("no heavy drums", "drums"),
        ("there are no guitars or drums", "drums"),
        ("without vocals", "vocals"),
        ("it isn't sad", "sad"),
        ("this lacks bass", "bass"),
        ("the drums are missing", "drums"),
    ],
)
def test_denials(text: str, word: str) -> None:
    assert ruling(text, word) is Cue.NEGATION


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("不仅悲伤", "悲伤"),
        ("不要太燃", "燃"),
        ("燃得停不下来", "燃"),
        ("没想到鼓这么稳", "鼓"),
        ("特别悲伤", "悲伤"),
        ("毛不易的烟嗓", "烟嗓"),
        ("被埋没的慢歌", "慢歌"),
        ("激情不失雅致", "雅致"),
        ("百听不厌的抒情", "抒情"),
        ("没有歌词，只有钢琴", "钢琴"),
        ("不是吉他，是钢琴", "钢琴"),
        ("not only sad but slow", "sad"),
        ("no doubt the drums rule", "drums"),
        ("never heard such sad strings", "sad"),
        ("no vocals, just piano", "piano"),
        ("no lyrics but the piano speaks", "piano"),
        ("can't get enough of the drums", "drums"),
    ],
)
def test_affirmations(text: str, word: str) -> None:
    assert ruling(text, word) is None


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("要是有鼓就好了", "鼓"),
        ("如果加点吉他，会更好听", "吉他"),
        ("希望能有小提琴", "小提琴"),
        ("想听钢琴版", "钢琴"),
        ("建议加鼓", "鼓"),
        ("I wish there was a violin", "violin"),
        ("if only it had drums", "drums"),
        ("a cello would be nice", "cello"),
        ("needs more cowbell", "cowbell"),
    ],
)
def test_wishes(text: str, word: str) -> None:
    assert ruling(text, word) is Cue.WISH


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("比起那首悲伤的歌，这首更好", "悲伤"),
        ("跟之前的情歌相比，曲调轻快", "情歌"),
        ("她另一首的吉他更好", "吉他"),
        ("her other song has a better guitar", "guitar"),
        ("unlike the slow album, this one moves", "slow"),
        ("better than the original version with strings", "strings"),
    ],
)
def test_talk_of_other_songs(text: str, word: str) -> None:
    assert ruling(text, word) is Cue.OTHER_SONG


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("要是有鼓就好了。现在的钢琴很美", "钢琴"),
        ("比起那首悲伤的歌，这首轻快", "轻快"),
        ("跟之前的情歌相比，曲调轻快", "轻快"),
        ("I wish it was longer. The drums are great", "drums"),
    ],
)
def test_cues_end_with_their_piece(text: str, word: str) -> None:
    assert ruling(text, word) is None


def test_names_are_blanked_and_spans_stay_true() -> None:
    text = "《悲伤的歌》很燃[大哭] https://a.b/sad 吉他"
    blanked = cues.without_names(text)
    assert len(blanked) == len(text)
    assert "悲伤" not in blanked
    assert "大哭" not in blanked
    assert "sad" not in blanked
    assert blanked.index("吉他") == text.index("吉他")
