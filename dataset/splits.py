"""Train, validation or test, so that no two splits share a work, an artist or a recording.

Tracks that share one of these, directly or through others, are a group, and a group goes where the hash of its name
points: the same in every build and on every machine. Its name is that of its first artist, in the order of the
letters, or of its first work where it has no artist; so a new track moves others only where it joins two groups.

Three exceptions, for the shares to hold. A group that is larger than the share of its split goes to the largest
split. A group that is larger than even that is divided by artist, and the tracks that tie artists of different splits
together are left out. A split that got nothing gets the smallest group of those that are not alone in theirs.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from emtool.crawler.records import Track
from emtool.dataset.config import BuildConfig
from emtool.dataset.schema import SPLITS
from emtool.dataset.unions import Unions

_BETWEEN_ARTISTS = re.compile(r"\s*(?:[;、]|\s/\s|\b(?:featuring|feat|ft)\b\.?)\s*")
_NOBODY = frozenset(
    {
        "various artists",
        "various",
        "va",
        "v.a.",
        "群星",
        "unknown",
        "unknown artist",
        "anonymous",
        "none",
        "n/a",
    }
    | {"佚名", "匿名", "未知", "未知歌手", "未知艺术家"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Owners:
    """What a track may share with others; two splits never do."""

    key: str
    artists: tuple[str, ...]
    work: str
    recording: str  # its file, or the first file of those that hold the same recording

    @classmethod
    def of(cls, track: Track, audio_sha256: str, config: BuildConfig) -> "Owners":
        """Read them off a track; artists count only where the build keeps them apart."""
        artists = artists_of(track) if config.split_by == "artist" else ()
        return cls(key=track.key, artists=artists, work=work_of(track), recording=audio_sha256 or track.key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where each track goes, by its key."""

    split: Mapping[str, str]
    ties: Mapping[str, str]  # why a track must be left out: it would tie two splits together


def work_of(track: Track) -> str:
    """Name the composition: as the source names it, else by artist and title."""
    if track.work_id:
        return f"{track.source}:{_plain(track.work_id)}"
    return f"{_plain(track.artist or track.source)}/{_plain(track.title)}"


def artists_of(track: Track) -> tuple[str, ...]:
    """Name the artists, each apart; none where the source names nobody, such as "Various Artists"."""
    names = _BETWEEN_ARTISTS.split(_plain(track.artist or ""))
    return tuple(sorted({name.strip(" ()[],") for name in names} - _NOBODY - {""}))


def place(
    tracks: Iterable[Owners],
    config: BuildConfig,
    same_recording: Iterable[tuple[str, str]] = (),
    absent: Collection[str] = (),
) -> Places:
    """Give every track a split, or a reason to leave it out.

    Args:
        tracks: All that a build would use; about 1 KB is kept of each.
        config: Shares of the splits, and what never stands in two.
        same_recording: Keys of tracks that are one recording in different files.
        absent: Keys of tracks that are not built, but tie their work and artists to those of their recording.
    """
    given = list(tracks)
    recordings = Unions()
    for one in given:
        recordings.join(f"track {one.key}", one.recording)
    for first, second in same_recording:
        recordings.join(f"track {first}", f"track {second}")
    joined = _groups(given, recordings)
    groups = [kept for group in joined if (kept := [one for one in group if one.key not in absent])]
    every = [one for group in groups for one in group]
    units = _units(groups, config)
    named = {name: _split_by_hash(name, len(unit), len(every), config) for name, unit in units.items()}
    _fill_empty(named, units, config)
    split = {one.key: SPLITS[named[name]] for name, unit in units.items() for one in unit}
    ties: dict[str, str] = {}
    owned = {
        "artist": [(one.key, name) for one in every for name in one.artists],
        "recording": [(one.key, recordings.root(f"track {one.key}")) for one in every],
        "work": [(one.key, one.work) for one in every],
    }
    for what, pairs in owned.items():
        _leave_out_minorities(what, pairs, split, ties, config)
    return Places(split=split, ties=ties)


def _groups(every: Sequence[Owners], recordings: Unions) -> list[list[Owners]]:
    joined = Unions()
    for one in every:
        shared = [f"work {one.work}", f"recording {recordings.root(f'track {one.key}')}"]
        for owner in (*shared, *(f"artist {name}" for name in one.artists)):
            joined.join(f"track {one.key}", owner)
    groups: dict[str, list[Owners]] = defaultdict(list)
    for one in every:
        groups[joined.root(f"track {one.key}")].append(one)
    return list(groups.values())


def _units(groups: Sequence[list[Owners]], config: BuildConfig) -> dict[str, list[Owners]]:
    """Give the groups by name, those divided that are too large for any split."""
    total = sum(map(len, groups))
    units: dict[str, list[Owners]] = defaultdict(list)
    for group in groups:
        artists = sorted({name for one in group for name in one.artists})
        if len(artists) > 1 and len(group) * 100 > max(config.splits) * total:
            for one in group:
                units[one.artists[0] if one.artists else one.work].append(one)
        else:
            units[artists[0] if artists else min(one.work for one in group)].extend(group)
    return dict(units)


def _hash(name: str) -> int:
    return int.from_bytes(sha256(f"emtool split {name}".encode()).digest()[:8])


def _split_by_hash(name: str, size: int, total: int, config: BuildConfig) -> int:
    percent = _hash(name) % 100
    ends = (config.splits[0], config.splits[0] + config.splits[1], 100)
    chosen = next(number for number, end in enumerate(ends) if percent < end)
    too_large = size > 1 and size * 100 > config.splits[chosen] * total
    return config.splits.index(max(config.splits)) if too_large else chosen


def _fill_empty(named: dict[str, int], units: Mapping[str, list[Owners]], config: BuildConfig) -> None:
    for number in sorted(range(len(SPLITS)), key=lambda one: (config.splits[one], -one)):
        held = Counter(named.values())
        spare = [name for name in named if held[named[name]] > 1]
        if config.splits[number] and not held[number] and spare:
            named[min(spare, key=lambda name: (len(units[name]), _hash(name), name))] = number


def _leave_out_minorities(
    what: str,
    owned: Sequence[tuple[str, str]],
    split: Mapping[str, str],
    ties: dict[str, str],
    config: BuildConfig,
) -> None:
    """Keep what several splits share in the one that has the most of it; only divided groups share anything."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for key, owner in owned:
        if key not in ties:
            counts[owner][split[key]] += 1
    for key, owner in owned:
        if key in ties or len(counts[owner]) < 2:
            continue
        most = max(SPLITS, key=lambda name: (counts[owner][name], config.splits[SPLITS.index(name)]))
        if split[key] != most:
            ties[key] = f"its {what} stands in {most}, and tracks tied to this one in {split[key]}"


def _plain(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
