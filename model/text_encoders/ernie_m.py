"""ERNIE-M, the text encoder of the paper (PAPER.md sections 1 and 3): ``text_encoder=ernie-m:FOLDER_OR_HUB_NAME``.

It reads a published checkpoint such as susnato/ernie-m-base_pytorch: config.json, model.safetensors or
pytorch_model.bin, sentencepiece.bpe.model and vocab.txt. Options follow the name, see ``_options``:
``ernie-m:susnato/ernie-m-base_pytorch,pool=pooled,max_tokens=256``.
"""

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray

from emtool.crawler.errors import CheckpointError, UsageError
from emtool.model.text_encoders._ernie_m_files import WEIGHTS, find, find_optional, read_json, read_weights
from emtool.model.text_encoders._ernie_m_network import UNUSED_POSITIONS, ErnieM, ErnieMConfig, Output
from emtool.model.text_encoders._ernie_m_tokenizer import ErnieMTokenizer
from emtool.model.text_encoders._options import Options, parse
from emtool.model.text_encoders._states import TruncationTeller, batches_by_length, sentence, unit_variance

Floats = NDArray[np.float32]


class Encoder:
    """S is the last hidden states; s0 that of [CLS], or with ``pool=`` their mean or the pooler's answer."""

    def __init__(self, model: str) -> None:
        """Load tokenizer and weights.

        Raises:
            UsageError: No name was given, a file is not there, or an option does not fit.
            CheckpointError: A file is cut off, foreign, or does not fit the others.
            MissingToolError: The package sentencepiece is not installed.
        """
        options = parse("ernie-m", model, pool="cls")
        self._options = options
        config = ErnieMConfig.from_json(read_json(find(options.source, "config.json")))
        self._config = config
        self._max_tokens = options.limit(config.max_position_embeddings - UNUSED_POSITIONS)
        self.tokenizer = _tokenizer(options.source)
        if max(self.tokenizer.vocabulary.values()) >= config.vocab_size:
            raise CheckpointError(
                f"vocab.txt of {options.source} has {max(self.tokenizer.vocabulary.values()) + 1} lines, "
                f"but config.json says vocab_size={config.vocab_size}: they belong to different checkpoints"
            )
        self.network = _network(config, options)
        self.dim = config.hidden_size
        self._teller = TruncationTeller(f"ernie-m:{options.source}", self._max_tokens)

    def encode(self, texts: Sequence[str]) -> list[tuple[Floats, Floats]]:
        """Give (s0 [dim], S [n, dim]) per text, both scaled to about unit variance per entry."""
        options = self._options
        tokenised = [self.tokenizer.encode(options.prefix + text, self._max_tokens) for text in texts]
        self._teller.tell(sum(cut for _, cut in tokenised), len(texts))
        ids = [own for own, _ in tokenised]
        encoded: dict[int, tuple[Floats, Floats]] = {}
        for rows in batches_by_length([len(own) for own in ids]):
            output = self.forward([ids[row] for row in rows])
            for place, row in enumerate(rows):
                states = output.states[place, : len(ids[row])].numpy()
                pooled = None if output.pooled is None else output.pooled[place].numpy()
                s0 = sentence(options.pool, states, pooled, cls=0)
                encoded[row] = unit_variance(s0), unit_variance(states)
        return [encoded[row] for row in range(len(texts))]

    def forward(self, ids: Sequence[Sequence[int]]) -> Output:
        """Run the network over texts of different lengths, padded at the end."""
        longest = max(len(own) for own in ids)
        padded = torch.full((len(ids), longest), self._config.pad_token_id)
        mask = torch.zeros(len(ids), longest, dtype=torch.bool)
        for row, own in enumerate(ids):
            padded[row, : len(own)] = torch.tensor(own)
            mask[row, : len(own)] = True
        with torch.inference_mode():
            output: Output = self.network(padded, mask)
        return output


def _tokenizer(source: str) -> ErnieMTokenizer:
    settings = find_optional(source, "tokenizer_config.json")
    lower_case = bool(settings and read_json(settings).get("do_lower_case"))
    pieces, vocabulary = find(source, "sentencepiece.bpe.model"), find(source, "vocab.txt")
    return ErnieMTokenizer(pieces, vocabulary, lower_case=lower_case)


def _network(config: ErnieMConfig, options: Options) -> ErnieM:
    path = find(options.source, *WEIGHTS)
    state = read_weights(path)
    pooler = "pooler.dense.weight" in state
    if options.pool == "pooled" and not pooler:
        raise UsageError(f"{path} has no pooler: leave pool=pooled out, or say pool=mean")
    with torch.device("meta"):
        network = ErnieM(config, pooler=pooler)
    wanted = network.state_dict()
    for name, weight in wanted.items():
        if name not in state:
            raise CheckpointError(f"{path} lacks {name}: it is no checkpoint of ERNIE-M, or cut short")
        if state[name].shape != weight.shape:
            raise CheckpointError(
                f"{path} has {name} of shape {list(state[name].shape)}, but by config.json it is "
                f"{list(weight.shape)}: they belong to different checkpoints"
            )
    network.load_state_dict({name: state[name] for name in wanted}, assign=True)
    return network.eval()
