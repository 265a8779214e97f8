"""No sentence: e' = e_t. The text, if any, is heard by the attention alone."""

from torch import Tensor, nn


class Fuse(nn.Module):
    """Leave the timestep embedding as it is."""

    def __init__(self, time_dim: int, text_dim: int) -> None:  # noqa: ARG002 - one signature for all
        super().__init__()
        self.dim = time_dim

    def forward(self, time: Tensor, sentence: Tensor) -> Tensor:  # noqa: ARG002 - one signature for all
        """[B, time_dim] and [B, text_dim] to [B, time_dim]."""
        return time
