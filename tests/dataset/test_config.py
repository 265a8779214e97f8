from typing import Any

import pytest

from emtool.crawler.errors import UsageError
from emtool.dataset.config import BuildConfig


@pytest.mark.parametrize(
    ("choices", "wanted"),
    [
        ({"format": "poems"}, "format='poems' is unknown (there are: both, free-form, tags)"),
        ({"select": "luck"}, "there are: relevance, votes, votes-x-relevance"),
        ({"split_by": "moon"}, "there are: work, artist"),
        ({"channels": 3}, "between 1 and 2"),
        ({"sample_rate_hz": 1}, "between 1000 and 384000"),
        ({"seconds": 0.0}, "between 0.1 and 600"),
        ({"max_track_s": 1.0}, "between 4 and 86400"),
        ({"silence_dbfs": 3.0}, "between -96 and 0"),
        ({"min_relevance": 1.5}, "no share"),
        ({"max_segments": 0}, "at least 1"),
        ({"min_votes": -1}, "at least 0"),
        ({"min_characters": 9, "max_characters": 8}, "no comment could pass"),
        ({"splits": (80, 10)}, "add up to 100"),
        ({"splits": (80, 30, -10)}, "add up to 100"),
        ({"languages": ()}, "languages is empty"),
        ({"languages": ("english",)}, "languages='english' is unknown (there are: any, ar, de, en,"),
        ({"columns": ("tempo",)}, "columns='tempo' is unknown (there are: all, none, title,"),
        ({"columns": ("all", "title")}, "columns=all,title: give all, none, or names"),
        ({"max_per_artist": -1}, "at least 0"),
        ({"licences": "free beer"}, "free beer"),
    ],
)
def test_what_cannot_be_built_is_refused(choices: dict[str, Any], wanted: str) -> None:
    with pytest.raises(UsageError) as caught:
        BuildConfig(**choices)
    assert wanted in str(caught.value)


def test_sizes_follow_from_the_choices() -> None:
    paper = BuildConfig(sample_rate_hz=16_000, channels=2, seconds=20.48)
    assert paper.samples == 327_680
    assert paper.clip_bytes == 327_680 * 4
    assert paper.tracks_per_shard == 228
    assert BuildConfig(seconds=600, channels=2, sample_rate_hz=192_000, shard_mb=1).tracks_per_shard == 1
