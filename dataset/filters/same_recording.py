"""Tracks that are the recording of another track: at another bit rate or level, resampled, or cut at its ends."""

from emtool.dataset.config import BuildConfig
from emtool.dataset.placing import Placed


def reason(track: Placed, _config: BuildConfig) -> str | None:
    """Keep the track whose captions have the most votes, and of equal ones the first by key."""
    if track.kept is None:
        return None
    if track.match is None:
        return f"the same recording as {track.kept}, by way of other tracks"
    shifted = f", shifted by {abs(track.match.shift_s):.1f} s" if track.match.shift_s else ""
    return f"the same recording as {track.kept}: {track.match.errors:.1%} of their prints differ{shifted}"
