"""The network of ERNIE-M (Ouyang et al., EMNLP 2021, pp. 27-38), as its published checkpoints name its weights.

A post-norm Transformer encoder (Vaswani et al., NIPS 2017, section 3) with learned positions, of which the first two
are never used, and without token types. transformers dropped it with version 5.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from functools import partial
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor, nn
from torch.nn import functional

from emtool.crawler.errors import CheckpointError

UNUSED_POSITIONS = 2

_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "gelu": functional.gelu,
    "gelu_new": partial(functional.gelu, approximate="tanh"),
    "relu": functional.relu,
    "silu": functional.silu,
    "tanh": torch.tanh,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErnieMConfig:
    """The part of ``config.json`` that shapes the network; the defaults are those of ernie-m-base."""

    vocab_size: int = 250002
    hidden_size: int = 768
    num_hidden_layers: int = 12
    num_attention_heads: int = 12
    intermediate_size: int = 3072
    max_position_embeddings: int = 514
    pad_token_id: int = 1
    layer_norm_eps: float = 1e-5
    hidden_act: str = "gelu"

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Take from a ``config.json`` what there is.

        Raises:
            CheckpointError: It is of another architecture, or a value cannot be built.
        """
        if value.get("model_type", "ernie_m") != "ernie_m":
            raise CheckpointError(
                f"config.json says model_type={value['model_type']!r}, not 'ernie_m': "
                "try text_encoder=transformers:FOLDER_OR_HUB_NAME"
            )
        if value.get("position_embedding_type", "absolute") != "absolute":
            raise CheckpointError(
                f"position_embedding_type={value['position_embedding_type']!r}: only absolute positions are known"
            )
        config = cls(**{field.name: value[field.name] for field in fields(cls) if field.name in value})
        config._check()
        return config

    def _check(self) -> None:
        for field in fields(self):
            given = getattr(self, field.name)
            least = 0 if field.name == "pad_token_id" else 1
            if field.type is int and (type(given) is not int or given < least):
                raise CheckpointError(
                    f"config.json says {field.name}={given!r}: it must be a whole number of at least {least}"
                )
        if self.hidden_size % self.num_attention_heads:
            raise CheckpointError(
                f"config.json: hidden_size={self.hidden_size} is no multiple of "
                f"num_attention_heads={self.num_attention_heads}"
            )
        if self.hidden_act not in _ACTIVATIONS:
            raise CheckpointError(
                f"config.json: hidden_act={self.hidden_act!r} is unknown (there are: {', '.join(_ACTIVATIONS)})"
            )


class Output(NamedTuple):
    """What the network makes of a batch."""

    states: Tensor  # last hidden states, [B, L, dim]
    pooled: Tensor | None  # dense layer and tanh over the first state, [B, dim]; None without a pooler


class _Embeddings(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        self.word_embeddings = nn.Embedding(config.vocab_size, config.hidden_size)
        self.position_embeddings = nn.Embedding(config.max_position_embeddings, config.hidden_size)
        self.layer_norm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)

    def forward(self, ids: Tensor) -> Tensor:
        positions = torch.arange(ids.shape[1], device=ids.device) + UNUSED_POSITIONS
        embedded: Tensor = self.layer_norm(self.word_embeddings(ids) + self.position_embeddings(positions))
        return embedded


class _Projections(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        width = config.hidden_size
        self.heads = config.num_attention_heads
        self.q_proj, self.k_proj, self.v_proj = (nn.Linear(width, width) for _ in range(3))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        q, k, v = (
            project(x).unflatten(-1, (self.heads, -1)).transpose(1, 2)  # (B, heads, L, dim / heads)
            for project in (self.q_proj, self.k_proj, self.v_proj)
        )
        attended = functional.scaled_dot_product_attention(q, k, v, attn_mask=mask[:, None, None])
        return attended.transpose(1, 2).flatten(-2)


class _Attention(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        self.self_attn = _Projections(config)
        self.out_proj = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        attended: Tensor = self.out_proj(self.self_attn(x, mask))
        return attended


class _Layer(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        self.self_attn = _Attention(config)
        self.linear1 = nn.Linear(config.hidden_size, config.intermediate_size)
        self.linear2 = nn.Linear(config.intermediate_size, config.hidden_size)
        self.norm1 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.norm2 = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.activation = _ACTIVATIONS[config.hidden_act]

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        x = self.norm1(x + self.self_attn(x, mask))
        changed: Tensor = self.norm2(x + self.linear2(self.activation(self.linear1(x))))
        return changed


class _Encoder(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        self.layers = nn.ModuleList(_Layer(config) for _ in range(config.num_hidden_layers))

    def forward(self, x: Tensor, mask: Tensor) -> Tensor:
        for layer in self.layers:
            x = layer(x, mask)
        return x


class _Pooler(nn.Module):
    def __init__(self, config: ErnieMConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)

    def forward(self, states: Tensor) -> Tensor:
        return torch.tanh(self.dense(states[:, 0]))


class ErnieM(nn.Module):
    """Token ids [B, L] and a mask [B, L], True where there is a token, to states and pooled state."""

    def __init__(self, config: ErnieMConfig, *, pooler: bool = True) -> None:
        super().__init__()
        self.embeddings = _Embeddings(config)
        self.encoder = _Encoder(config)
        self.pooler = _Pooler(config) if pooler else None

    def forward(self, ids: Tensor, mask: Tensor) -> Output:
        """Encode a batch; states at places without a token mean nothing."""
        states = self.encoder(self.embeddings(ids), mask)
        return Output(states, None if self.pooler is None else self.pooler(states))
