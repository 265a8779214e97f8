"""What a clip sounds like, in numbers: spectrum, onsets and keys, computed with numpy alone.

Shapes: T samples, F frames, B mel bands.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

BANDS = 64
STATISTICS = 3 * BANDS  # dimensions of ``spectrum_statistics``
HIGHEST_HZ = 8000.0

_LOWEST_HZ = 40.0
_WINDOW_S = 0.064
_HOP_S = 0.016
_ONSET_HOP_S = 0.010
_FLOOR = 1e-10


def log_mel(samples: Floats, sample_rate_hz: int, *, hop_s: float = _HOP_S, bands: int = BANDS) -> Floats:
    """Power in mel bands in dB, [F, B], of samples [T]."""
    window = _window(sample_rate_hz)
    spectrum = np.abs(
        np.fft.rfft(_frames(samples, len(window), round(hop_s * sample_rate_hz)) * window, axis=1)
    )
    power = np.square(spectrum, dtype=np.float32) @ _mel_bands(sample_rate_hz, len(window), bands).T
    decibels: Floats = 10 * np.log10(power + _FLOOR)
    return decibels


def mel_edges_hz(sample_rate_hz: int, bands: int) -> NDArray[np.float64]:
    """Frequencies between which the triangles of the bands stand, [B + 2]: band b peaks at number b + 1."""
    highest = min(HIGHEST_HZ, sample_rate_hz / 2)
    edges: NDArray[np.float64] = 700 * (
        10 ** (np.linspace(_mel(_LOWEST_HZ), _mel(highest), bands + 2) / 2595) - 1
    )
    return edges


def timbre(samples: Floats, sample_rate_hz: int) -> Floats:
    """Level-free statistics of the spectrum and its attacks, [4 B]: which instrument plays.

    Measured downwards from the loud frames and cut off 60 dB below them: gain and a quiet hiss do not count.
    """
    bands = log_mel(samples, sample_rate_hz)
    bands = np.maximum(bands - np.percentile(bands.max(axis=1), 98), -60)
    rise = np.maximum(np.diff(bands, axis=0), 0).mean(axis=0)
    return np.concatenate((bands.mean(axis=0), bands.std(axis=0), rise, np.percentile(bands, 90, axis=0)))


def spectrum_statistics(samples: Floats, sample_rate_hz: int) -> Floats:
    """Mean, deviation and mean change per mel band in dB, [3 B], after setting the clip to -20 dBFS RMS.

    What lies some 70 dB below a sine of that level counts as silence: nobody hears how silent it is.
    """
    level = float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0
    bands = np.maximum(log_mel(samples * np.float32(0.1 / max(level, 1e-5)), sample_rate_hz), -40)
    return np.concatenate(
        (bands.mean(axis=0), bands.std(axis=0), np.abs(np.diff(bands, axis=0)).mean(axis=0))
    )


def rhythm(samples: Floats, sample_rate_hz: int) -> Floats:
    """How often and how regularly notes begin, [68]: slow, medium or fast.

    Onset strength is the rise of the mel bands (spectral flux); its peaks per second at four heights, its
    autocorrelation at 40 lags from 0.08 to 1.8 s, and its power in 24 bands from 0.4 to 12 Hz.
    """
    bands = np.maximum(log_mel(samples, sample_rate_hz, hop_s=_ONSET_HOP_S), -50)
    strength = np.maximum(bands[2:] - bands[:-2], 0).mean(axis=1)
    strength = np.pad(strength, (0, max(0, 200 - len(strength))))
    strength = strength - np.convolve(strength, np.full(51, 1 / 51), "same")
    middle = strength[1:-1]
    peaks = middle[(middle > strength[:-2]) & (middle >= strength[2:])]
    height = np.percentile(peaks, 95) if len(peaks) else 1.0
    per_second = [
        np.sum(peaks > share * height) / (len(strength) * _ONSET_HOP_S) for share in (0.15, 0.3, 0.5, 0.7)
    ]
    positive = np.maximum(strength, 0)
    power = np.abs(np.fft.rfft(positive - positive.mean(), _rhythm_points(len(positive)))) ** 2
    echo = np.fft.irfft(power)[: len(positive)]
    lags = np.geomspace(0.08, 1.8, 40) / _ONSET_HOP_S
    edges = np.searchsorted(np.fft.rfftfreq(2 * (len(power) - 1), _ONSET_HOP_S), np.geomspace(0.4, 12, 25))
    shares = np.add.reduceat(power, edges)[:-1] / np.diff(edges)
    return np.concatenate(
        (
            np.log1p(per_second),
            np.interp(lags, np.arange(len(echo)), echo / max(float(echo[0]), _FLOOR)),
            np.log(shares / max(float(shares.sum()), _FLOOR) + 1e-3),
        )
    ).astype(np.float32)


def chroma(samples: Floats, sample_rate_hz: int) -> Floats:
    """Strength of the twelve pitch classes from C upwards, [12], of unit length: which key.

    Only spectral peaks between 80 and 2500 Hz count, the nearer to a tempered pitch the more.
    """
    length = 1 << round(np.log2(0.256 * sample_rate_hz))
    frames = _frames(samples, length, length // 4) * np.hanning(length).astype(np.float32)
    hertz = np.fft.rfftfreq(2 * length, 1 / sample_rate_hz)
    kept = (hertz > 80) & (hertz < 2500)
    power = np.abs(np.fft.rfft(frames, 2 * length, axis=1))[:, kept]
    peaks = np.zeros_like(power)
    inner = power[:, 1:-1]
    peaks[:, 1:-1] = np.where((inner > power[:, :-2]) & (inner > power[:, 2:]), inner, 0)
    pitch = 69 + 12 * np.log2(hertz[kept] / 440)
    weight = np.exp(-0.5 * ((pitch - np.round(pitch)) / 0.15) ** 2) / np.sqrt(hertz[kept])
    strength = np.zeros(12)
    np.add.at(strength, np.round(pitch).astype(int) % 12, (peaks * weight).mean(axis=0))
    strength = np.sqrt(strength)
    return (strength / max(float(np.linalg.norm(strength)), _FLOOR)).astype(np.float32)


def _frames(samples: Floats, length: int, hop: int) -> Floats:
    padded = np.pad(samples, (0, max(0, 4 * length - len(samples))))
    return np.lib.stride_tricks.sliding_window_view(padded, length)[::hop]


def _rhythm_points(frames: int) -> int:
    return 1 << max(12, (2 * frames - 1).bit_length())


@cache
def _window(sample_rate_hz: int) -> Floats:
    length = 1 << round(np.log2(_WINDOW_S * sample_rate_hz))
    return np.hanning(length).astype(np.float32)


@cache
def _mel_bands(sample_rate_hz: int, window: int, bands: int) -> Floats:
    """Triangles on the mel scale, each of unit sum, [B, window // 2 + 1]."""
    edges = mel_edges_hz(sample_rate_hz, bands)
    hertz = np.fft.rfftfreq(window, 1 / sample_rate_hz)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    triangles = np.maximum(0, np.minimum((hertz - low) / (middle - low), (high - hertz) / (high - middle)))
    even: Floats = (triangles / np.maximum(triangles.sum(axis=1, keepdims=True), _FLOOR)).astype(np.float32)
    return even


def _mel(hertz: float) -> float:
    return 2595 * float(np.log10(1 + hertz / 700))
