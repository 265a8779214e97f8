import json
import logging
import math
import subprocess
import sys
from pathlib import Path

import pytest

from emtool.dataset import keywords, tag_choices, tags
from emtool.dataset.tag_choices import Adopted
from tests.conftest import CHECKOUT

TRACKS = [
    "后摇的吉他墙太美了，后摇就该这样\n这首歌的吉他音色很温柔",
    "电吉他的失真好燃，副歌的电吉他更燃\n演唱会必点",
    "网易云的评论都在讲故事，我只听钢琴\n钢琴的前奏很温柔，钢琴独奏",
]


def by_word(found: list[keywords.Candidate]) -> dict[str, keywords.Candidate]:
    return {one.word: one for one in found}


def test_the_user_dictionary_keeps_words_whole() -> None:
    words = {word for rank in (keywords.by_tfidf, keywords.by_textrank) for word, _ in rank([TRACKS[0]], 10)}
    assert "后摇" in words
    assert not {"首歌", "这首歌", "网易"} & words


def test_the_user_dictionary_knows_words_that_are_no_tags() -> None:
    counted = keywords.inverse_frequencies(["脑残粉给跪了"] * 9)
    assert {"脑残粉", "给跪"} <= counted.keys()


def test_adjectives_are_ranked_too() -> None:
    assert "温柔" in dict(keywords.by_textrank([TRACKS[2]], 10))


def test_idf_was_counted_in_comments_on_music() -> None:
    lines = (CHECKOUT / "dataset/lexicon/idf.txt").read_text(encoding="utf-8").splitlines()
    table = {word: float(value) for word, value in (line.split(" ") for line in lines)}
    assert table["旋律"] < table["经济" if "经济" in table else "时代"]
    assert min(table.values()) > 0


def test_candidates_have_scores_counts_examples_and_a_status() -> None:
    done: list[int] = []
    found = tags.candidates(TRACKS, done=lambda: done.append(1))
    assert len(done) == len(TRACKS)
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    one = by_word(found)["钢琴"]
    assert (one.documents, one.tags, one.status) == (1, ("piano",), "adopted")
    assert "钢琴" in one.examples[0]
    assert "\n" not in one.examples[0]
    assert 0 < one.score <= 1
    assert one.tfidf > 0


def test_status_follows_the_choices() -> None:
    choices = tag_choices.shipped().changed([Adopted.parse("评论=chatty:mood")], ["电吉他"])
    found = by_word(tags.candidates([*TRACKS, "评论真多，评论很长，都是评论的天下"], choices=choices))
    assert found["电吉他"].status == "discarded"
    assert found["后摇"].status == "adopted"
    assert "open" in {one.status for one in found.values()}


def test_texts_too_short_to_rank_fall_back_to_the_lexicon() -> None:
    assert keywords.by_textrank(["燃"], 5) == []
    assert by_word(tags.candidates(["燃"]))["燃"].tags == ("rousing",)


def test_nothing_gives_nothing() -> None:
    assert tags.candidates([]) == []
    assert tags.candidates(["", "😀"]) == []


def test_inverse_frequencies_leave_rare_words_out() -> None:
    texts = ["钢琴很好听"] * 6 + ["张三丰说钢琴"] * 2 + ["吉他 2024"] * 8
    found = keywords.inverse_frequencies(texts)
    assert found["钢琴"] == pytest.approx(math.log(16 / 8))
    assert "张三丰" not in found
    assert "2024" not in found


def test_the_script_writes_words_and_numbers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "comments.jsonl"
    rows = [{"text": f"钢琴第{n}遍"} for n in range(5)] + [
        {"comments": [{"text": "吉他很稳"}, {"text": "吉他"}]}
    ] * 4
    source.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["keywords", "--idf", str(tmp_path / "idf.txt"), str(source)])
    keywords.main()
    written = (tmp_path / "idf.txt").read_text(encoding="utf-8").split()
    assert written[0::2] == ["钢琴"]
    assert float(written[1]) == pytest.approx(math.log(7 / 5), abs=1e-3)


def test_jieba_stays_out_of_a_process_that_only_draws_tags() -> None:
    code = (
        "import sys; from emtool.dataset import tags; tags.extract(['钢琴']); print('jieba' in sys.modules)"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "False"


def test_jieba_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    keywords.by_tfidf(["钢琴"], 3)
    assert capfd.readouterr().err == ""
    assert logging.getLogger("jieba").level >= logging.WARNING
