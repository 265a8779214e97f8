"""Texts to padded tensors [s0; S], each text encoded once."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler import registry

Floats = NDArray[np.float32]

_ENCODE_AT_ONCE = 256


class TextStates(NamedTuple):
    """What the network reads of a batch of texts."""

    sentence: Tensor  # s0, [B, E]
    tokens: Tensor  # S, [B, L, E], zero where there is no token
    mask: Tensor  # [B, L], True where there is a token

    def to(self, device: torch.device) -> "TextStates":
        """Copy all three to a device."""
        return TextStates(*(part.to(device) for part in self))


class Encoder(Protocol):
    """A plug-in of ``emtool.model.text_encoders``."""

    dim: int

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """(s0 [dim], S [n, dim]) per text."""


class TextEncoder:
    """A named encoder with a memory: ``use``, or ``transformers:NAME``."""

    def __init__(self, name: str) -> None:
        plugin, _, model = name.partition(":")
        self._encoder: Encoder = registry.load("emtool.model.text_encoders", plugin).Encoder(model)
        self._known: dict[str, tuple[Floats, Floats]] = {}
        self.dim = self._encoder.dim

    def remember(self, texts: Sequence[str]) -> None:
        """Encode those of the texts that are not known yet."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), _ENCODE_AT_ONCE):
            part = new[start : start + _ENCODE_AT_ONCE]
            self._known.update(zip(part, self._encoder.encode(part), strict=True))

    def __call__(self, texts: Sequence[str]) -> TextStates:
        """Encode a batch of texts."""
        self.remember(texts)
        states = [self._known[text] for text in texts]
        longest = max(len(tokens) for _, tokens in states)
        tokens = torch.zeros(len(states), longest, self.dim)
        mask = torch.zeros(len(states), longest, dtype=torch.bool)
        for row, (_, own) in enumerate(states):
            tokens[row, : len(own)] = torch.from_numpy(own)
            mask[row, : len(own)] = True
        return TextStates(torch.from_numpy(np.stack([s0 for s0, _ in states])), tokens, mask)
