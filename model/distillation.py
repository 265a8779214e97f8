"""Progressive distillation: a student learns to take two of its teacher's sampler steps in one.

Salimans & Ho (2022), algorithm 2, in velocity form, whose loss weighs as SNR + 1 does. The guidance of the first
teacher is learned with it (Meng et al. 2023), so that a student asks its network once a step.
Shapes: B clips, C audio channels, T samples.
"""

import torch
from torch import Tensor

from emtool.model.diffusion import (
    alpha,
    diffuse,
    noise_from_velocity,
    over_clips,
    sampling_times,
    sigma,
    signal_from_velocity,
)
from emtool.model.network import VelocityNetwork
from emtool.model.objective import Objective
from emtool.model.text_encoder import TextStates


class Distillation(Objective):
    """Mean squared error of the velocity that leads where two steps of the teacher's lead."""

    def __init__(
        self,
        network: VelocityNetwork,
        precision: torch.dtype,
        teacher: VelocityNetwork,
        *,
        steps: int,
        guidance: float,
    ) -> None:
        """Learn from ``teacher`` with ``guidance``; the student takes ``steps``, the teacher twice as many."""
        super().__init__(network, precision)
        self._teacher = [teacher.eval().requires_grad_(requires_grad=False)]  # in a list: no weights of ours
        self._guidance = guidance
        self._times = sampling_times(2 * steps)

    def forward(self, audio: Tensor, noise: Tensor, t: Tensor, text: TextStates, dropped: Tensor) -> Tensor:
        """Loss of waveforms [B, C, T] in [-1, 1]; ``t`` [B] in [0, 1] chooses among the student's steps."""
        student_steps = len(self._times) // 2
        step = (t * student_steps).long().clamp(max=student_steps - 1)
        now, middle, then = (self._times.to(t.device)[2 * step + part] for part in (0, 1, 2))
        z = diffuse(self.network.enter(audio), noise, now)
        heard = self.network.without_text(text, dropped)
        with torch.no_grad():
            reached = self._step(self._step(z, now, middle, text, dropped), middle, then, text, dropped)
        # the estimate of the signal from which one step of the student ends at the same place
        ratio = sigma(then) / sigma(now)
        x = (reached - over_clips(ratio, z) * z) / over_clips(alpha(then) - ratio * alpha(now), z)
        wanted = (over_clips(alpha(now), z) * z - x) / over_clips(sigma(now), z)
        return (self.guess(z, now, heard) - wanted).square().mean()

    def _step(self, z: Tensor, now: Tensor, then: Tensor, text: TextStates, dropped: Tensor) -> Tensor:
        """One DDIM step of the teacher's."""
        teacher = self._teacher[0]
        v = self.guess_of(teacher, z, now, teacher.without_text(text, dropped))
        if self._guidance != 1:
            plain = self.guess_of(teacher, z, now, teacher.without_text(text, torch.ones_like(dropped)))
            v = plain + self._guidance * (v - plain)
        return diffuse(signal_from_velocity(z, v, now), noise_from_velocity(z, v, now), then)
