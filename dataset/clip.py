"""One clip: its samples as FLAC, and what was measured on them."""

import io
import warnings
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.dataset.captions import Accepted
from emtool.dataset.config import BuildConfig
from emtool.dataset.sound import FULL_SCALE, Sound, dbfs

_SILENCE_STEP_MS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Clip:
    """A piece of a track, of the length that the build wants."""

    start_s: float
    duration_s: float  # of sound; a short one is padded at its end
    samples: NDArray[np.int16] = field(repr=False)  # [T, C], padded
    captions: tuple[Accepted, ...]
    level_dbfs: float
    peak_dbfs: float
    channel_dbfs: tuple[float, ...]
    silence: float  # share of its duration
    clipped: float  # share of the samples that stand at full scale
    dc: float  # largest constant offset of a channel, as a share of full scale

    def flac(self, sample_rate_hz: int) -> bytes:
        """Encode without loss, 16 bits a sample."""
        buffer = io.BytesIO()
        soundfile.write(buffer, self.samples, sample_rate_hz, format="FLAC", subtype="PCM_16")
        return buffer.getvalue()


def cut(sound: Sound, start: int, captions: tuple[Accepted, ...], config: BuildConfig) -> Clip:
    """Cut the clip that begins at a sample, pad it to the length of the build, and measure it."""
    samples = sound.read(start, config.samples)  # (T, C)
    scaled = samples.astype(np.float32) / FULL_SCALE
    squares = np.square(scaled).mean(axis=0)  # (C,)
    peak = float(np.abs(scaled).max(initial=0.0))
    return Clip(
        start_s=start / sound.sample_rate_hz,
        duration_s=len(samples) / sound.sample_rate_hz,
        samples=np.pad(samples, ((0, config.samples - len(samples)), (0, 0))),
        captions=captions,
        level_dbfs=dbfs(float(squares.mean())),
        peak_dbfs=dbfs(peak * peak),
        channel_dbfs=tuple(dbfs(float(square)) for square in squares),
        silence=_silence(samples, config),
        clipped=float((np.abs(scaled) >= 1 - 1 / FULL_SCALE).mean()),
        dc=float(np.abs(scaled.mean(axis=0)).max()),
    )


def _silence(samples: NDArray[np.int16], config: BuildConfig) -> float:
    """Share of the clip that lies in silences of at least two steps."""
    segment = _audio_segment()(
        data=samples.tobytes(), sample_width=2, frame_rate=config.sample_rate_hz, channels=samples.shape[1]
    )
    from pydub.silence import detect_silence

    silences = detect_silence(
        segment,
        min_silence_len=2 * _SILENCE_STEP_MS,
        silence_thresh=config.silence_dbfs,
        seek_step=_SILENCE_STEP_MS,
    )
    silent_ms: int = sum(end - start for start, end in silences)
    return min(1.0, silent_ms / max(1.0, len(segment)))


def _audio_segment() -> Any:
    with warnings.catch_warnings():
        # pydub uses audioop, which Python 3.11 and 3.12 call deprecated; from 3.13 on audioop-lts takes its place
        warnings.simplefilter("ignore", DeprecationWarning)
        from pydub import AudioSegment
    return AudioSegment
