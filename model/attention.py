"""Conditional self-attention (ERNIE-Music section 3.3): text tokens join the music as keys and values."""

import torch
from torch import Tensor, nn
from torch.nn import functional


class ConditionalSelfAttention(nn.Module):
    """Q = phi W_Q, K = [phi W_K; S W_SK], V = [phi W_V; S W_SV], joined along the sequence; residual.

    Without text (``text_dim`` 0) it is plain self-attention.
    Shapes: phi [B, D, N] are a block's features, S [B, L, E] the token states, mask [B, L] True at tokens.
    """

    def __init__(self, channels: int, text_dim: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.norm = nn.GroupNorm(1, channels)
        self.of_music = nn.Linear(channels, 3 * channels)
        self.of_text = nn.Linear(text_dim, 2 * channels) if text_dim else None
        self.out = nn.Linear(channels, channels)
        nn.init.zeros_(self.out.weight)
        nn.init.zeros_(self.out.bias)

    def _split(self, x: Tensor) -> Tensor:
        return x.reshape(*x.shape[:2], self.heads, -1).transpose(1, 2)  # (B, H, N, D / H)

    def forward(self, phi: Tensor, tokens: Tensor, mask: Tensor) -> Tensor:
        """Attend; the result has the shape of ``phi``."""
        query, key, value = self.of_music(self.norm(phi).transpose(1, 2)).chunk(3, dim=-1)  # (B, N, D) each
        present = None
        if self.of_text is not None:
            text_key, text_value = self.of_text(tokens).chunk(2, dim=-1)  # (B, L, D) each
            key = torch.cat((key, text_key), dim=1)
            value = torch.cat((value, text_value), dim=1)
            present = torch.cat((mask.new_ones(len(mask), phi.shape[2]), mask), dim=1)[:, None, None, :]
        # The fused kernel keeps no matrix of N^2 weights; forward and backward it is 1 to 4 times as fast.
        heard = functional.scaled_dot_product_attention(
            self._split(query), self._split(key), self._split(value), attn_mask=present
        )  # (B, H, N, D / H)
        attended: Tensor = self.out(heard.transpose(1, 2).flatten(2)).transpose(1, 2)
        return phi + attended
