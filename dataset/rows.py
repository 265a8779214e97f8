"""One clip as a row of the dataset."""

import re
from typing import Any

from emtool.crawler.records import Track
from emtool.dataset.captions import columns
from emtool.dataset.clip import Clip
from emtool.dataset.config import BuildConfig
from emtool.dataset.plan import PlannedTrack
from emtool.dataset.splits import work_of

_UNSAFE = re.compile(r"[^\w.-]+")


def row(planned: PlannedTrack, clip: Clip, number: int, config: BuildConfig) -> dict[str, Any]:
    """Give every column of ``schema.features``."""
    track = planned.track
    name = f"{track.key}#{number}"
    return {
        "id": name,
        "audio": {"bytes": clip.flac(config.sample_rate_hz), "path": f"{_UNSAFE.sub('_', name)}.flac"},
        **columns(clip.captions, clip.start_s, config),
        "title": track.title,
        "artist": track.artist,
        "source": track.source,
        "url": track.url,
        "licence": track.licence,
        "attribution": attribution(track),
        "work_id": work_of(track),
        "segment_start_s": clip.start_s,
        "duration_s": clip.duration_s,
        "level_dbfs": clip.level_dbfs,
        "peak_dbfs": clip.peak_dbfs,
        "loudness_lufs": clip.loudness_lufs,
        "gain_db": clip.gain_db,
        "vocals": clip.heard and clip.heard.singing,
        "speech": clip.heard and clip.heard.speech,
        "music": clip.heard and clip.heard.music,
        "silence": clip.silence,
        "clipped": clip.clipped,
        "dc": clip.dc,
        "source_tags": list(track.source_tags),
        "track": track.key,
        "audio_sha256": planned.audio_sha256,
    }


def attribution(track: Track) -> str:
    """Give the line that a licence such as CC BY asks for: title, author, source, licence."""
    author = f" by {track.artist}" if track.artist else ""
    return f'"{track.title}"{author}, {track.url}, {track.licence or "licence unknown"}'
