"""Concatenation: e' = [e_t; s0 W], the wider of the paper's two choices."""

import torch
from torch import Tensor, nn


class Fuse(nn.Module):
    """Put the projected sentence vector beside the timestep embedding."""

    def __init__(self, time_dim: int, text_dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(text_dim, time_dim)
        self.dim = 2 * time_dim

    def forward(self, time: Tensor, sentence: Tensor) -> Tensor:
        """[B, time_dim] and [B, text_dim] to [B, 2 time_dim]."""
        return torch.cat((time, self.project(sentence)), dim=-1)
