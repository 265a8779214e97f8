"""The text side through whole builds: chosen tags, weights, timed comments, near copies, splits, and bad input."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from emtool.crawler.records import Comment
from emtool.crawler.store import Store
from emtool.dataset.build import build
from emtool.dataset.config import BuildConfig
from emtool.dataset.load import open_dataset
from emtool.dataset.summary import BuildSummary
from emtool.dataset.tag_choices import load, save
from emtool.dataset.texts import decide, describes
from tests.dataset.making import add_track, comment, track, write_sound

RATE_HZ = 16_000
PIANO = "a slow and sad piano melody"
JOKE = (
    "when I was little my grandfather played piano on the way to school, and always forgot the {} verse of it"
)
CONFIG = BuildConfig(
    splits=(100, 0, 0), sample_rate_hz=8_000, seconds=2.0, min_music=0.0, max_speech=1.0
)  # the sound is noise: nothing is to be heard in it


def store_of(folder: Path, tracks: Sequence[Sequence[Comment]], seconds: float = 2.2, **more: Any) -> Store:
    """A store with a track for each list of comments, each with noise of its own."""
    folder.mkdir(exist_ok=True)
    store = Store.open(folder / "store", create=True)
    for number, comments in enumerate(tracks):
        noise = np.random.default_rng(number).normal(0, 0.1, round(seconds * RATE_HZ)).astype(np.float32)
        add_track(
            store,
            track(str(number), **more),
            comments,
            write_sound(folder / f"{number}.wav", noise.clip(-1, 1)),
        )
    return store


def built(
    folder: Path, tracks: Sequence[Sequence[Comment]], config: BuildConfig = CONFIG, **more: Any
) -> tuple[pd.DataFrame, list[dict[str, Any]]]:
    """Rows and rejections of a build of these comments."""
    with store_of(folder, tracks, **more) as store:
        build(store, folder / "out", config, workers=1)
    lines = (folder / "out" / "rejected.jsonl").read_text(encoding="utf-8").splitlines()
    return pd.read_parquet(folder / "out" / "data"), [json.loads(line) for line in lines]


def test_chosen_tags_reach_the_dataset_and_a_changed_choice_builds_anew(tmp_path: Path) -> None:
    def run(store: Store) -> tuple[BuildSummary, list[str]]:
        summary = build(store, tmp_path / "out", CONFIG, workers=1, choices=load(tmp_path))
        return summary, list(pd.read_parquet(tmp_path / "out" / "data")["tags"][0])

    with store_of(tmp_path, [[comment("1", f"{PIANO}, so bittersweetish")]]) as store:
        first, tags = run(store)
        assert "piano" in tags
        assert "longing" not in tags
        assert run(store)[0].reused
        save(tmp_path, adopt=["bittersweetish=longing:mood"], discard=["piano"])
        second, tags = run(store)
        assert not second.reused
        assert second.fingerprint != first.fingerprint
        assert "longing" in tags
        assert "piano" not in tags
        assert run(store)[0].reused


def test_accepted_comments_are_kept_with_their_weights(tmp_path: Path) -> None:
    told = [
        comment("1", PIANO, votes=900),
        comment("2", "the soft violin is slow and gentle", votes=90),
        comment("3", "warm cello, and a slow tempo", votes=None),
        comment("4", "first!!", votes=5_000),
    ]
    for select, kept in (("votes-x-relevance", 3), ("relevance", 3), ("votes", 1)):
        config = replace(CONFIG, select=select)
        rows, _ = built(tmp_path / select, [told], config)
        captions = rows["captions"][0]
        weights = [caption["weight"] for caption in captions]
        assert len(captions) == kept
        assert sum(weights) == pytest.approx(1, abs=1e-6)
        assert weights == sorted(weights, reverse=True)
        assert min(weights) > 0
        assert rows["free_form"][0] == captions[0]["text"]
        if select == "votes":
            assert captions[0]["text"] == "first!!"
        elif select == "votes-x-relevance":
            assert [caption["comment_id"] for caption in captions] == ["1", "2", "3"]


def test_a_timed_comment_goes_to_the_clip_that_it_speaks_of(tmp_path: Path) -> None:
    told = [
        comment("whole", PIANO, votes=9),
        comment("early", "the soft violin is slow and gentle", votes=8, offset_s=1.0),
        comment("late", "warm cello, and a slow tempo, so calm", votes=99, offset_s=10.5),
    ]
    rows, _ = built(tmp_path / "one", [told], seconds=12.2)
    assert len(rows) == 1
    offsets = {caption["comment_id"]: caption["offset_s"] for caption in rows["captions"][0]}
    assert offsets.keys() == {"late", "whole"}
    assert offsets["late"] + rows["segment_start_s"][0] == pytest.approx(10.5, abs=1e-4)
    assert pd.isna(offsets["whole"])
    assert sum(caption["weight"] for caption in rows["captions"][0]) == pytest.approx(1)

    rows, _ = built(tmp_path / "many", [told], replace(CONFIG, max_segments=6), seconds=12.2)
    assert len(rows) > 3
    for row in rows.to_dict("records"):
        start_s = row["segment_start_s"]
        wanted = {"whole"} | {
            one.id for one in told if one.offset_s and start_s <= one.offset_s < start_s + CONFIG.seconds
        }
        assert {caption["comment_id"] for caption in row["captions"]} == wanted


def test_a_joke_with_small_edits_under_many_works_is_dropped_with_its_reason(tmp_path: Path) -> None:
    ordinals = ("first", "second", "third", "fourth", "fifth")
    tracks = [
        [comment("1", JOKE.format(word), votes=90), comment("2", f"{PIANO} number {number}", votes=3)]
        for number, word in enumerate(ordinals)
    ]
    rows, rejected = built(tmp_path, tracks)
    copied = [line for line in rejected if line["filter"] == "copied"]
    assert [line["reason"] for line in copied] == [
        "stands, the same or nearly, under 5 works, more than 3"
    ] * 5
    assert set(rows["free_form"].str.replace(r"\d", "N", regex=True)) == {f"{PIANO} number N"}


def test_no_artist_stands_in_two_splits(tmp_path: Path) -> None:
    tracks = [[comment("1", f"{PIANO} number {number}")] for number in range(12)]
    with store_of(tmp_path, []) as store:
        for number, comments in enumerate(tracks):
            noise = np.random.default_rng(number).normal(0, 0.1, 36_000).clip(-1, 1).astype(np.float32)
            sound = write_sound(tmp_path / f"{number}.wav", noise)
            add_track(store, track(str(number), artist=f"Artist {number % 4}"), comments, sound)
        build(store, tmp_path / "out", replace(CONFIG, splits=(80, 10, 10)), workers=1)
    opened = open_dataset(tmp_path / "out")
    artists = [set(opened.split(name).column("artist")) for name in opened.info.splits]
    assert len(artists) == 3
    assert sum(map(len, artists)) == len(set.union(*artists)) == 4


BAD = {
    "empty": "",
    "blank": " \t\r\n\u3000 ",
    "endless": "a" * 100_000,
    "endless and varied": "slow sad piano, " * 6_250,
    "endless Chinese": "钢琴很温柔。" * 17_000,
    "one emoji": "😀",
    "emoji of many parts": "👩‍👩‍👧‍👦🏳️‍🌈❤️",
    "mixed directions": "\u202eonaip dna\u202c بيانو بطيء \u2067פסנתר\u2069 slow",
    "lone surrogates": "\ud800\udfff\udc00\ud83d",
    "a lone surrogate in a description": f"{PIANO} \ud83d here",
    "zero width": "\u200b\u200c\u200d\ufeff\u2060",
    "zero width in words": "ta\u200bb\u2060le",
    "null and controls": "\x00\x01\x1b[31m",
    "marks": "Z̸̢̛͍͇̥" * 500,
    "breaks alone": "\r\n\u2028\u2029\v\f\x85<br/>\\n",
    "platform codes": "[大哭][em]e400846[/em]:thumbs_up:",
    "digits": "666666",
    "formula": '=HYPERLINK("x")',
    "markup": "<script>alert(1)</script>",
    "bytes as text": "b'\\xe9\\x92\\xa2'",
}
BREAKS = (
    "\n",
    "\r\n",
    "\r",
    "\u2028",
    "\u2029",
    "\v",
    "\f",
    "\x85",
    "<br>",
    "<BR />",
    "\\n ",
    "\\r\\n",
    "\x1c",
    "\x1e",
)


@pytest.fixture(scope="module")
def with_bad_input(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Path, pd.DataFrame, list[dict[str, Any]]]:
    """One track for each bad comment, with one good comment beside it."""
    folder = tmp_path_factory.mktemp("bad")
    tracks = [
        [comment("bad", text, votes=99), comment("good", f"{PIANO} number {number}", votes=3)]
        for number, text in enumerate(
            (*BAD.values(), *(f"slow piano {place},{one}soft violin" for place, one in enumerate(BREAKS)))
        )
    ]
    rows, rejected = built(folder, tracks, title="A \ud800 \u202e title\r\nwith all", artist=None)
    return folder / "out", rows, rejected


@pytest.mark.parametrize("name", BAD)
def test_bad_comments_go_with_a_reason_each(
    name: str, with_bad_input: tuple[Path, pd.DataFrame, list[dict[str, Any]]]
) -> None:
    _, rows, rejected = with_bad_input
    key = f"site:{list(BAD).index(name)}"
    reasons = [line["reason"] for line in rejected if line["track"] == key and line.get("comment") == "bad"]
    row = rows[rows["track"] == key].iloc[0]
    ids = [caption["comment_id"] for caption in row["captions"]]
    if name == "a lone surrogate in a description":
        assert (reasons, row["free_form"]) == ([], f"{PIANO} ? here")
    else:
        assert len(reasons) == 1
        assert ids == ["good"]


def test_every_line_break_is_a_blank(with_bad_input: tuple[Path, pd.DataFrame, list[dict[str, Any]]]) -> None:
    _, rows, _ = with_bad_input
    for place in range(len(BREAKS)):
        row = rows[rows["track"] == f"site:{len(BAD) + place}"].iloc[0]
        texts = {caption["comment_id"]: caption["text"] for caption in row["captions"]}
        assert texts["bad"] == f"slow piano {place}, soft violin"


def test_files_of_a_build_of_bad_input_are_whole(
    with_bad_input: tuple[Path, pd.DataFrame, list[dict[str, Any]]],
) -> None:
    out, rows, _ = with_bad_input
    for path in out.rglob("*"):
        if path.suffix in {".md", ".json", ".jsonl", ".txt"}:
            text = path.read_text(encoding="utf-8")
            assert "\u202e" not in text, path.name
            assert "\x1b" not in text, path.name
    card = (out / "README.md").read_text(encoding="utf-8")
    assert card.startswith("---\n")
    assert len(rows) == len(BAD) + len(BREAKS)
    assert Counter(open_dataset(out).info.splits) == {"train": len(rows)}
    assert open_dataset(out).split("train").audio(0).shape == (1, 16_000)


@pytest.mark.parametrize("name", BAD)
def test_the_crawler_can_ask_of_bad_comments(name: str) -> None:
    from emtool.crawler.voting import rank

    ranked = rank([comment("1", BAD[name])])
    assert describes(ranked, BuildConfig()) == (name == "a lone surrogate in a description")
    assert decide([], copies=_none(), config=BuildConfig()) == []


def _none() -> Any:
    from emtool.dataset.dedup import Copies

    return Copies.none()
