"""Noise and dull spectra: for anchors, and to train classifiers that do not mind them."""

import numpy as np

from emtool.model.listening.sounds import Sounds, Waveform


def add_noise(
    samples: Waveform, snr_db: float, random: np.random.Generator, *, tilt: float = 0.0
) -> Waveform:
    """Add noise ``snr_db`` below the RMS level of samples [..., T].

    Args:
        samples: The clip.
        snr_db: Distance of the levels in decibels.
        random: Where the noise comes from.
        tilt: Exponent of the noise's amplitude over frequency: 0 is white, -0.5 pink.
    """
    noise = random.standard_normal(samples.shape, np.float32)
    if tilt:
        spectrum = np.fft.rfft(noise)
        spectrum *= np.arange(1, spectrum.shape[-1] + 1) ** tilt
        noise = np.fft.irfft(spectrum, samples.shape[-1]).astype(np.float32)
        noise /= np.sqrt(np.mean(np.square(noise)))
    return samples + noise * np.float32(rms(samples) * 10 ** (-snr_db / 20))


def low_pass(samples: Waveform, cutoff_hz: float, sample_rate_hz: int, *, order: int = 4) -> Waveform:
    """Dull samples [..., T] with the magnitude of a Butterworth filter, without a shift in time."""
    hertz = np.fft.rfftfreq(samples.shape[-1], 1 / sample_rate_hz)
    gain = 1 / np.sqrt(1 + (hertz / cutoff_hz) ** (2 * order))
    return np.fft.irfft(np.fft.rfft(samples) * gain, samples.shape[-1]).astype(np.float32)


def rms(samples: Waveform) -> float:
    """Root mean square of a clip; 0 for an empty one."""
    return float(np.sqrt(np.mean(np.square(samples)))) if samples.size else 0.0


def with_noise(sounds: Sounds, snr_db: float, seed: int) -> Sounds:
    """Give the same clips with white noise ``snr_db`` below each."""
    return sounds.altered(
        lambda samples, index: add_noise(samples, snr_db, np.random.default_rng((seed, 5, index)))
    )


def with_low_pass(sounds: Sounds, cutoff_hz: float) -> Sounds:
    """Give the same clips without what lies above ``cutoff_hz``."""
    return sounds.altered(lambda samples, _: low_pass(samples, cutoff_hz, sounds.sample_rate_hz))


def white_noise(count: int, seconds: float, sample_rate_hz: int, seed: int) -> Sounds:
    """Clips of nothing but noise: the worst that a model can do."""
    shape = (1, round(seconds * sample_rate_hz))
    return Sounds(
        read=lambda index: 0.1 * np.random.default_rng((seed, 7, index)).standard_normal(shape, np.float32),
        sample_rate_hz=sample_rate_hz,
        works=tuple(f"noise-{index}" for index in range(count)),
        texts=("",) * count,
    )
