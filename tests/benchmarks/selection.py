"""Share of songs whose chosen caption describes the music, under the three rules of ``--select``.

    python -m tests.benchmarks.selection ../shared/data/text

All comments of 60 songs, drawn at random, were read by hand (``selection_labels.jsonl``: hashes of the texts). The
relevance model that chooses here is trained without any comment of these songs.
"""

import argparse
import json
import random
import tempfile
from collections import defaultdict
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

from emtool.crawler.records import Comment, ListState, RankedComment, Track, TrackState, VoteKind
from emtool.crawler.rows import StoredTrack
from emtool.crawler.voting import rank
from emtool.dataset.config import BuildConfig
from emtool.dataset.dedup import Copies
from emtool.dataset.reading import model
from emtool.dataset.teaching.labels import digest, examples, pool
from emtool.dataset.teaching.lesson import Lesson
from emtool.dataset.texts import TrackTexts, decide

SONGS, SEED = 60, 60
COMMENTS = "zh_netease_hot_300songs.jsonl"
LABELS = Path(__file__).with_name("selection_labels.jsonl")
RULES = ("votes", "relevance", "votes-x-relevance")


def songs(data: Path) -> dict[str, list[dict[str, Any]]]:
    """Comments of the songs that were read, by song."""
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    with (data / COMMENTS).open(encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            found[row["song_id"]].append(row)
    chosen = random.Random(SEED).sample(sorted(found), SONGS)
    return {song: found[song] for song in sorted(chosen)}


def train(data: Path, without: frozenset[str], out: Path) -> None:
    """Train on every label but those of some texts, with the setting that most folds choose."""
    listing = (files("emtool.dataset.reading") / "cues.txt").read_text(encoding="utf-8")
    lesson = Lesson(examples(data, without=without), [t for t in pool(data) if t not in without], listing)
    rows = lesson.held_out
    setting = lesson.choose(rows, folds=3, seed=0)
    scores = np.zeros(len(lesson.sources))
    for learned, judged in lesson.split(rows, folds=5, seed=0):
        scores[judged] = lesson.predict(lesson.fit(learned, setting), judged)
    model.save(lesson.finish(setting, scores), out)


def stored(song: str, rows: list[dict[str, Any]]) -> TrackTexts:
    comments = [
        Comment(
            id=row["comment_id"],
            text=row["text"],
            votes=row["votes"],
            vote_kind=VoteKind.LIKES,
            written_at=row["time"],
        )
        for row in rows
    ]
    track = Track(source="netease", id=song, title=rows[0]["song"], url=f"https://example.org/{song}")
    return TrackTexts(
        stored=StoredTrack(
            track=track,
            state=TrackState.DONE,
            list_state=ListState.PARTIAL,
            audio_sha256="0" * 64,
            audio_suffix="opus",
            fetched_at="2026-01-01T00:00:00Z",
            reason=None,
        ),
        ranked=rank(comments, top=15),
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    data = parser.parse_args().data
    labels = {}
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        labels[row["sha256"]] = row
    read = songs(data)
    texts = frozenset(row["text"] for rows in read.values() for row in rows)
    tracks = [stored(song, rows) for song, rows in read.items()]
    possible = sum(any(_describes(labels, one) for one in track.ranked) for track in tracks)
    print(
        f"{len(tracks)} songs, {len(texts)} comments read by hand; in {possible} songs at least one describes the music"
    )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.npz"
        train(data, texts, path)
        for rule in RULES:
            config = BuildConfig(select=rule, licences="any", relevance_model=f"file:{path}")
            told(rule, tracks, labels, config)


def told(rule: str, tracks: list[TrackTexts], labels: dict[str, dict[str, Any]], config: BuildConfig) -> None:
    right = captioned = 0
    for track, decision in zip(tracks, decide(tracks, Copies.none(), config), strict=True):
        if not decision.planned.captions:
            continue
        captioned += 1
        chosen = decision.planned.captions[0].comment_id
        right += _describes(labels, next(one for one in track.ranked if one.comment.id == chosen))
    print(
        f"{rule:18} a caption for {captioned:2} songs, describing the music in {right:2}: "
        f"{right / max(captioned, 1):.0%} of the captions, {right / len(tracks):.0%} of the songs"
    )


def _describes(labels: dict[str, dict[str, Any]], one: RankedComment) -> bool:
    return bool(labels[digest(one.comment.text)]["label"] == "describes")


if __name__ == "__main__":
    main()
