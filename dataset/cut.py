"""The sound half of a build: from a file to rows and a print, a pure step that runs in any process."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emtool.dataset import fingerprint, rules, segments
from emtool.dataset.captions import speaking_of
from emtool.dataset.clip import Clip, cut
from emtool.dataset.config import BuildConfig
from emtool.dataset.funnel import Rejection
from emtool.dataset.plan import PlannedTrack
from emtool.dataset.rows import row
from emtool.dataset.sound import Sound, decode


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A track to cut, and where its file lies."""

    planned: PlannedTrack
    path: Path
    config: BuildConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Listened:
    """What was found in one file: a reason to drop it, or its clips with a reason or none each."""

    duration_s: float
    correlation: float  # of its two sides
    rejection: Rejection | None
    clips: tuple[tuple[Clip, Rejection | None], ...] = ()
    print: fingerprint.Print = field(default_factory=lambda: fingerprint.NONE, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """What a track gave."""

    track: str
    rows: tuple[dict[str, Any], ...]
    rejections: tuple[Rejection, ...]
    print: fingerprint.Print = field(repr=False)


def cut_track(job: Job) -> Cut:
    """Decode a file and give the rows of its clips."""
    heard = listen(job)
    refused = [rejection for _, rejection in heard.clips if rejection]
    return Cut(
        track=job.planned.track.key,
        rows=tuple(
            row(job.planned, clip, number, job.config)
            for number, (clip, rejection) in enumerate(heard.clips)
            if not rejection
        ),
        rejections=tuple([heard.rejection, *refused] if heard.rejection else refused),
        print=heard.print,
    )


def listen(job: Job) -> Listened:
    """Decode a file, once, take its print, choose its clips, and ask the filters of sounds and clips."""
    key, declared_s = job.planned.track.key, job.planned.track.duration_s
    with decode(job.path, sha256=job.planned.audio_sha256, declared_s=declared_s, config=job.config) as sound:
        said = rules.first_reason(rules.SOUND, sound, job.config)
        if said:
            rejection = Rejection(track=key, filter=said[0], reason=said[1])
            return Listened(duration_s=sound.duration_s, correlation=sound.correlation, rejection=rejection)
        return Listened(
            duration_s=sound.duration_s,
            correlation=sound.correlation,
            rejection=None,
            clips=tuple((clip, _refusal(key, clip, job.config)) for clip in _clips(sound, job)),
            print=fingerprint.take(sound) if job.config.sound_checks else fingerprint.NONE,
        )


def _clips(sound: Sound, job: Job) -> Iterator[Clip]:
    config, captions = job.config, job.planned.captions
    offset_s = captions[0].offset_s if captions else None
    starts = segments.choose(
        sound.levels,
        frames=-(-config.samples // sound.frame_samples),
        count=config.max_segments,
        silence=10 ** (config.silence_dbfs / 10),
        around=None if offset_s is None else round(offset_s * sound.sample_rate_hz) // sound.frame_samples,
    )
    for first in starts:
        start = first * sound.frame_samples
        start_s = start / sound.sample_rate_hz
        yield cut(sound, start, speaking_of(captions, start_s, start_s + config.seconds), config)


def _refusal(key: str, clip: Clip, config: BuildConfig) -> Rejection | None:
    said = rules.first_reason(rules.CLIP, clip, config)
    return said and Rejection(track=key, filter=said[0], reason=f"{said[1]} (clip at {clip.start_s:.2f} s)")
