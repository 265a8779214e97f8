"""What a dataset folder holds: its columns, its files, and a number that changes when readers must change.

    DATASET/
      data/<split>-<n>-of-<N>.parquet   the rows; sound as FLAC inside
      README.md                         the card, with the YAML that the Hub and ``datasets`` read
      attribution.txt                   whom to name for each track
      statistics.json, plots/           the card's figures
      croissant.json                    the dataset as machines read it
      rejected.jsonl                    everything that was dropped, and why
      .cuts.parquet                     what the next build need not decode again
      build.json                        options, counts and hashes; written last

A folder without its ``build.json`` is not finished.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datasets import Features

SCHEMA = 1
SPLITS = ("train", "validation", "test")
MARK = "build.json"
CUTS = ".cuts.parquet"
BUILD_FOLDER = ".build"  # inside a dataset folder, while a build is under way
FILES = (
    "data", "plots", "README.md", "croissant.json", "attribution.txt", "statistics.json", "rejected.jsonl", CUTS, MARK,
    BUILD_FOLDER,
)  # fmt: skip
"""What a build writes, and writes again after a takedown."""


OPTIONAL = (
    "title", "segment_start_s", "peak_dbfs", "gain_db", "speech", "music", "silence", "clipped", "dc", "source_tags",
    "audio_sha256",
)  # fmt: skip
"""Columns that a build can leave out: neither readers nor cards nor a takedown need them."""


def features(sample_rate_hz: int, columns: Sequence[str] = ("all",)) -> "Features":
    """Columns of a dataset, as the ``datasets`` library types them.

    Args:
        sample_rate_hz: Of the sound.
        columns: Which of ``OPTIONAL`` to take, or ``all``.
    """
    from datasets import Audio, Features, List, Value

    text, whole, real = Value("string"), Value("int64"), Value("float32")
    caption = {
        "text": text,  # cleaned, without personal data, in simplified characters
        "original": text,  # without personal data, otherwise as it was written
        "weight": real,  # how often to draw it in training; the captions of a row add up to 1
        "votes": whole,
        "vote_kind": text,
        "relevance": real,
        "language": text,
        "offset_s": real,  # the point of the clip that it speaks of; null for the whole
        "comment_id": text,
    }
    every = Features(
        {
            "id": text,
            "audio": Audio(sampling_rate=sample_rate_hz),
            "text": text,  # in the format that the build asked for
            "text_tags": text,  # the tags as one text, for training on either format
            "free_form": text,
            "tags": List(text),
            "captions": List(caption),
            "title": text,
            "artist": text,
            "source": text,
            "url": text,
            "licence": text,
            "attribution": text,
            "language": text,
            "votes": whole,
            "work_id": text,
            "segment_start_s": real,
            "duration_s": real,
            "level_dbfs": real,
            "peak_dbfs": real,
            "loudness_lufs": real,  # of BS.1770; null for silence
            "gain_db": real,  # that was applied after all of this was measured
            "vocals": real,  # mean probability of singing
            "speech": real,
            "music": real,
            "silence": real,  # share of its duration, 0 to 1
            "clipped": real,  # share of the samples that stand at full scale
            "dc": real,  # largest constant offset of a channel, as a share of full scale
            "source_tags": List(text),
            "track": text,  # the key in the store
            "audio_sha256": text,  # of the file as it was fetched
        }
    )
    left_out = set() if "all" in columns else {*OPTIONAL} - {*columns}
    return Features({name: kind for name, kind in every.items() if name not in left_out})
