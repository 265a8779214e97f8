"""Loudness as people hear it: ITU-R BS.1770-4, gated, in LUFS."""

import warnings
from functools import cache
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emtool.dataset.sound import FULL_SCALE

PEAK_DBFS = -1.0  # no sample is raised above it, as EBU R 128 has it

_BLOCK_S = 0.4  # BS.1770's gating block
_LOWEST_RATE_HZ = 4000  # the K weighting has a shelf at 1.7 kHz, which needs room below half the rate


def lufs(samples: NDArray[np.int16], sample_rate_hz: int) -> float | None:
    """Integrated loudness of samples [T, C]; None for silence and for what is too short or of too low a rate."""
    if len(samples) < _BLOCK_S * sample_rate_hz or sample_rate_hz < _LOWEST_RATE_HZ:
        return None
    with np.errstate(divide="ignore", invalid="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # the mean of no block: all were gated
        found = float(_meter(sample_rate_hz).integrated_loudness(samples / FULL_SCALE))
    return found if isfinite(found) else None


def gain_db(loudness_lufs: float | None, peak_dbfs: float, target_lufs: float | None) -> float:
    """Gain that brings a clip to a loudness, less where its peak would pass -1 dBFS; 0 where none is asked for."""
    if loudness_lufs is None or target_lufs is None:
        return 0.0
    return min(target_lufs - loudness_lufs, PEAK_DBFS - peak_dbfs)


def amplified(samples: NDArray[np.int16], decibels: float) -> NDArray[np.int16]:
    """Give the samples with a gain; the caller has seen to the peak."""
    if decibels == 0.0:
        return samples
    louder = np.clip(samples * 10 ** (decibels / 20), -FULL_SCALE, FULL_SCALE - 1)
    stored: NDArray[np.int16] = np.rint(louder).astype(np.int16)
    return stored


@cache
def _meter(sample_rate_hz: int) -> Any:
    from pyloudnorm import Meter

    return Meter(sample_rate_hz, block_size=_BLOCK_S)
