"""From the states of a Transformer to the [s0; S] that the network reads."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BATCH = 32

_log = logging.getLogger(__name__)


def sentence(pool: str, states: Floats, pooled: Floats | None, cls: int) -> Floats:
    """Give s0 [dim] of one text.

    Args:
        pool: ``cls``, ``mean`` or ``pooled``.
        states: Last hidden states of the text's tokens [n, dim].
        pooled: What the model's own pooler gave [dim].
        cls: Place of the classification token.
    """
    if pool == "pooled":
        assert pooled is not None, "a model without a pooler is refused when it is loaded"
        return pooled
    chosen: Floats = states[cls] if pool == "cls" else states.mean(axis=0)
    return chosen


def unit_variance(x: Floats) -> Floats:
    """Scale the last axis to unit variance, so that every encoder speaks to the network equally loud."""
    scaled: Floats = (x / (x.std(axis=-1, keepdims=True) + 1e-6)).astype(np.float32)
    return scaled


def batches_by_length(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Indices of texts in batches of like length: little padding, little work for nothing."""
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    for start in range(0, len(order), _BATCH):
        yield order[start : start + _BATCH]


class TruncationTeller:
    """Says once per encoder that texts are cut."""

    def __init__(self, name: str, max_tokens: int) -> None:
        self._name, self._max_tokens, self._told = name, max_tokens, False

    def tell(self, cut: int, of: int) -> None:
        """Warn if any text was cut and nobody was told yet."""
        if cut and not self._told:
            self._told = True
            _log.warning(
                "text encoder %s: %d of %d texts are longer than %d tokens and were cut (this is said once): "
                "add ,max_tokens=N to text_encoder for longer ones",
                self._name,
                cut,
                of,
                self._max_tokens,
            )
