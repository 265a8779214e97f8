"""Which tracks stay once their sound is known, and in which split: of one recording, one track."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from emtool.dataset import rules
from emtool.dataset.config import BuildConfig
from emtool.dataset.fingerprint import Print
from emtool.dataset.funnel import Rejection
from emtool.dataset.plan import PlannedTrack
from emtool.dataset.recordings import Match, matches
from emtool.dataset.splits import Owners, artists_of, place
from emtool.dataset.unions import Unions


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A track that gave clips, among all that did."""

    kept: str | None = None  # the key of the track that stays in its place, with the same recording
    match: Match | None = None  # of the prints of the two, if they were compared with each other
    of_full_artist: bool = False  # who has as many tracks with more votes as the build takes
    ties_splits: str | None = None  # why it would put one work, artist or recording into two splits


def settle(
    planned: Iterable[PlannedTrack], prints: Mapping[str, Print], config: BuildConfig
) -> tuple[dict[str, str], list[Rejection]]:
    """Give the split of every track that stays, and the reasons against the others.

    Args:
        planned: The whole plan, with the tracks whose file another one has: they tie its work to theirs.
        prints: Of every track that gave clips, by its key, in the order of the plan.
        config: The options of the build.
    """
    votes, owners, pairs, artists = {}, [], [], {}
    for one in planned:
        key = one.track.key
        if (one.same_file_as or key) in prints:
            votes[key] = one.votes
            owners.append(Owners.of(one.track, one.audio_sha256, config))
            if key in prints:
                artists[key] = artists_of(one.track)
            if one.same_file_as:
                pairs.append((one.same_file_as, key))
    found = _matches(prints, config)
    kept = _kept(prints, found, votes)
    full = _beyond(config.max_per_artist, artists, kept, votes)
    places = place(owners, config, [*pairs, *found], absent={*kept, *full, *(key for _, key in pairs)})
    split, rejections = {}, []
    for key in prints:
        copy_of = kept.get(key)
        match = None if copy_of is None else found.get((key, copy_of), found.get((copy_of, key)))
        placed = Placed(
            kept=copy_of, match=match, of_full_artist=key in full, ties_splits=places.ties.get(key)
        )
        if said := rules.first_reason(rules.PLACED, placed, config):
            rejections.append(Rejection(track=key, filter=said[0], reason=said[1]))
        else:
            split[key] = places.split[key]
    return split, rejections


def _matches(prints: Mapping[str, Print], config: BuildConfig) -> dict[tuple[str, str], Match]:
    keys = list(prints)
    found = matches(list(prints.values()), config.max_bit_errors)
    return {(keys[match.first], keys[match.second]): match for match in found}


def _beyond(
    most: int, artists: Mapping[str, Sequence[str]], copies: Collection[str], votes: Mapping[str, int]
) -> set[str]:
    """Give the tracks beyond the most voted ones of an artist; 0 is no limit."""
    taken: Counter[str] = Counter()
    beyond = set()
    for key in sorted(artists, key=lambda one: (-votes[one], one)) if most else ():
        if key in copies:
            continue
        if any(taken[name] >= most for name in artists[key]):
            beyond.add(key)
        else:
            taken.update(artists[key])
    return beyond


def _kept(
    prints: Mapping[str, Print], pairs: Iterable[tuple[str, str]], votes: Mapping[str, int]
) -> dict[str, str]:
    """For each track that has a better copy, the best: with the most votes, and of equal ones the first."""
    joined = Unions()
    for first, second in pairs:
        joined.join(first, second)
    best: dict[str, str] = {}
    for key in prints:
        root = joined.root(key)
        if root not in best or votes[key] > votes[best[root]]:
            best[root] = key
    return {key: best[joined.root(key)] for key in prints if best[joined.root(key)] != key}
