"""Train, validation or test: decided by a hash of the work, so it is the same in every build and on every machine."""

import unicodedata
from hashlib import sha256

from emtool.crawler.records import Track
from emtool.dataset.config import BuildConfig
from emtool.dataset.schema import SPLITS


def work_of(track: Track) -> str:
    """Name the composition: as the source names it, else by artist and title."""
    if track.work_id:
        return f"{track.source}:{_plain(track.work_id)}"
    return f"{_plain(track.artist or track.source)}/{_plain(track.title)}"


def split_of(track: Track, config: BuildConfig) -> str:
    """Give the split of a track; tracks of one work, or of one artist where asked for, always share it."""
    by_artist = config.split_by == "artist" and track.artist
    owner = _plain(track.artist or "") if by_artist else work_of(track)
    percent = int.from_bytes(sha256(f"emtool split {owner}".encode()).digest()[:8]) % 100
    ends = (config.splits[0], config.splits[0] + config.splits[1], 100)
    return next(name for name, end in zip(SPLITS, ends, strict=True) if percent < end)


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
