"""Tracks that may not be passed on."""

from emtool.crawler.licences import permits
from emtool.crawler.store import StoredTrack
from emtool.dataset.config import BuildConfig


def reason(track: StoredTrack, config: BuildConfig) -> str | None:
    """Drop a track whose licence the build does not take."""
    licence = track.track.licence
    if permits(config.licences, licence):
        return None
    stated = licence or f"unknown ({track.track.licence_text or 'the site states none'})"
    return f"licence {stated} is not among: {config.licences}"
