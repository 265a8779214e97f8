import json
from collections import Counter
from dataclasses import replace

import pytest

from emtool.crawler.errors import UsageError
from emtool.model.prompts import choose_prompts, normalise, occurs, shipped_prompts
from tests.conftest import CHECKOUT
from tests.model.orchestra import INSTRUMENTS, sounds

TRAIN, HELDOUT = sounds(64, 1), sounds(8, 2)


def test_eighty_prompts_ten_for_every_instrument_half_of_them_chinese() -> None:
    prompts = shipped_prompts()
    assert Counter(prompt.tags[0] for prompt in prompts) == dict.fromkeys(INSTRUMENTS, 10)
    assert sum(not prompt.text.isascii() for prompt in prompts) == 40
    assert len({prompt.text for prompt in prompts}) == 80


@pytest.mark.parametrize("start", [0, 5, 64])
def test_any_sixteen_in_a_row_name_every_instrument_in_both_languages(start: int) -> None:
    part = shipped_prompts()[start : start + 16]
    assert Counter((prompt.tags[0], prompt.text.isascii()) for prompt in part) == {
        (name, ascii_only): 1 for name in INSTRUMENTS for ascii_only in (True, False)
    }


def test_no_prompt_stands_in_a_comment_of_the_demo_site() -> None:
    catalogue = (CHECKOUT / "crawler" / "demo" / "catalogue.jsonl").read_text(encoding="utf-8").splitlines()
    comments = {normalise(comment["text"]) for line in catalogue for comment in json.loads(line)["comments"]}
    assert len(comments) > 1000
    assert [prompt.text for prompt in shipped_prompts() if occurs(prompt.text, comments)] == []


def test_spacing_punctuation_case_and_width_hide_nothing() -> None:
    known = [normalise("So — a SLOW,sad　cello… 太好听了"), normalise("ｐｉａｎｏ")]
    assert occurs("a slow sad cello", known)
    assert occurs("Piano!", known)
    assert not occurs("a slow sad viola", known)


def test_our_prompts_where_the_dataset_knows_their_instruments() -> None:
    chosen = choose_prompts(None, TRAIN, HELDOUT, TRAIN.texts, 80)
    assert chosen.prompts == shipped_prompts()
    assert (chosen.seen, "emtool's own" in chosen.source) == (0, True)


def test_captions_where_an_instrument_is_missing() -> None:
    no_marimba = TRAIN.take([row for row in range(64) if "marimba" not in TRAIN.tags[row]])
    chosen = choose_prompts(None, no_marimba, HELDOUT, (), 3)
    assert [prompt.text for prompt in chosen.prompts] == list(HELDOUT.texts[:3])
    assert chosen.prompts[0].tags == HELDOUT.tags[0]


def test_prompts_that_were_trained_on_are_left_out() -> None:
    seen = shipped_prompts()[0].text
    chosen = choose_prompts(None, TRAIN, HELDOUT, [f"wow, {seen.upper()}!!"], 80)
    assert seen not in [prompt.text for prompt in chosen.prompts]
    assert "1 of 80 left out" in chosen.source
    assert len(chosen.prompts) == 80  # the others fill the place


def test_prompts_of_the_user_are_taken_as_they_are_and_get_tags() -> None:
    chosen = choose_prompts(["a calm flute", "  ", "缓慢的钢琴"], TRAIN, HELDOUT, ["a calm flute"], 3)
    assert [prompt.text for prompt in chosen.prompts] == ["a calm flute", "缓慢的钢琴", "a calm flute"]
    assert "flute" in chosen.prompts[0].tags
    assert {"piano", "slow"} <= set(chosen.prompts[1].tags)
    assert chosen.seen == 1


def test_nothing_to_play() -> None:
    few = replace(TRAIN, tags=((),) * 64)
    with pytest.raises(UsageError, match="none of 8 prompts"):
        choose_prompts(None, few, HELDOUT, HELDOUT.texts, 10)
    with pytest.raises(UsageError, match="give some"):
        choose_prompts([" "], TRAIN, HELDOUT, (), 10)
