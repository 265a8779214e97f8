"""Feature-wise scale and shift (FiLM, Perez et al. 2018): e' = e_t (1 + s0 W) + s0 V."""

from torch import Tensor, nn


class Fuse(nn.Module):
    """Scale and shift the timestep embedding by what the sentence vector says."""

    def __init__(self, time_dim: int, text_dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(text_dim, 2 * time_dim)
        self.dim = time_dim

    def forward(self, time: Tensor, sentence: Tensor) -> Tensor:
        """[B, time_dim] and [B, text_dim] to [B, time_dim]."""
        scale, shift = self.project(sentence).chunk(2, dim=-1)
        fused: Tensor = time * (1 + scale) + shift
        return fused
