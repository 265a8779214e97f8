"""Sound that is there already: kept where it is to stay, or as the place to begin from.

Shapes: B clips, C audio channels, T samples.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler.errors import UsageError
from emtool.model.diffusion import Denoiser, alpha, over_clips, sigma, signal_from_velocity

_FADE_S = 0.03  # over which what is kept and what is made cross


@dataclass(frozen=True, slots=True)
class Known:
    """A sound and what becomes of it."""

    sound: NDArray[np.float32]  # [C, T]
    keep: NDArray[np.float32]  # [T], 1 where it stays as it is, 0 where new sound is made
    strength: float = 1.0  # the time from which it is made anew: 1 keeps nothing of it, 0 all

    @classmethod
    def varied(cls, sound: NDArray[np.float32], strength: float) -> Self:
        """A sound to make variations of.

        Raises:
            UsageError: The strength is outside its range.
        """
        if not 0 < strength <= 1:
            raise UsageError(
                f"strength={strength} is outside 0 to 1: 0.3 stays close, 0.8 keeps little; 0 would be a copy"
            )
        return cls(sound, np.zeros(sound.shape[-1], np.float32), strength)

    @classmethod
    def continued(cls, sound: NDArray[np.float32], length: int, sample_rate_hz: int) -> Self:
        """A sound to go on with, up to ``length`` samples.

        Raises:
            UsageError: It is that long already.
        """
        given = sound.shape[-1]
        if length <= given:
            raise UsageError(
                f"seconds={length / sample_rate_hz:g} is the length of the whole, and the sound to continue has "
                f"{given / sample_rate_hz:g} already: ask for more"
            )
        padded = np.pad(sound, ((0, 0), (0, length - given)))
        return cls.infilled(padded, given, length, sample_rate_hz)

    @classmethod
    def infilled(cls, sound: NDArray[np.float32], start: int, end: int, sample_rate_hz: int) -> Self:
        """A sound to make anew from the sample ``start`` up to ``end``.

        Raises:
            UsageError: There is no such part.
        """
        length = sound.shape[-1]
        if not 0 <= start < end <= length:
            raise UsageError(
                f"the part from {start / sample_rate_hz:g} to {end / sample_rate_hz:g} s does not lie in the "
                f"{length / sample_rate_hz:g} s of the sound"
            )
        fade = max(1, round(_FADE_S * sample_rate_hz))
        positions = np.arange(length, dtype=np.float32)
        before = np.clip((start - positions) / fade, 0, 1) if start else np.zeros(length)
        after = np.clip((positions - end) / fade, 0, 1) if end < length else np.zeros(length)
        keep = np.sin(np.pi / 2 * np.maximum(before, after)) ** 2
        return cls(sound, keep.astype(np.float32))

    def kept_in(self, made: NDArray[np.float32]) -> NDArray[np.float32]:
        """Lay what is to stay over what was made, [C, T]."""
        mixed: NDArray[np.float32] = self.keep * self.sound + (1 - self.keep) * made
        return mixed


def holding(denoise: Denoiser, signal: Tensor, keep: Tensor) -> Denoiser:
    """A denoiser that knows ``signal`` [C, T] where ``keep`` [T] is 1 and leaves the rest to ``denoise``.

    The estimate of the clean signal is replaced there at every step (Song et al. 2021, appendix I.2), so that any
    sampler walks to it and the network hears it beside what it makes.
    """

    def informed(z: Tensor, t: Tensor) -> Tensor:
        x = torch.lerp(signal_from_velocity(z, denoise(z, t), t), signal.expand_as(z), keep)
        return (over_clips(alpha(t), z) * z - x) / over_clips(sigma(t), z)

    return informed
