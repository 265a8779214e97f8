import pytest

from emtool.dataset.safety import judge


@pytest.mark.parametrize(
    "text",
    [
        "听着听着真的想死",
        "他自杀了",
        "我割腕过",
        "I want to die",
        "almost killed myself, this song saved me; kill myself",
        "KMS",
    ],
)
def test_self_harm_is_dropped(text: str) -> None:
    assert judge(text).drop == "self-harm"


@pytest.mark.parametrize(
    "text",
    [
        "好听到想死",
        "笑得我都想死",
        "想死你了",
        "suicide squad soundtrack",
        "自杀小队的配乐",
        "this drop is killing me",
        "to die for",
    ],
)
def test_figures_of_speech_are_kept(text: str) -> None:
    assert judge(text).drop is None


@pytest.mark.parametrize(
    "text",
    [
        "我今年12岁，喜欢钢琴",
        "我才十五岁",
        "本人今年16岁",
        "我是初二，喜欢吉他",
        "I'm 13 and I love this",
        "im 11 years old",
        "i am only twelve.",
    ],
)
def test_minors_are_dropped(text: str) -> None:
    assert judge(text).drop == "minor"


@pytest.mark.parametrize(
    "text",
    [
        "那年我十四岁，转眼三十",
        "06年的我12岁，听着妈妈的话",
        "从我7岁陪伴到如今",
        "他大我13岁",
        "I'm 13 minutes in and hooked",
        "when I'm 12 years old again in my head",
        "我今年25岁",
        "i'm 30 years old",
        "我是初三毕业的",
    ],
)
def test_memories_and_grown_ups_are_kept(text: str) -> None:
    assert judge(text).drop is None


def test_abuse_is_counted_as_whole_words() -> None:
    assert judge("you idiot, go die, 你这傻逼").abuse == 3
    assert judge("the bitchin' guitar, idiotic, retardando").abuse == 0
    assert judge("FUCKING awesome").abuse == 0
