"""One clip: its samples as FLAC, and what was measured on them."""

import io
from dataclasses import dataclass, field

import numpy as np
import soundfile
from numpy.typing import NDArray

from emtool.dataset.captions import Accepted
from emtool.dataset.config import BuildConfig
from emtool.dataset.hearing import Heard, listen
from emtool.dataset.loudness import amplified, gain_db, lufs
from emtool.dataset.sound import FULL_SCALE, Sound, dbfs, frame_samples

_FULL = 1 - 1 / FULL_SCALE


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
    loudness_lufs: (
        float | None
    )  # None for silence, for what is too short to have one, and where nobody measured
    gain_db: float  # that ``flac`` applies; 0 unless a loudness is asked for
    silence: float  # share of its duration
    clipped: float  # share of the samples that stand at full scale
    dc: float  # largest constant offset of a channel, as a share of full scale
    heard: Heard | None  # None where nobody listened

    def flac(self, sample_rate_hz: int) -> bytes:
        """Encode without loss, 16 bits a sample, after the gain."""
        buffer = io.BytesIO()
        soundfile.write(
            buffer, amplified(self.samples, self.gain_db), sample_rate_hz, format="FLAC", subtype="PCM_16"
        )
        return buffer.getvalue()


def cut(sound: Sound, start: int, captions: tuple[Accepted, ...], config: BuildConfig) -> Clip:
    """Cut the clip that begins at a sample, pad it to the length of the build, and measure it."""
    samples = sound.read(start, config.samples)  # (T, C)
    scaled = np.ascontiguousarray(samples.T, np.float32) / np.float32(FULL_SCALE)  # (C, T)
    squares = np.square(scaled).mean(axis=1)  # (C,)
    peak = max(float(scaled.max(initial=0.0)), -float(scaled.min(initial=0.0)))
    peak_dbfs = dbfs(peak * peak)
    measured = config.sound_checks or config.normalise_lufs is not None
    loudness_lufs = lufs(samples, sound.sample_rate_hz) if measured else None
    return Clip(
        start_s=start / sound.sample_rate_hz,
        duration_s=len(samples) / sound.sample_rate_hz,
        samples=np.pad(samples, ((0, config.samples - len(samples)), (0, 0))),
        captions=captions,
        level_dbfs=dbfs(float(squares.mean())),
        peak_dbfs=peak_dbfs,
        channel_dbfs=tuple(dbfs(float(square)) for square in squares),
        loudness_lufs=loudness_lufs,
        gain_db=gain_db(loudness_lufs, peak_dbfs, config.normalise_lufs),
        silence=_silence(scaled, config),
        clipped=_clipped(scaled) if peak >= _FULL else 0.0,
        dc=float(np.abs(scaled.mean(axis=1)).max()),
        heard=listen(samples, sound.sample_rate_hz) if config.sound_checks else None,
    )


def _clipped(scaled: NDArray[np.float32]) -> float:
    """Share of the samples that stand at full scale."""
    return float((np.abs(scaled) >= _FULL).mean())


def _silence(scaled: NDArray[np.float32], config: BuildConfig) -> float:
    """Share of the clip [C, T] that lies in silences of at least two frames of 50 ms."""
    per_frame = frame_samples(config.sample_rate_hz)
    channels, samples = scaled.shape
    frames = scaled[:, : samples - samples % per_frame].reshape(channels, -1, per_frame)
    silent = np.square(frames).mean(axis=(0, 2)) < 10 ** (config.silence_dbfs / 10)
    beside = np.pad(silent, 1)
    lasting = silent & (beside[:-2] | beside[2:])
    return float(lasting.mean()) if len(lasting) else 0.0
