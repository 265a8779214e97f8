"""Any encoder of the ``transformers`` package, 4.57 or 5: ``text_encoder=transformers:intfloat/multilingual-e5-small``.

Options follow the name (see ``_options``): ``transformers:intfloat/multilingual-e5-small,prefix=query:+,pool=mean``.
"""

import inspect
import pickle
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from emtool.crawler.errors import UsageError
from emtool.model.text_encoders._options import parse
from emtool.model.text_encoders._states import TruncationTeller, batches_by_length, sentence, unit_variance

Floats = NDArray[np.float32]

_LOADING_ERRORS = (ImportError, KeyError, OSError, RuntimeError, ValueError, pickle.UnpicklingError)
_POOLER = "pooler."


class Encoder:
    """S is the last hidden states (of T5-like models their encoder's); s0 their mean, or what ``pool=`` says."""

    def __init__(self, model: str) -> None:
        """Load tokenizer and weights from a folder or the Hub.

        Raises:
            UsageError: No name was given, nothing of that name can be loaded, or an option does not fit the model.
        """
        options = parse("transformers", model, pool="mean")
        self._options = options
        try:
            self._tokenizer, self._model, pooler_lacks = _load(options.source)
        except _LOADING_ERRORS as error:
            raise UsageError(_why_not(options.source, error)) from error
        if options.pool == "cls" and self._tokenizer.cls_token_id is None:
            raise UsageError(f"{options.source} has no classification token for pool=cls: say pool=mean")
        self._max_tokens = options.limit(_longest(self._tokenizer, self._model))
        taken = inspect.signature(
            self._model.forward
        ).parameters  # a tokenizer may give more than a model takes
        self._inputs = [name for name in ("input_ids", "attention_mask", "token_type_ids") if name in taken]
        try:
            states, pooled = self._run(self._tokenise(["a"]))
        except (AttributeError, TypeError, ValueError) as error:
            raise UsageError(
                f"{options.source} is no text encoder: it gives no states of tokens from text alone ({error})"
            ) from error
        if options.pool == "pooled" and (pooled is None or pooler_lacks):
            raise UsageError(
                f"{options.source} has no trained pooler for pool=pooled: say pool=mean or pool=cls"
            )
        self.dim: int = states.shape[-1]
        self._teller = TruncationTeller(f"transformers:{options.source}", self._max_tokens)

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """Give (s0 [dim], S [n, dim]) per text, both scaled to about unit variance per entry."""
        # A space for no text at all: some tokenizers make no token of the latter, and nothing has no mean.
        written = [self._options.prefix + text or " " for text in texts]
        lengths = self._lengths(written)
        self._teller.tell(sum(length > self._max_tokens for length in lengths), len(written))
        encoded: dict[int, tuple[Floats, Floats]] = {}
        for rows in batches_by_length(lengths):
            tokens = self._tokenise([written[row] for row in rows])
            states, pooled = self._run(tokens)
            ids, masks = tokens["input_ids"].numpy(), tokens["attention_mask"].numpy().astype(bool)
            for place, row in enumerate(rows):
                own = states[place][masks[place]]
                cls = int((ids[place][masks[place]] == self._tokenizer.cls_token_id).argmax())
                s0 = sentence(self._options.pool, own, None if pooled is None else pooled[place], cls)
                encoded[row] = unit_variance(s0), unit_variance(own)
        return [encoded[row] for row in range(len(texts))]

    def _lengths(self, texts: list[str]) -> list[int]:
        """Tokens of each text, counted no further than one more than is kept."""
        if not texts:
            return []
        ids = self._tokenizer(texts, truncation=True, max_length=self._max_tokens + 1)["input_ids"]
        return [len(own) for own in ids]

    def _tokenise(self, texts: list[str]) -> dict[str, Any]:
        tokens = self._tokenizer(
            texts, padding=True, truncation=True, max_length=self._max_tokens, return_tensors="pt"
        )
        return {name: tokens[name] for name in self._inputs if name in tokens}

    def _run(self, tokens: dict[str, Any]) -> tuple[Floats, Floats | None]:
        """States [B, n, dim] and, where the model has a pooler, pooled states [B, dim]."""
        import torch

        with torch.inference_mode():
            output: Any = self._model(**tokens)
        pooled = getattr(output, "pooler_output", None)
        return output.last_hidden_state.numpy(), None if pooled is None else pooled.numpy()


def _load(source: str) -> tuple[Any, Any, bool]:
    """Tokenizer, encoder, and whether the checkpoint lacks the weights of the encoder's pooler."""
    import torch
    from transformers import AutoConfig, AutoModel, AutoModelForTextEncoding, AutoTokenizer
    from transformers.models.auto.modeling_auto import MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES

    config: Any = AutoConfig.from_pretrained(source)
    tokenizer: Any = AutoTokenizer.from_pretrained(source)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token or tokenizer.unk_token
    # Of T5 and its kin the first class reads the encoder alone, also where a checkpoint has nothing else.
    alone = config.model_type in MODEL_FOR_TEXT_ENCODING_MAPPING_NAMES
    kind: Any = AutoModelForTextEncoding if alone else AutoModel
    model, told = kind.from_pretrained(source, dtype=torch.float32, output_loading_info=True)
    # transformers would start such weights at random and only warn.
    lacking = sorted(set(told["missing_keys"]) & {name for name, _ in model.named_parameters()})
    needed = [name for name in lacking if not name.startswith(_POOLER)]
    if needed:
        raise ValueError(f"the checkpoint lacks {len(needed)} of its weights, such as {needed[0]}")
    encoder = model.get_encoder() if config.is_encoder_decoder else model
    return tokenizer, encoder.eval(), bool(lacking)


def _longest(tokenizer: Any, model: Any) -> int:
    """Tokens that both can take; the first is right where the second counts positions that are never used."""
    positions = getattr(model.config, "max_position_embeddings", None)
    known = isinstance(positions, int) and positions > 0  # XLNet, among others, says -1 for any number
    return min(tokenizer.model_max_length, positions) if known else int(tokenizer.model_max_length)


def _why_not(source: str, error: Exception) -> str:
    said = str(error).strip().splitlines()
    first = said[0].strip() if said else type(error).__name__
    if "ernie_m" in str(error):
        return f"transformers has no ERNIE-M since version 5: write text_encoder=ernie-m:{source}"
    return f"cannot load the text encoder {source!r} ({first}): give a folder or a Hub name"
