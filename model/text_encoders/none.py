"""No text: the model is trained and sampled without a condition."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import UsageError

Floats = NDArray[np.float32]


class Encoder:
    """Empty vectors for any text."""

    dim = 0

    def __init__(self, model: str = "") -> None:
        """Take nothing.

        Raises:
            UsageError: A model name was given.
        """
        if model:
            raise UsageError(
                f"the text encoder 'none' takes no model name, got {model!r}: write text_encoder=none"
            )

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """Give (s0 [0], S [1, 0]) per text."""
        return [(np.zeros(0, np.float32), np.zeros((1, 0), np.float32)) for _ in texts]
