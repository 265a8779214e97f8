"""Element-wise sum: e' = e_t + s0 W, the narrower of the paper's two choices."""

from torch import Tensor, nn


class Fuse(nn.Module):
    """Add the projected sentence vector to the timestep embedding."""

    def __init__(self, time_dim: int, text_dim: int) -> None:
        super().__init__()
        self.project = nn.Linear(text_dim, time_dim)
        self.dim = time_dim

    def forward(self, time: Tensor, sentence: Tensor) -> Tensor:
        """[B, time_dim] and [B, text_dim] to [B, time_dim]."""
        summed: Tensor = time + self.project(sentence)
        return summed
