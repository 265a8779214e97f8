"""What is to be forgotten: tracks by wish or by key, and single comments."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emtool.crawler.optouts import Wish, hidden, wishes_about_track


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """Tracks and comments that go."""

    wishes: frozenset[Wish]
    keys: frozenset[str]  # of tracks, some of them as hashes
    comments: frozenset[tuple[str, str]]  # key of the track, and id

    def takes_track(self, key: str, url: str | None) -> bool:
        """Tell whether a track goes."""
        if key in self.keys or hidden(key) in self.keys:
            return True
        return not wishes_about_track(key, url).isdisjoint(self.wishes)

    def left(self, row: Mapping[str, Any]) -> list[Any]:
        """Give the captions of a row that stay; all of them go with its track."""
        if self.takes_track(row["track"], row["url"]):
            return []
        return [one for one in row["captions"] if (row["track"], one["comment_id"]) not in self.comments]
