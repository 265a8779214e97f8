"""What is minimised, as one module, so that DDP and FSDP see all of its weights in one forward pass."""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from emtool.model.diffusion import diffuse, velocity
from emtool.model.network import VelocityNetwork
from emtool.model.text_encoder import TextStates


class Objective(nn.Module):
    """Mean squared error of the velocity (PAPER.md, Algorithm 1)."""

    def __init__(self, network: VelocityNetwork, precision: torch.dtype) -> None:
        super().__init__()
        self.network = network
        self.precision = precision
        self._call: list[Callable[..., Tensor]] = [network]  # in a list, so that it is no second child

    def compile(self, *_: Any, **__: Any) -> None:
        """Run the network through ``torch.compile`` from now on; its weights keep their names."""
        compiled: Any = torch.compile(self.network)
        self._call = [compiled]

    def interpret(self) -> None:
        """Take ``compile`` back."""
        self._call = [self.network]

    def guess(self, z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Velocity [B, C, T] that the network estimates at ``z`` [B, C, T] and ``t`` [B], in the chosen precision."""
        return self.guess_of(self._call[0], z, t, text)

    def guess_of(self, network: Callable[..., Tensor], z: Tensor, t: Tensor, text: TextStates) -> Tensor:
        """Velocity that another network estimates, in the same precision."""
        low = self.precision != torch.float32
        with torch.autocast(z.device.type, self.precision if low else None, enabled=low):
            guessed = network(z, t, text)
        return guessed.float()

    def forward(self, audio: Tensor, noise: Tensor, t: Tensor, text: TextStates, dropped: Tensor) -> Tensor:
        """Loss of waveforms [B, C, T] in [-1, 1] at times ``t`` [B]; ``dropped`` [B] are trained without text."""
        x = self.network.enter(audio)
        guess = self.guess(diffuse(x, noise, t), t, self.network.without_text(text, dropped))
        return (guess - velocity(x, noise, t)).square().mean()
