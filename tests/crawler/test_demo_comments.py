"""The demo's comments: what describes is true, what chatters does not describe, and the votes fall as on real sites.

The words below are listed here again, on purpose: what the generator calls slow or sad is checked against what
this file calls slow or sad.
"""

import re
from itertools import pairwise
from random import Random

import opencc
import pytest

from emtool.crawler.demo import chatter_en, chatter_zh, phrases_en, phrases_zh, words
from emtool.crawler.demo.catalogue import CLIPS, SEED
from emtool.crawler.demo.comments import Posted, comments
from emtool.crawler.demo.compose import Piece, compose
from emtool.crawler.demo.describe import describe

INSTRUMENTS = {
    "piano": r"\bpiano\b|钢琴|鋼琴",
    "guitar": r"\bguitar\b|\bnylon\b|吉他",
    "violin": r"\bviolin\b|小提琴",
    "cello": r"\bcello\b|大提琴",
    "flute": r"\bflute\b|长笛|長笛",
    "trumpet": r"\btrumpet\b|小号|小號",
    "organ": r"\borgan\b|管风琴|管風琴",
    "marimba": r"\bmarimba\b|马林巴|馬林巴",
}
TEMPI = {
    "slow": r"\bslow|\bunhurried\b|\bleisurely\b|(?<!不)慢|[缓緩]",
    "medium": r"\bmedium\b|-tempo\b(?<!up-tempo)|\bmoderate|中速|中等|适中|適中|不快不慢",
    "fast": r"\bfast\b|\bquick\b|\brapid\b|\bup-tempo\b|\bhigh speed\b|(?<![欢歡愉不])快(?![乐樂])",
}
ANY_MAJOR = "warm gentle bright 温暖 溫暖 柔和 明亮"
ANY_MINOR = "melancholy 伤感 傷感"
MOODS = {
    ("major", "slow"): "calm peaceful tender serene soothing 宁静 寧靜 平静 平靜 温柔 溫柔 安详 安詳",
    ("major", "medium"): "pleasant light-hearted sunny friendly 轻松 輕鬆 愉快 惬意 愜意",
    (
        "major",
        "fast",
    ): "happy cheerful lively joyful playful energetic 欢快 歡快 活泼 活潑 快乐 快樂 俏皮 欢乐 歡樂",
    (
        "minor",
        "slow",
    ): "sad mournful dark sorrowful lonely gloomy 忧伤 憂傷 悲伤 悲傷 阴郁 陰鬱 哀伤 哀傷 孤独 孤獨",
    (
        "minor",
        "medium",
    ): "wistful moody serious brooding bittersweet pensive 忧郁 憂鬱 惆怅 惆悵 深沉 沉郁 沉鬱 落寞",
    (
        "minor",
        "fast",
    ): "tense restless dramatic stormy urgent agitated anxious 紧张 緊張 激烈 不安 焦躁 急迫 狂躁",
}
TEXTURES = {
    "arpeggios": r"arpeggio|broken chords|琶音|分解和弦",
    "block chords": r"steady chords|chords on every beat|block chords|柱式|一拍一下",
    "strummed chords": r"\bstrum|扫弦",
    "sustained chords": r"long held|sustained chords|长音|绵长",
    "offbeat chords": r"oom-pah|offbeat|后半拍|反拍",
    "bass line": r"bass line|低音",
    "single line": r"single melody line|lone melody line|单旋律|一条旋律线",
}


@pytest.fixture(scope="module")
def sections() -> list[tuple[Piece, list[Posted]]]:
    pieces = [compose(SEED, index) for index in range(CLIPS)]
    return [(piece, comments(SEED, index, piece)) for index, piece in enumerate(pieces)]


def instruments_in(text: str) -> set[str]:
    return {name for name, pattern in INSTRUMENTS.items() if re.search(pattern, text, re.IGNORECASE)}


def tempi_in(text: str) -> set[str]:
    return {tempo for tempo, pattern in TEMPI.items() if re.search(pattern, text, re.IGNORECASE)}


def holds(text: str, vocabulary: str) -> bool:
    """Whether one of the words, separated by blanks, is in a text; Chinese knows no word boundary."""
    words_in_text = set(re.findall(r"[a-z-]+", text.lower()))
    return any(word in (words_in_text if word.isascii() else text) for word in vocabulary.split())


def moods_in(text: str) -> set[tuple[str, str]]:
    return {feel for feel, vocabulary in MOODS.items() if holds(text, vocabulary)}


def falsehoods(piece: Piece, text: str) -> list[str]:
    """Everything that a comment claims and that is not so."""
    wrong = [f"instrument {name}" for name in instruments_in(text) - set(piece.instruments)]
    wrong += [f"tempo {tempo}" for tempo in tempi_in(text) - {piece.tempo}]
    wrong += [f"mood of {feel}" for feel in moods_in(text) - {(piece.mode, piece.tempo)}]
    if holds(
        text, {"major": f"{ANY_MINOR} minor 小调 小調", "minor": f"{ANY_MAJOR} major 大调 大調"}[piece.mode]
    ):
        wrong.append("mode")
    wrong += [f"bpm {number}" for number in re.findall(r"\d+", text) if int(number) != piece.tempo_bpm]
    wrong += [f"key {key}" for key in re.findall(r"\b[A-G][b#]? (?:major|minor)\b", text) if key != piece.key]
    wrong += [
        f"texture {name}"
        for name, pattern in TEXTURES.items()
        if re.search(pattern, text) and name != piece.texture
    ]
    if re.search(r"\bsolo\b|\balone\b|\bon its own\b|\bjust one\b|独奏", text) and len(piece.instruments) > 1:
        wrong.append("solo")
    if re.search(r"\bduet\b|\bduo\b|二重奏|合奏|伴奏", text) and len(piece.instruments) == 1:
        wrong.append("duo")
    return wrong


def test_every_description_is_true(sections: list[tuple[Piece, list[Posted]]]) -> None:
    described = 0
    for piece, posted in sections:
        for comment in posted:
            if comment.describes:
                assert not falsehoods(piece, comment.text), comment.text
                described += 1
    assert described > 1200


def test_the_check_for_truth_sees_lies() -> None:
    piece = next(
        piece
        for piece in (compose(SEED, index) for index in range(CLIPS))
        if piece.instruments == ("cello",) and (piece.mode, piece.tempo) == ("minor", "slow")
    )
    assert not falsehoods(piece, f"a slow, sad cello piece in {piece.key}, {piece.tempo_bpm} bpm")
    lies = "violin|fast-paced|a quick tune|快板|节奏很快|cheerful|欢快|tense|warm|in a major key|200 bpm|in F# major"
    for lie in [*lies.split("|"), "broken chords", "a duet", "轻松", "中速", "mid-tempo", "鋼琴"]:
        assert falsehoods(piece, lie), lie


def test_full_descriptions_name_every_instrument_the_tempo_and_a_mood(
    sections: list[tuple[Piece, list[Posted]]],
) -> None:
    for piece, posted in sections:
        for comment in posted:
            if comment.kind == "full":
                assert instruments_in(comment.text) == set(piece.instruments), comment.text
                assert tempi_in(comment.text) == {piece.tempo}, comment.text
                assert moods_in(comment.text) or holds(comment.text, f"{ANY_MAJOR} {ANY_MINOR}"), comment.text


def test_chatter_never_names_an_instrument_that_is_heard(
    sections: list[tuple[Piece, list[Posted]]],
) -> None:
    for piece, posted in sections:
        for comment in posted:
            if not comment.describes:
                assert not instruments_in(comment.text) & set(piece.instruments), comment.text
                assert not re.search("独奏|二重奏|大调|小调|tempo|bpm", comment.text), comment.text


def test_there_are_many_wordings() -> None:
    english = [*phrases_en.FULL, *phrases_en.SOLO, *phrases_en.DUO, *phrases_en.PARTIAL]
    chinese = [*phrases_zh.FULL, *phrases_zh.SOLO, *phrases_zh.DUO, *phrases_zh.PARTIAL]
    for templates in (english, chinese):
        assert len(set(templates)) == len(templates) >= 60


def test_descriptions_read_as_sentences(sections: list[tuple[Piece, list[Posted]]]) -> None:
    for _, posted in sections:
        for comment in posted:
            assert not re.search(r"[{}]|\ba [aeiou]|\ban [^aeiou]|  |\.\.$", comment.text), comment.text
            assert comment.text == comment.text.strip()


def test_traditional_descriptions_hold_no_simplified_character() -> None:
    convert = opencc.OpenCC("s2t").convert  # whole words, where the generator goes by character
    for index in range(60):
        text = describe(compose(SEED, index), "zh-Hant", "full", Random(index))
        assert convert(text) == text


def test_every_texture_and_feel_of_a_piece_has_words() -> None:
    for table in (words.TEXTURES_EN, words.TEXTURES_ZH):
        assert set(table) == set(TEXTURES)
    for moods in (words.MOODS_EN, words.MOODS_ZH):
        assert set(moods) == set(MOODS)
        assert all(len(set(choices)) >= 6 for choices in moods.values())


def test_contacts_and_links_lead_nowhere() -> None:
    """Reserved domains, numbers of films and of no operator: nobody is ever called."""
    texts = [*chatter_en.SPAM, *chatter_zh.SPAM, *chatter_en.CONTACTS, *chatter_zh.CONTACTS]
    for text in texts:
        for host in re.findall(r"(?:https?://|@)(?:[\w{}.-]+\.)?(\w+\.\w+)", text):
            assert host in {"example.com", "example.net", "example.org"}, text
        for digits in re.findall(r"\d[\d\s-]{7,}(?:\{n\})?", text):
            number = digits.replace("{n}", "42").replace(" ", "").replace("-", "")
            assert re.fullmatch(r"1?\d{3}555014?2|077009000?42|154000000?42|0000\d*", number), text


def test_sections_have_eight_to_twenty_comments_in_the_order_of_time(
    sections: list[tuple[Piece, list[Posted]]],
) -> None:
    sizes = [len(posted) for _, posted in sections]
    assert min(sizes) >= 8
    assert max(sizes) <= 20
    for _, posted in sections:
        assert all(before.time < after.time for before, after in pairwise(posted))
        assert len({comment.text for comment in posted}) == len(posted)
        assert len({comment.id for comment in posted}) == len(posted)
        assert all(re.fullmatch(r"u\d{5}", comment.user) for comment in posted)


def test_the_vote_goes_as_on_real_sites(sections: list[tuple[Piece, list[Posted]]]) -> None:
    describing_wins = described = well_described = 0
    known: list[int] = []
    for _, posted in sections:
        votes = sorted((comment.votes for comment in posted if comment.votes is not None), reverse=True)
        assert votes[0] > votes[1]
        known += votes
        ranked = sorted(
            posted, key=lambda comment: -1 if comment.votes is None else comment.votes, reverse=True
        )
        describing_wins += ranked[0].describes
        described += any(comment.describes for comment in posted)
        full = [comment.text for comment in ranked[:15] if comment.kind == "full"]
        chinese = [bool(re.search(r"[\u4e00-\u9fff]", text)) for text in full]
        well_described += any(chinese) and not all(chinese)
    known.sort()
    assert 0.30 < describing_wins / len(sections) < 0.40
    assert 0.86 < described / len(sections) < 0.94
    assert well_described >= 0.98 * described
    assert known[len(known) * 99 // 100] > 30 * known[len(known) // 2]
    unknown = sum(comment.votes is None for _, posted in sections for comment in posted)
    assert 0.005 < unknown / (unknown + len(known)) < 0.04


def test_kinds_of_chatter_all_occur_and_jokes_are_copied(
    sections: list[tuple[Piece, list[Posted]]],
) -> None:
    kinds = {comment.kind for _, posted in sections for comment in posted}
    assert {"spam", "contact", "mention", "emoji", "foreign", "traditional", "elsewhere", "lyrics"} <= kinds
    copies = [comment.text for _, posted in sections for comment in posted if comment.kind == "copied"]
    assert len(copies) > 5 * len(set(copies))


def test_comments_depend_on_seed_and_index_alone() -> None:
    piece = compose(SEED, 5)
    assert comments(SEED, 5, piece) == comments(SEED, 5, piece)
    assert comments(SEED, 5, piece) != comments(SEED, 6, piece)
    assert [one.text for one in comments(SEED + 1, 5, piece)] != [
        one.text for one in comments(SEED, 5, piece)
    ]
