"""The catalogue of the demo corpus: one record a clip, and the truth that the site never shows."""

import json
from dataclasses import asdict
from typing import Any

from emtool.crawler.demo.comments import comments
from emtool.crawler.demo.compose import compose
from emtool.crawler.demo.titles import artist, tags, title
from emtool.crawler.files import fingerprint

CLIPS, SEED = 480, 1
LICENCE = "CC0-1.0"


def clip_id(seed: int, index: int) -> str:
    """Name of a clip; it says nothing about the music."""
    return f"s{seed}-{index:04d}"


def entry(seed: int, index: int) -> dict[str, Any]:
    """Give the catalogue's record of one clip, whose ``truth`` is for judging, not for showing.

    Beside what is heard it holds ``score``, a hash of the notes, and ``describing``, the ids of the comments
    that describe it.
    """
    piece = compose(seed, index)
    written = comments(seed, index, piece)
    return {
        "id": clip_id(seed, index),
        "title": title(piece.work_id),
        "artist": artist(piece.work_id),
        "licence": LICENCE,
        "work_id": piece.work_id,
        "file": f"audio/{clip_id(seed, index)}.opus",
        "duration_s": piece.duration_s,
        "tags": tags(seed, index),
        "truth": {
            "instruments": list(piece.instruments),
            "tempo_bpm": piece.tempo_bpm,
            "tempo": piece.tempo,
            "mode": piece.mode,
            "key": piece.key,
            "texture": piece.texture,
            "score": fingerprint([asdict(note) for note in piece.notes])[:8],
            "describing": [comment.id for comment in written if comment.describes],
        },
        "comments": [comment.to_json() for comment in written],
    }


def line(seed: int, index: int) -> str:
    """Give the record of one clip as a line of ``catalogue.jsonl``."""
    return json.dumps(entry(seed, index), ensure_ascii=False, separators=(",", ":")) + "\n"
