"""Any encoder of the ``transformers`` package: ``text_encoder=transformers:intfloat/multilingual-e5-small``."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import UsageError

Floats = NDArray[np.float32]

_MAX_TOKENS = 64
_BATCH = 32


class Encoder:
    """s0 is the mean of the token states, S the last hidden states (T5-like models give their encoder's)."""

    def __init__(self, model: str) -> None:
        """Load tokenizer and weights from a folder or the Hub.

        Raises:
            UsageError: No name was given, or nothing of that name can be loaded.
        """
        if not model:
            raise UsageError(
                "the text encoder 'transformers' needs a model: text_encoder=transformers:FOLDER_OR_HUB_NAME"
            )
        from transformers import AutoConfig, AutoModel, AutoTokenizer

        try:
            config = AutoConfig.from_pretrained(model)
            self._tokenizer: Any = AutoTokenizer.from_pretrained(model)
            loaded: Any = AutoModel.from_pretrained(model)
        except (OSError, ValueError, KeyError) as error:
            first = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
            raise UsageError(
                f"cannot load the text encoder {model!r} ({first}): give a folder or a Hub name"
            ) from error
        self._model: Any = (loaded.get_encoder() if config.is_encoder_decoder else loaded).eval()
        self.dim: int = config.hidden_size

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """Give (s0 [dim], S [n, dim]) per text, both scaled to about unit variance per entry."""
        import torch

        encoded: list[tuple[Floats, Floats]] = []
        for start in range(0, len(texts), _BATCH):
            tokens = self._tokenizer(
                list(texts[start : start + _BATCH]),
                padding=True,
                truncation=True,
                max_length=_MAX_TOKENS,
                return_tensors="pt",
            )
            with torch.inference_mode():
                hidden = self._model(**tokens).last_hidden_state.float().numpy()  # (B, n, dim)
            for states, mask in zip(hidden, tokens["attention_mask"].numpy().astype(bool), strict=True):
                encoded.append((_unit_variance(states[mask].mean(axis=0)), _unit_variance(states[mask])))
        return encoded


def _unit_variance(x: Floats) -> Floats:
    scaled: Floats = (x / (x.std(axis=-1, keepdims=True) + 1e-6)).astype(np.float32)
    return scaled
